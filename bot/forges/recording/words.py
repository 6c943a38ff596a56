"""How the effects on a forge read in a list: one line each, in the words of an order."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.git_values import Commit, FileToWrite
from bot.core.identity import Repository, Thread
from bot.forges.recording.talks import FIRST_NUMBER

_LONGEST = 72


def place_of(thread: Thread) -> str:
    """``owner/name#3``, without a number that nobody knows yet."""
    full_name = thread.repository.full_name
    return full_name if thread.number >= FIRST_NUMBER else f"{full_name}#{thread.number}"


def first_line(text: str) -> str:
    """The first words of a comment, as far as they fit."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def files(count: int) -> str:
    """``1 file``, ``34 files``."""
    return "1 file" if count == 1 else f"{count} files"


def root_commit(
    repository: Repository, branch: str, written: Sequence[FileToWrite], commit: Commit
) -> str:
    """A new repository's only commit, with the id that its tree will have."""
    size = files(len(written))
    return f"commit {size} to {repository.full_name} on {branch}, tree {commit.tree_id[:12]}"


def branch_commit(
    repository: Repository, branch: str, written: Sequence[FileToWrite], base: Commit
) -> str:
    """A commit on a branch of its own."""
    size = files(len(written))
    return f"commit {size} to {repository.full_name} on new branch {branch}, over {base.id[:12]}"


def amending_commit(
    repository: Repository, branch: str, written: Sequence[FileToWrite], parent: Commit
) -> str:
    """A commit on a branch that is there."""
    size = files(len(written))
    return f"commit {size} to {repository.full_name} on {branch}, after {parent.id[:12]}"
