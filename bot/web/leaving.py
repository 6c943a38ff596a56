"""Whether this process has been told to end.

A server that was told to waits for answers under way, and an open stream of events has no end
of its own. Nothing in ASGI tells of it before the last answer is out, so the signal itself is
listened to, beside the server.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType


class Leaving:
    """Knows of SIGTERM once it heeds it."""

    def __init__(self) -> None:
        self._heeds = False
        self._told = False

    def __bool__(self) -> bool:
        return self._told

    def heed(self) -> None:
        """Listen beside the handler that a server has set up; where it has none, do nothing.

        Event loops set theirs up when a server starts, so this is called after that. They
        learn of signals by a file descriptor of their own, which stays as it is.
        """
        if self._heeds or threading.current_thread() is not threading.main_thread():
            return
        self._heeds = True
        former = signal.getsignal(signal.SIGTERM)
        if not callable(former):
            return

        def heard(number: int, frame: FrameType | None) -> None:
            self._told = True
            former(number, frame)

        signal.signal(signal.SIGTERM, heard)
