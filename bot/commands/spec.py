"""What a command is: its words for people, the right it needs, and how it decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.core.identity import Permission
from bot.core.requests import Ask, Decision
from bot.core.verbs import BARE_VERBS
from bot.errors import UserError
from bot.services import Services


@dataclass(frozen=True, kw_only=True)
class CommandSpec:
    """A command. Help, docs and the check of its keys come from this value.

    ``usage`` is what follows the prefix; ``keys`` are its own keys with a line of help each.
    ``open_keys`` lets others through (a pack's questions, for generate). ``also`` says what else
    than the permission decides who may, as the end of a sentence.
    """

    verb: str
    summary: str
    usage: str
    permission: Permission
    decide: Callable[[Services, Ask], Decision]
    also: str = ""
    arguments: int = 0
    keys: Mapping[str, str] = field(default_factory=dict)
    open_keys: bool = False
    takes_text: bool = False
    examples: tuple[str, ...] = ()

    def shown_usage(self, name: str) -> str:
        """The usage with the prefix that people write."""
        return f"{'/' if self.verb in BARE_VERBS else f'@{name} '}{self.usage}"


def check_line(spec: CommandSpec, ask: Ask, *, name: str) -> None:
    """Refuse what the command does not take.

    Args:
        name: What commands are addressed to.

    Raises:
        UserError: ``unknown_key``, ``too_many_arguments`` or ``unexpected_text``.
    """
    line, usage = ask.line, spec.shown_usage(name)
    unknown = [key for key, _ in line.options if key not in spec.keys]
    if unknown and not spec.open_keys:
        known = ", ".join(f"`{key}`" for key in spec.keys)
        raise UserError(
            f"`{spec.verb}` does not know `{unknown[0][:40]}`; "
            + (f"it knows {known}." if known else "it takes no keys."),
            reason="unknown_key",
            remedy=f"Usage: `{usage}`",
        )
    if len(line.positional) > spec.arguments:
        raise UserError(
            f"`{spec.verb}` takes "
            f"{['no argument', 'one argument'][spec.arguments]}, not {len(line.positional)}.",
            reason="too_many_arguments",
            remedy=f"Usage: `{usage}`. {'Give the rest as KEY=VALUE. ' if spec.keys else ''}"
            "Text with spaces goes in quotes.",
        )
    if line.text is not None and not spec.takes_text:
        raise UserError(
            f"`{spec.verb}` takes no text behind `--`.",
            reason="unexpected_text",
            remedy=f"Usage: `{usage}`",
        )
