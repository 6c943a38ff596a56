"""How long one call may take, and whether anybody still wants its answer."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable

#: How long nobody is asked whether the answer is still wanted.
_TICK_S = 0.2

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE


class CallTime:
    """The time of one call, from its beginning."""

    def __init__(self, seconds: float, poll: Callable[[], object] | None = None) -> None:
        """Args:
        poll: Asked a few times a second; what it raises ends whatever waits here.
        """
        self._until = time.monotonic() + seconds
        self._poll = poll

    def shorter(self, seconds: float) -> CallTime:
        """That many seconds from now, within the same end."""
        return CallTime(min(seconds, self.left_s), self._poll)

    @property
    def left_s(self) -> float:
        """What is left of it; nothing below 0."""
        return max(0.0, self._until - time.monotonic())

    def pause(self, seconds: float) -> None:
        """Let so much time pass.

        Raises:
            TimeoutError: Where there is less left.
        """
        until = time.monotonic() + seconds
        while (left_s := until - time.monotonic()) > 0:
            time.sleep(min(left_s, self.tick_s()))

    def tick_s(self) -> float:
        """How long one may wait before asking again.

        Raises:
            TimeoutError: Where there is no time left.
        """
        if self._poll is not None:
            self._poll()
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("There was no answer in time.")
        return min(_TICK_S, left_s)

    def wait(self, waiting: socket.socket, event: int) -> None:
        """Until the socket can be read from or written to.

        Raises:
            TimeoutError: Where there is no time left.
        """
        with selectors.DefaultSelector() as selector:
            selector.register(waiting, event)
            while not selector.select(self.tick_s()):
                pass
