"""Counting what is in a stream: a first piece of work, to be replaced by what this tool is for."""

from dataclasses import dataclass
from typing import BinaryIO

CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What is in a stream; a word is whatever stands between spaces."""

    lines: int
    words: int
    size_bytes: int


def count(stream: BinaryIO, chunk_bytes: int = CHUNK_BYTES) -> Counts:
    """Count what is in a stream, however long it or one of its lines is."""
    lines = words = size_bytes = 0
    in_word = False
    while chunk := stream.read(chunk_bytes):
        lines += chunk.count(b"\n")
        size_bytes += len(chunk)
        words += len(chunk.split())
        if in_word and not chunk[:1].isspace():
            words -= 1  # The same word goes on.
        in_word = not chunk[-1:].isspace()
    return Counts(lines=lines, words=words, size_bytes=size_bytes)
