"""Commits written by git itself: one process for all files, one for the branch.

Git's fast-import wants a reference for what it writes. It gets one of ours, outside of what
clones fetch, so that the branch is moved afterwards in one transaction that either finds it
as it was expected or does nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.git_values import Commit, FileToWrite
from bot.errors import UserError
from bot.forges.local.git import WRITE_TIMEOUT_S, Git, GitFailed
from bot.forges.local.reading import head

AUTHOR = "Firstcommit <firstcommit@localhost>"
_NO_OBJECT = "0" * 40


@dataclass(frozen=True, kw_only=True)
class Written:
    """A commit that is in the repository, on no branch yet."""

    commit: Commit
    ref: str


def write_commit(
    git: Git,
    *,
    files: Sequence[FileToWrite],
    message: str,
    when: datetime,
    base: str | None = None,
) -> Written:
    """Write one commit of ``files`` over the tree of ``base``, or of exactly those files.

    Raises:
        UserError: with reason ``unknown_commit`` where ``base`` is not in the repository.
    """
    ref = f"refs/firstcommit/{uuid.uuid4().hex}"
    stream = b"".join(_stream(ref, files, message, when, base))
    try:
        answer = git.run(
            "fast-import", "--quiet", "--done", stdin=stream, timeout_s=WRITE_TIMEOUT_S
        )
    except GitFailed as exc:
        if base is not None and "Not a valid commit" in exc.said:
            raise UserError(f"There is no commit {base}.", reason="unknown_commit") from exc
        raise
    commit_id, tree = answer.decode("ascii").splitlines()
    return Written(
        commit=Commit(
            id=commit_id,
            tree_id=tree.split()[2],
            parents=() if base is None else (base,),
            message=message,
        ),
        ref=ref,
    )


def put_on_new_branch(git: Git, written: Written, branch: str) -> Commit:
    """Raises UserError ``branch_exists`` where the branch is there already."""
    return _move(git, written, branch, _NO_OBJECT, "branch_exists")


def put_on_branch(git: Git, written: Written, branch: str, expected_id: str) -> Commit:
    """Raises UserError ``branch_moved`` where the branch stands at another commit."""
    return _move(git, written, branch, expected_id, "branch_moved")


def put_in_place_of(git: Git, written: Written, branch: str, expected_id: str) -> Commit:
    """Raises UserError ``repository_moved`` where the branch stands at another commit."""
    return _move(git, written, branch, expected_id, "repository_moved")


def _move(git: Git, written: Written, branch: str, expected_id: str, reason: str) -> Commit:
    transaction = (
        f"start\n"
        f"update refs/heads/{branch} {written.commit.id} {expected_id}\n"
        f"delete {written.ref}\n"
        f"prepare\ncommit\n"
    )
    try:
        git.run("update-ref", "--stdin", stdin=transaction.encode())
    except GitFailed as exc:
        git.run("update-ref", "-d", written.ref)
        there = head(git, branch)
        if (there.id if there else _NO_OBJECT) != expected_id:
            raise UserError(
                f"The branch {branch} is not as it was expected.", reason=reason
            ) from exc
        raise
    return written.commit


def _stream(
    ref: str, files: Sequence[FileToWrite], message: str, when: datetime, base: str | None
) -> Iterator[bytes]:
    said = message.encode()
    yield (
        f"commit {ref}\nmark :1\ncommitter {AUTHOR} {int(when.timestamp())} +0000\n"
        f"data {len(said)}\n"
    ).encode() + said
    yield b"\n" if base is None else f"\nfrom {base}\n".encode()
    for file in files:
        yield f"M {file.mode:o} inline {_quoted(file.path)}\ndata {len(file.content)}\n".encode()
        yield file.content
        yield b"\n"
    yield b'\nget-mark :1\nls :1 ""\ndone\n'


def _quoted(path: str) -> str:
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
