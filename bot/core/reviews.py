"""Changes as whoever reviews or mends them sees them: what differs, what failed, what is said."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.git_values import Annotation, Check
from bot.core.identity import Actor

#: A longer difference is left out, as forges do.
MOST_PATCH_CHARACTERS = 100_000
_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_CONTEXT_LINES = 3


@dataclass(frozen=True, kw_only=True)
class ChangeDetails:
    """A change with the commit at its tip.

    ``is_foreign``: its branch lies in another repository, into which we write nothing.
    """

    number: int
    url: str
    title: str
    text: str = field(repr=False)
    author: Actor
    branch: str
    base: str
    head: str
    is_foreign: bool = False
    is_open: bool = True
    is_draft: bool = False


class FileStatus(StrEnum):
    """What a change does to a file. A renamed one goes by its new path."""

    ADDED = "added"
    MODIFIED = "modified"
    REMOVED = "removed"
    RENAMED = "renamed"


@dataclass(frozen=True, kw_only=True)
class ChangedFile:
    """A file that a change touches.

    ``patch`` is its difference in hunks, without the lines that name the file; empty for what is
    binary or too large.
    """

    path: str
    status: FileStatus
    patch: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class FailedCheck:
    """A check that failed on a commit. ``log`` is the end of what it printed, as far as that is
    to be had; else what it says of itself."""

    name: str
    log: str = field(repr=False)
    url: str = ""
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Remark:
    """Something said of a line of a change's new side; ``body`` is Markdown."""

    path: str
    line: int
    body: str


def failed_check(check: Check, most_characters: int) -> FailedCheck:
    """A check of our own records as one that failed; its text is what it printed."""
    return FailedCheck(
        name=check.name,
        log=end_of_log(check.text or check.summary, most_characters),
        url=check.url,
        annotations=check.annotations,
    )


def patch_of(before: bytes, after: bytes) -> str:
    """The difference of two files in hunks, as forges show it; empty for what is binary."""
    try:
        old, new = before.decode().splitlines(), after.decode().splitlines()
    except UnicodeDecodeError:
        return ""
    if b"\0" in before or b"\0" in after:
        return ""
    lines = difflib.unified_diff(old, new, lineterm="", n=_CONTEXT_LINES)
    # The first two name the file.
    patch = "\n".join(list(lines)[2:])
    return patch if len(patch) <= MOST_PATCH_CHARACTERS else ""


def lines_in_patch(patch: str) -> frozenset[int]:
    """The lines of the new side that a difference shows: forges take remarks on these alone."""
    return frozenset(line for line, _ in numbered_lines(patch))


def numbered_lines(patch: str) -> Iterator[tuple[int, str]]:
    """Each line of the new side that a difference shows, with its number there (from 1)."""
    number = 0
    for line in patch.splitlines():
        hunk = _HUNK.match(line)
        if hunk is not None:
            number = int(hunk.group(1))
        elif line.startswith(("+", " ")) or not line:
            yield number, line[1:]
            number += 1


def end_of_log(text: str, most_characters: int) -> str:
    """The end of a log from the beginning of a line, where the mistakes mostly stand."""
    if not most_characters:
        return ""
    if len(text) <= most_characters:
        return text
    cut = text[-most_characters:]
    _, _, whole_lines = cut.partition("\n")
    return whole_lines or cut
