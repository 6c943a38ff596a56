"""One-time codes with which a browser signs in."""

from __future__ import annotations

from typing import Protocol


class SignIns(Protocol):
    """One-time codes with which a browser signs in. Only their SHA-256 is kept."""

    def add(self, code: str, *, valid_s: float) -> None:
        """Make a code good for one use."""

    def use(self, code: str) -> bool:
        """Whether it was good; it is not good a second time, whoever asks at once."""

    def holds(self, code: str) -> bool:
        """Whether it is good, without using it."""

    def claim(self, code: str, *, valid_s: float) -> bool:
        """Hold a code from now on; False where it is held already, whoever asks at once.

        For what may be done once, while `use` is for what may be had once.
        """
