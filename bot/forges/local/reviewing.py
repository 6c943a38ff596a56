"""Changes of the local forge as whoever reviews them sees them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict

from bot.core.git_values import CheckState
from bot.core.identity import Actor, Repository, Thread
from bot.core.reviews import (
    MOST_PATCH_CHARACTERS,
    ChangeDetails,
    ChangedFile,
    FailedCheck,
    FileStatus,
    Remark,
    failed_check,
    patch_of,
)
from bot.errors import UserError
from bot.forges.fields import storable
from bot.forges.local import reading
from bot.forges.local.conversation import Conversation
from bot.forges.local.git import Git
from bot.forges.local.place import Place, actor_of, row_id
from bot.forges.local.publishing import Publishing
from bot.forges.trees import check_remarks

_SELECT = """
SELECT changes.*, threads.number, threads.title, threads.body, threads.is_open, threads.author_id,
    accounts.login, accounts.kind
FROM changes JOIN threads ON threads.id = thread_id JOIN accounts ON accounts.id = author_id
WHERE repository_id = ? AND number = ?
"""
_SELECT_REVIEW = """
SELECT reviews.comment_id FROM reviews JOIN comments ON comments.id = reviews.comment_id
JOIN threads ON threads.id = comments.thread_id
WHERE repository_id = ? AND number = ? AND instr(comments.body, ?) > 0
ORDER BY comments.id LIMIT 1
"""
_FILE = 0o100000
_KIND_BITS = 0o170000


class Reviewing:
    """The port's `Reviewing`, but for the commit; whoever reviews is named by the caller."""

    def __init__(self, place: Place, publishing: Publishing, conversation: Conversation) -> None:
        self._place = place
        self._publishing = publishing
        self._conversation = conversation

    def change(self, repository: Repository, number: int) -> ChangeDetails | None:
        with self._place.database.reading() as connection:
            row = connection.execute(_SELECT, (row_id(repository.id), number)).fetchone()
        if row is None:
            return None
        tip = reading.head(self._place.git(repository), row["branch"])
        return _details(row, tip.id if tip else "")

    def changed_files(
        self, repository: Repository, change: ChangeDetails, *, most: int | None = None
    ) -> Sequence[ChangedFile]:
        git = self._place.git(repository)
        base = reading.head(git, change.base)
        if base is None or reading.resolve(git, change.head) != change.head:
            raise UserError(
                f"{change.branch!a} or {change.base!a} is gone.", reason="branch_missing"
            )
        fork = reading.merge_base(git, base.id, change.head)
        before = reading.all_entries(git, fork) if fork else {}
        after = reading.all_entries(git, change.head)
        differing = sorted(
            path
            for path in {*before, *after}
            if before.get(path) != after.get(path)
            if all(_is_file(entry.mode) for entry in (before.get(path), after.get(path)) if entry)
        )
        old, new = (
            {path: entry.blob_id for path, entry in side.items()} for side in (before, after)
        )
        return [_changed(git, path, old.get(path), new.get(path)) for path in differing[:most]]

    def failed_checks(
        self, repository: Repository, commit_id: str, *, most_characters: int
    ) -> Sequence[FailedCheck]:
        found = self._publishing.checks(repository, commit_id)
        failed = (check for check in found if check.state is CheckState.FAILED)
        return [
            failed_check(check, most_characters)
            for check in sorted(failed, key=lambda check: check.name)
        ]

    def find_review(self, repository: Repository, number: int, marker: str) -> str | None:
        with self._place.database.reading() as connection:
            row = connection.execute(
                _SELECT_REVIEW, (row_id(repository.id), number, marker)
            ).fetchone()
        return None if row is None else str(row["comment_id"])

    def review(
        self,
        repository: Repository,
        author: Actor,
        change: ChangeDetails,
        *,
        body: str,
        remarks: Sequence[Remark],
    ) -> str:
        check_remarks(remarks, self.changed_files(repository, change))
        thread = Thread(repository=repository, number=change.number)
        # Its pages show threads as they are talked in, so that remarks are a part of the text.
        said = self._conversation.add(thread, author, _with_remarks(body, remarks))
        with self._place.database.writing() as connection:
            connection.execute(
                "INSERT INTO reviews (comment_id, remarks) VALUES (?, ?)",
                (row_id(said.id), storable(json.dumps([asdict(one) for one in remarks]))),
            )
        return said.id


def _details(row: sqlite3.Row, head: str) -> ChangeDetails:
    return ChangeDetails(
        number=row["number"],
        url="",
        title=row["title"],
        text=row["body"],
        author=actor_of(row["author_id"], row["login"], row["kind"]),
        branch=row["branch"],
        base=row["base"],
        head=head,
        is_open=bool(row["is_open"]),
        is_draft=bool(row["is_draft"]),
    )


def _is_file(mode: int) -> bool:
    return mode & _KIND_BITS == _FILE


def _changed(git: Git, path: str, before: str | None, after: str | None) -> ChangedFile:
    status = FileStatus.MODIFIED if before and after else FileStatus.ADDED
    status = FileStatus.REMOVED if after is None else status
    sides = [_content(git, blob) for blob in (before, after)]
    if any(len(side) > MOST_PATCH_CHARACTERS for side in sides):
        return ChangedFile(path=path, status=status)
    return ChangedFile(path=path, status=status, patch=patch_of(*sides))


def _content(git: Git, blob: str | None) -> bytes:
    if blob is None:
        return b""
    return git.first_bytes("cat-file", "blob", blob, size_bytes=MOST_PATCH_CHARACTERS + 1)


def _with_remarks(body: str, remarks: Sequence[Remark]) -> str:
    said = [f"**`{one.path}`, line {one.line}**\n\n{one.body}" for one in remarks]
    return "\n\n".join((*said, body)) if said else body
