"""A `Talk` with a program, whichever way that is run.

Two threads: one begins the program and follows it to its end, since the kernel ends what has
lost the *thread* that started it; one writes, since a program that does not read would hold up
whoever speaks to it.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from contextlib import suppress

from bot.sandbox.port import SandboxOutcome
from bot.sandbox.reins import Reins


class Conversation:
    """Speaks with a program until it ends."""

    def __init__(
        self,
        live: Callable[[Reins], SandboxOutcome],
        hear: Callable[[bytes], object],
        over: Callable[[SandboxOutcome | Exception], object],
        *,
        most_bytes: int,
    ) -> None:
        """Args:
        live: Begins the program with what the reins hold, and comes back when nothing is left.
        most_bytes: Of one line.
        """
        self._over = over
        self._reins = Reins(hear, most_bytes=most_bytes)
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._ended = False
        threading.Thread(target=self._write, name="talk-writer", daemon=True).start()
        self._follower = threading.Thread(
            target=self._follow, args=(live,), name="talk", daemon=True
        )
        self._follower.start()

    def say(self, line: bytes) -> None:
        """Have the program read a line."""
        self._lines.put(line + b"\n")

    def close(self) -> None:
        """End the program, and come back when nothing of it is left."""
        with self._lock:
            if not self._ended:
                self._reins.drop()
        if threading.current_thread() is not self._follower:
            self._follower.join()

    def _follow(self, live: Callable[[Reins], SandboxOutcome]) -> None:
        try:
            came_of_it: SandboxOutcome | Exception = live(self._reins)
        except Exception as exc:
            came_of_it = exc
        with self._lock:
            self._ended = True
            self._reins.close()
        self._lines.put(None)
        self._over(came_of_it)

    def _write(self) -> None:
        """Until the program has ended: whoever writes then is told so by the kernel."""
        try:
            with suppress(OSError):
                while (line := self._lines.get()) is not None:
                    left = memoryview(line)
                    while left:
                        left = left[os.write(self._reins.input, left) :]
        finally:
            os.close(self._reins.input)
