"""Bytes in pieces that are worth sending."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

LEAST_BYTES = 64 * 1024
MOST_BYTES = 1024 * 1024


def slices(content: bytes | memoryview, most: int = MOST_BYTES) -> Iterator[bytes]:
    """The same bytes in pieces of at most so many; nothing where there are none."""
    view = memoryview(content)
    for start in range(0, len(view), most):
        yield bytes(view[start : start + most])


def in_pieces(chunks: Iterable[bytes], least: int = LEAST_BYTES) -> Iterator[bytes]:
    """The same bytes in pieces of at least so many, but for the last; none is empty.

    What is large enough by itself is handed on as it is.
    """
    waiting: list[bytes] = []
    size = 0
    for chunk in chunks:
        if not waiting and len(chunk) >= least:
            yield chunk
            # Else it would be kept while the next one is made.
            del chunk
            continue
        waiting.append(chunk)
        size += len(chunk)
        del chunk
        if size >= least:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)
