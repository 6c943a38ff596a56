"""How a step that is under way learns that it is to stop: its thread cannot be ended from outside.

Everything that a step does outside goes through its context, and that looks here first. So an
attempt that was given up may still compute, but it changes nothing any more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from bot.errors import BotError, Cancelled

_ASK_EVERY_S = 0.5


class Stop:
    """A flag of one attempt, set at most once, with the reason for it."""

    def __init__(self) -> None:
        self._set = threading.Event()
        self._lock = threading.Lock()
        self._reason: BotError | None = None
        self._asked_at = 0.0

    def set(self, reason: BotError) -> None:
        """Have the attempt stop with this error, unless it was told to already."""
        with self._lock:
            if self._reason is None:
                self._reason = reason
        self._set.set()

    @property
    def is_set(self) -> bool:
        """Whether the attempt is to stop."""
        return self._set.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep, and wake as soon as the attempt is to stop; whether it is."""
        return self._set.wait(seconds)

    def check(
        self, cancelled: Callable[[], bool] | None = None, *, every_s: float = _ASK_EVERY_S
    ) -> None:
        """Raises the error that the flag was set with.

        Args:
            cancelled: Asks whether somebody cancelled the run.
            every_s: How often that is asked at most, to spare the database.
        """
        if self._reason is not None:
            raise self._reason
        if cancelled is None or time.monotonic() - self._asked_at < every_s:
            return
        self._asked_at = time.monotonic()
        if cancelled():
            self.set(Cancelled("The run was cancelled."))
            self.check()
