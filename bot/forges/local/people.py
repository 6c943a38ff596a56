"""What a person does and sees on the local forge: its pages, without the pages."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from bot.core.git_values import Change, Check, Comment, Milestone, Reaction
from bot.core.identity import Actor, Permission, Repository, Thread, ThreadKind
from bot.core.names import split_full_name
from bot.core.pages import LogEntry, Post, StoredFile, ThreadSummary
from bot.errors import UserError
from bot.forges import deliveries
from bot.forges.local import reading
from bot.forges.local.accounts import YOU
from bot.forges.local.forge import LocalForge
from bot.forges.local.place import (
    SELECT_COMMENT,
    actor_of,
    comment_of,
    no_access,
    read_time,
    row_id,
    thread_of,
    thread_row,
)
from bot.forges.local.publishing import add_thread

_SELECT_THREAD = """
SELECT threads.*, accounts.login, accounts.kind AS account_kind,
    (SELECT count(*) FROM comments WHERE thread_id = threads.id) AS comment_count,
    (SELECT milestones.title FROM tracked JOIN milestones ON milestones.id = milestone_id
        WHERE thread_id = threads.id) AS milestone,
    -- A character that no label holds: labels are one line.
    (SELECT group_concat(label, char(10)) FROM
        (SELECT label FROM labels WHERE thread_id = threads.id ORDER BY label)) AS labels
FROM threads JOIN accounts ON accounts.id = threads.author_id
JOIN repositories ON repositories.id = repository_id
WHERE repositories.gone = 0
"""


class People:
    """The side of a forge that people see, for the demo, the dashboard and tests."""

    def __init__(self, forge: LocalForge) -> None:
        self._forge = forge
        self._place = forge.place

    def ensure_repository(self, full_name: str) -> Repository:
        """The repository of that name, made where it is not there.

        Raises:
            UserError: with reason ``invalid_name`` where nothing can be called so.
        """
        found = self._forge.repository(full_name)
        if found is not None:
            return found
        names = split_full_name(full_name)
        owner = None if names is None else self._forge.owner(names[0], YOU)
        if names is None or owner is None:
            raise UserError(
                f"{full_name!a} is no repository's name.",
                reason="invalid_name",
                remedy="Write it as owner/name.",
            )
        try:
            return self._forge.create_repository(owner, names[1], private=True, description="")
        except UserError as exc:
            found = self._forge.repository(full_name)
            if exc.reason != "repository_exists" or found is None:
                raise
            return found

    def open_thread(
        self,
        repository_full_name: str,
        title: str,
        body: str,
        *,
        author: Actor = YOU,
        kind: ThreadKind = ThreadKind.ISSUE,
    ) -> Thread:
        """Open a thread, in a repository that is made where it is not there."""
        repository = self.ensure_repository(repository_full_name)
        with self._place.database.writing() as connection:
            _, number = add_thread(
                connection,
                repository_id=row_id(repository.id),
                kind=kind,
                title=title,
                body=body,
                author=author,
                now=self._place.now(),
            )
        return Thread(repository=repository, number=number, kind=kind)

    def say(self, thread: Thread, text: str, *, author: Actor = YOU) -> Comment:
        """Write a comment as a person."""
        return self._forge.conversation.add(thread, author, text)

    def close_thread(self, thread: Thread) -> None:
        """Close an issue or a change."""
        with self._place.database.writing() as connection:
            connection.execute(
                "UPDATE threads SET is_open = 0, updated_at = ? WHERE id = ?",
                (self._place.now(), thread_row(connection, thread)["id"]),
            )

    def add_person(
        self,
        login: str,
        permissions: Mapping[str, Permission] | None = None,
        owner_of: Iterable[str] = (),
        member_of: Iterable[str] = (),
    ) -> Actor:
        """A further person, with permissions by full name of repositories; for tests."""
        return self._forge.accounts.add_person(login, permissions or {}, owner_of, member_of)

    def list_repositories(self) -> Sequence[Repository]:
        """All repositories, the newest first."""
        return self._forge.repositories.list_all()

    def changes(self, repository: Repository) -> Sequence[Change]:
        """All changes of a repository, the newest first."""
        return self._forge.publishing.changes(repository)

    def checks(self, repository: Repository, commit_id: str) -> Sequence[Check]:
        """What was reported on a commit, in order of first report."""
        return self._forge.publishing.checks(repository, commit_id)

    def milestones(self, repository: Repository) -> Sequence[Milestone]:
        """All milestones of a repository, the oldest first."""
        return self._forge.tracking.milestones(repository)

    def close_milestone(self, repository: Repository, number: int) -> None:
        """Close a milestone."""
        self._forge.tracking.close_milestone(repository, number)

    def threads(
        self, repository: Repository | None = None, *, limit: int = 50
    ) -> Sequence[ThreadSummary]:
        """Threads of one repository or of all, the newest first."""
        known = {found.id: found for found in self.list_repositories()}
        with self._place.database.reading() as connection:
            rows = connection.execute(
                _SELECT_THREAD
                + "AND (?1 IS NULL OR repository_id = ?1) ORDER BY threads.id DESC LIMIT ?2",
                (None if repository is None else row_id(repository.id), limit),
            ).fetchall()
        places = ((row, known.get(str(row["repository_id"]))) for row in rows)
        return [_summary(row, place) for row, place in places if place is not None]

    def thread(self, full_name: str, number: int) -> ThreadSummary | None:
        """One thread, or None where it does not exist."""
        repository = self._forge.repository(full_name)
        if repository is None:
            return None
        with self._place.database.reading() as connection:
            row = connection.execute(
                _SELECT_THREAD + "AND repository_id = ? AND number = ?",
                (row_id(repository.id), number),
            ).fetchone()
        return None if row is None else _summary(row, repository)

    def timeline(self, thread: Thread) -> Sequence[Post]:
        """The opening text, then the comments in order, each with its reactions."""
        with self._place.database.reading() as connection:
            opening = connection.execute(
                _SELECT_THREAD + "AND threads.id = ?", (thread_row(connection, thread)["id"],)
            ).fetchone()
            comments = connection.execute(
                SELECT_COMMENT + "WHERE thread_id = ? ORDER BY comments.id", (opening["id"],)
            ).fetchall()
            reactions = connection.execute(
                "SELECT reactions.*, login, kind FROM reactions "
                "JOIN accounts ON accounts.id = author_id WHERE thread_id = ? "
                "ORDER BY reactions.rowid",
                (opening["id"],),
            ).fetchall()
        given: dict[int, list[tuple[Reaction, Actor]]] = {}
        for row in reactions:
            actor = actor_of(row["author_id"], row["login"], row["kind"])
            given.setdefault(row["comment_id"], []).append((Reaction(row["reaction"]), actor))
        first = _summary(opening, thread.repository)
        posts = [
            Post(
                comment_id=None,
                author=first.author,
                text=first.text,
                created_at=first.created_at,
                # The thread's own time moves with each comment; its text has not changed.
                updated_at=first.created_at,
                reactions=tuple(given.get(0, ())),
            )
        ]
        for row in comments:
            said = comment_of(row)
            posts.append(
                Post(
                    comment_id=said.id,
                    author=said.author,
                    text=said.body,
                    created_at=said.created_at,
                    updated_at=read_time(row["updated_at"]),
                    reactions=tuple(given.get(row["id"], ())),
                )
            )
        return posts

    def files_of(self, repository: Repository, ref: str) -> Sequence[StoredFile]:
        """Every file at a branch, tag or commit, by path; none where there is no such ref."""
        git = self._place.git(repository)
        commit_id = reading.resolve(git, ref)
        return () if commit_id is None else reading.files(git, commit_id)

    def read_file(
        self, repository: Repository, ref: str, path: str, max_bytes: int
    ) -> bytes | None:
        """The first bytes of a file, or None where there is none."""
        git = self._place.git(repository)
        commit_id = reading.resolve(git, ref)
        return None if commit_id is None else reading.file_bytes(git, commit_id, path, max_bytes)

    def log(self, repository: Repository, ref: str, *, limit: int = 50) -> Sequence[LogEntry]:
        """The commits that lead to a branch, tag or commit, the newest first."""
        git = self._place.git(repository)
        commit_id = reading.resolve(git, ref)
        return () if commit_id is None else reading.log(git, commit_id, limit)

    def log_text(self, repository: Repository, ref: str) -> str:
        """What ``git log --stat`` prints, for a terminal; empty where there is no such ref."""
        git = self._place.git(repository)
        commit_id = reading.resolve(git, ref)
        return "" if commit_id is None else reading.log_text(git, commit_id)

    def delivery_for_comment(self, thread: Thread, comment: Comment) -> tuple[str, bytes]:
        """Event name and body of the delivery that tells of a new comment."""
        summary = self._known(thread)
        return deliveries.comment_created(
            thread, summary.title, summary.author, summary.text, comment
        )

    def delivery_for_thread(self, thread: Thread) -> tuple[str, bytes]:
        """Event name and body of the delivery that tells of a new thread."""
        summary = self._known(thread)
        return deliveries.thread_opened(thread, summary.title, summary.author, summary.text)

    def _known(self, thread: Thread) -> ThreadSummary:
        summary = self.thread(thread.repository.full_name, thread.number)
        if summary is None:
            raise no_access("thread")
        return summary


def _summary(row: sqlite3.Row, repository: Repository) -> ThreadSummary:
    return ThreadSummary(
        thread=thread_of(row, repository),
        title=row["title"],
        text=row["body"],
        author=actor_of(row["author_id"], row["login"], row["account_kind"]),
        is_open=bool(row["is_open"]),
        created_at=read_time(row["created_at"]),
        updated_at=read_time(row["updated_at"]),
        comment_count=row["comment_count"],
        milestone=row["milestone"] or "",
        labels=tuple((row["labels"] or "").splitlines()),
    )
