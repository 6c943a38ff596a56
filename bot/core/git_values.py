"""Commits, files, changes and issues, as every forge can tell them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.core.identity import Actor

REGULAR = 0o100644
EXECUTABLE = 0o100755


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A commit: its id, root tree id (both 40 hex digits), parents and whole message."""

    id: str
    tree_id: str
    parents: tuple[str, ...] = ()
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class TreeEntry:
    """What lies at a path: mode as git writes it, and the blob id (40 hex digits)."""

    mode: int
    blob_id: str


@dataclass(frozen=True, kw_only=True)
class FileToWrite:
    """One file to be committed, under its full path in the destination."""

    path: str
    content: bytes = field(repr=False)
    mode: int = REGULAR


@dataclass(frozen=True, kw_only=True)
class TreeFile:
    """A file as it lies in a tree, under its path in the folder that was asked for."""

    path: str
    content: bytes = field(repr=False)
    mode: int = REGULAR


@dataclass(frozen=True, kw_only=True)
class Comment:
    """A comment in a thread."""

    id: str
    author: Actor
    body: str
    created_at: datetime
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What a thread was opened with."""

    author: Actor
    title: str
    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A pull or merge request."""

    number: int
    url: str
    branch: str
    base: str
    is_open: bool = True
    is_draft: bool = False
    author: Actor | None = None


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """What issues are gathered under; its number is the repository's own, as an issue's is."""

    number: int
    title: str
    url: str = ""
    is_open: bool = True


@dataclass(frozen=True, kw_only=True)
class Issue:
    """An issue that is to be done."""

    number: int
    title: str
    url: str = ""


class Reaction(StrEnum):
    """The small answers that every forge has."""

    SEEN = "seen"
    DONE = "done"
    CONFUSED = "confused"


class CheckState(StrEnum):
    """How a check on a commit stands."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """Something that a check says of a line; ``line`` counts from 1."""

    path: str
    line: int
    message: str
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Check:
    """What is shown beside a commit: a check run, or a commit status.

    ``text`` is the long form of ``summary``, for forges that have room for one; so are
    ``annotations``, which a forge shows where the lines are.
    """

    name: str
    state: CheckState
    title: str
    summary: str
    url: str = ""
    text: str = ""
    annotations: tuple[Annotation, ...] = ()


RUN_TRAILER = "Firstcommit-Run"


def message_with_trailer(subject: str, body: str, run_id: str) -> str:
    """A commit message that ends with the trailer by which a run knows its own commits."""
    parts = [subject, body.strip(), f"{RUN_TRAILER}: {run_id}"]
    return "\n\n".join(part for part in parts if part) + "\n"


def run_of_message(message: str) -> str | None:
    """The run named in the last paragraph of a commit message, or None."""
    for line in reversed(message.strip().splitlines()):
        if not line.strip():
            return None
        key, _, value = line.partition(":")
        if key.strip() == RUN_TRAILER:
            return value.strip()
    return None


def same_entries(wanted: Mapping[str, TreeEntry], found: Mapping[str, TreeEntry]) -> list[str]:
    """The paths of ``wanted`` that ``found`` lacks or holds with another mode or blob."""
    return sorted(path for path, entry in wanted.items() if found.get(path) != entry)
