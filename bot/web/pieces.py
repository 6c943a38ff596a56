"""Answers in pieces: what of an answer there is to send now, and when to ask for more.

Whoever asks runs in a thread, and only while there is something to do: between two pieces an
answer holds none, however slowly its reader reads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import NamedTuple, Protocol

PIECE_BYTES = 65_536
#: What comes slower than this is sent as far as it has come.
PIECE_WITHIN_S = 0.05


class Step(NamedTuple):
    """Bytes to send now, and in how many seconds to ask again; None where that was all."""

    part: bytes
    again_s: float | None


class Pieces(Protocol):
    """An answer that is not sent at once."""

    def step(self) -> Step:
        """What comes next. One piece is made only after the former was sent."""

    def close(self) -> None:
        """Nobody asks any more. Waits for a step under way; a second call does nothing."""


class Joined:
    """What a WSGI application answers, its chunks joined to pieces of a bearable size.

    A hop between threads for each chunk would cost more than most chunks do. An iterable that
    makes its reader wait for what is to come belongs into a `Stream`.
    """

    def __init__(self, chunks: Iterable[bytes], before: list[bytes]) -> None:
        """Args:
        before: What came before the first chunk, by the ``write`` of old applications.
        """
        self._close = getattr(chunks, "close", None)
        self._chunks = iter(chunks)
        self._parts = before
        self._lock = threading.Lock()
        self._is_over = False

    def step(self) -> Step:
        """The next piece: all chunks up to its size, or up to its time."""
        with self._lock:
            if self._is_over:
                return Step(b"", None)
            return self._joined(time.monotonic() + PIECE_WITHIN_S)

    def close(self) -> None:
        """As WSGI has it: the iterable's own ``close`` is called, once."""
        with self._lock:
            self._is_over = True
            close, self._close = self._close, None
            if close is not None:
                close()

    def _joined(self, until: float) -> Step:
        parts, self._parts = self._parts, []
        size = sum(map(len, parts))
        for chunk in self._chunks:
            parts.append(chunk)
            size += len(chunk)
            if size >= PIECE_BYTES or time.monotonic() >= until:
                return Step(b"".join(parts), 0.0)
        self._is_over = True
        return Step(b"".join(parts), None)
