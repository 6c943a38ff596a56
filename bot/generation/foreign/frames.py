"""A table of facts and files as one piece of bytes: what goes to the child and comes back.

One line of JSON, whose ``files`` lists path, mode and size of each file, and then their contents
without anything between them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from bot.core.git_values import TreeFile

#: Of the line of JSON; deep nesting in fewer bytes than this ends in an error of its own.
MAX_HEAD = 16 * 1024 * 1024


class BadFrame(ValueError):
    """Bytes that are no frame; says what is wrong with them."""


def pack_frame(facts: Mapping[str, object], files: Iterable[TreeFile]) -> bytes:
    """The frame of these facts and files; equal ones give equal bytes."""
    files = tuple(files)
    listed = [[file.path, file.mode, len(file.content)] for file in files]
    head = json.dumps({**facts, "files": listed}, separators=(",", ":"), sort_keys=True)
    return b"".join([head.encode("ascii"), b"\n", *(file.content for file in files)])


def read_frame(
    frame: bytes, *, most_files: int | None = None
) -> tuple[dict[str, Any], tuple[TreeFile, ...]]:
    """The facts and files of a frame.

    Args:
        most_files: How many whoever made it was allowed to put into it.

    Raises:
        BadFrame: for bytes that are none, or not all of one.
    """
    line, newline, rest = frame.partition(b"\n")
    if not newline or len(line) > MAX_HEAD:
        raise BadFrame("has no first line")
    try:
        facts = json.loads(line)
        listed = facts.pop("files")
        entries = [(path, mode, size) for path, mode, size in listed]
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError) as error:
        raise BadFrame("has a first line that says nothing") from error
    if most_files is not None and len(entries) > most_files:
        raise BadFrame("has more files than it may")
    return facts, tuple(_files(entries, rest))


def _files(entries: list[tuple[Any, Any, Any]], rest: bytes) -> Iterable[TreeFile]:
    at = 0
    for path, mode, size in entries:
        if type(path) is not str or type(mode) is not int or type(size) is not int or size < 0:
            raise BadFrame("lists what is no file")
        if at + size > len(rest):
            raise BadFrame("ends before its files do")
        yield TreeFile(path=path, mode=mode, content=rest[at : at + size])
        at += size
    if at != len(rest):
        raise BadFrame("goes on behind its files")
