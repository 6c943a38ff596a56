"""What holds a program that is spoken with: its input, its lines, and the wish that it end."""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Reins:
    """Handed to the thread that begins the program and follows it to its end."""

    def __init__(self, hear: Callable[[bytes], object], *, most_bytes: int) -> None:
        """Args:
        hear: Given each line.
        most_bytes: Of one line.
        """
        self._hear = hear
        self._most_bytes = most_bytes
        self._begun = bytearray()
        self._stdin, self.input = os.pipe()
        #: Can be read from as soon as the program is to end.
        self.stop, self._dropped = os.pipe()

    @contextmanager
    def stdin(self) -> Iterator[int]:
        """What the program reads, until it has been given to it: nobody else may keep it open,
        or writing into it would wait for ever once the program is gone."""
        try:
            yield self._stdin
        finally:
            self._close_stdin()

    def heard(self, chunk: bytes) -> bool:
        """Take in what was printed; False where a line is longer than it may be."""
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            whole = bytes(self._begun) + line
            self._begun.clear()
            if len(whole) > self._most_bytes:
                return False
            self._hear(whole)
        self._begun += rest
        return len(self._begun) <= self._most_bytes

    def drop(self) -> None:
        """Say that the program is to end."""
        os.write(self._dropped, b".")

    def is_dropped(self) -> bool:
        """Whether that was said."""
        return self.wait(0)

    def wait(self, time_s: float) -> bool:
        """Whether it is said within so many seconds."""
        poll = select.poll()
        poll.register(self.stop, select.POLLIN)
        return bool(poll.poll(1000 * time_s))

    def close(self) -> None:
        """Keep nothing open but `input`, which belongs to whoever writes."""
        self._close_stdin()
        os.close(self.stop)
        os.close(self._dropped)

    def _close_stdin(self) -> None:
        if self._stdin >= 0:
            os.close(self._stdin)
            self._stdin = -1
