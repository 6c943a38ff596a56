"""What would be done outside, in order."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from bot.forges.recording import Note


@dataclass(frozen=True, kw_only=True)
class OutsideEffect:
    """One thing that would be done. ``kind`` is the port's method, ``at`` whose port it is."""

    number: int
    at: str
    kind: str
    where: str
    summary: str


class Effects:
    """Takes down every effect; steps may run side by side."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[OutsideEffect] = []

    @property
    def all(self) -> tuple[OutsideEffect, ...]:
        """All so far, in order."""
        return tuple(self._all)

    def of(self, at: str) -> Note:
        """What takes down the effects of one port, such as a forge by its name."""

        def note(kind: str, *, where: str, summary: str) -> None:
            with self._lock:
                number = len(self._all) + 1
                effect = OutsideEffect(
                    number=number, at=at, kind=kind, where=where, summary=summary
                )
                self._all.append(effect)

        return note
