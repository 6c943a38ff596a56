"""What programs print, without the secrets that are known: their files may hold them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from bot.core.hidden import masker
from bot.sandbox.port import Sandbox, SandboxOrder, SandboxOutcome


class MaskingSandbox:
    """A sandbox of whose programs' output no secret is left, before anything is cut off it."""

    def __init__(self, sandbox: Sandbox, secrets: Collection[str]) -> None:
        self._sandbox = sandbox
        self._mask = masker(secrets)

    def problem(self) -> str | None:
        """As of the sandbox within."""
        return self._sandbox.problem()

    def run(
        self, order: SandboxOrder, *, poll: Callable[[], object] | None = None
    ) -> SandboxOutcome:
        """As of the sandbox within, without the secrets."""
        outcome = self._sandbox.run(order, poll=poll)
        return replace(
            outcome, stdout=self._masked(outcome.stdout), stderr=self._masked(outcome.stderr)
        )

    def _masked(self, printed: bytes) -> bytes:
        text = printed.decode("utf-8", "surrogateescape")
        return self._mask(text).encode("utf-8", "surrogateescape")
