"""Secrets in generated files: found before anything leaves, and told by place alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.core.secrets_scan import SecretFinding, scan_text
from bot.errors import UserError
from bot.generation.files import GeneratedFile

_MOST_SHOWN = 20


def secrets_in(files: Iterable[GeneratedFile]) -> Iterator[SecretFinding]:
    """What looks like a secret, file by file, by line."""
    for file in files:
        if file.text is not None:
            yield from scan_text(file.path, file.text)


def refuse_secrets(files: Iterable[GeneratedFile]) -> None:
    """Raises UserError ``secret_found`` with the place and kind of every likely secret."""
    found = list(secrets_in(files))
    if not found:
        return
    shown = [f"{one.path}:{one.line}: looks like a secret: {one.kind}" for one in found]
    more = [f"and {len(shown) - _MOST_SHOWN} more"] * (len(shown) > _MOST_SHOWN)
    raise UserError(
        "\n".join([*shown[:_MOST_SHOWN], *more]),
        reason="secret_found",
        remedy="Mend the answers, the pack or the file; nothing left this machine.",
    )
