"""What would be done outside, in order."""

from __future__ import annotations

import threading

from bot.forges.recording import Note
from bot.trials import OutsideEffect


class Effects:
    """Takes down every effect; steps may run side by side."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[OutsideEffect] = []
        self._closed = False

    def close(self) -> None:
        """Take nothing down any more: what follows comes of the rehearsal itself."""
        with self._lock:
            self._closed = True

    @property
    def all(self) -> tuple[OutsideEffect, ...]:
        """All so far, in order."""
        return tuple(self._all)

    def of(self, at: str) -> Note:
        """What takes down the effects of one port, such as a forge by its name."""

        def note(kind: str, *, where: str, summary: str) -> None:
            with self._lock:
                if self._closed:
                    return
                number = len(self._all) + 1
                effect = OutsideEffect(
                    number=number, at=at, kind=kind, where=where, summary=summary
                )
                self._all.append(effect)

        return note
