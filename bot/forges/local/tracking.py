"""Issues that we open on the local forge, and milestones that gather them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from bot.core.git_values import Issue, Milestone
from bot.core.identity import Actor, Repository, ThreadKind
from bot.errors import UserError
from bot.forges.fields import storable
from bot.forges.local.place import Place, no_access, row_id, stored_time
from bot.forges.local.publishing import add_thread


class Tracking:
    """The port's `Tracking`; whoever acts is named by the caller."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def find_milestone(self, repository: Repository, title: str) -> Milestone | None:
        with self._place.database.reading() as connection:
            row = connection.execute(
                "SELECT * FROM milestones WHERE repository_id = ? AND title = ?",
                (row_id(repository.id), storable(title)),
            ).fetchone()
        return None if row is None else _milestone(row)

    def create_milestone(self, repository: Repository, title: str, description: str) -> Milestone:
        with self._place.database.writing() as connection:
            _refuse_unknown(connection, repository)
            row = connection.execute(
                "INSERT INTO milestones (repository_id, number, title, description, created_at) "
                "VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM milestones "
                "WHERE repository_id = ?1), ?2, ?3, ?4) ON CONFLICT DO NOTHING RETURNING *",
                (
                    row_id(repository.id),
                    storable(title),
                    storable(description),
                    self._place.now(),
                ),
            ).fetchone()
        if row is None:
            raise UserError(f"There is a milestone {title!a} already.", reason="milestone_exists")
        return _milestone(row)

    def milestones(self, repository: Repository) -> Sequence[Milestone]:
        with self._place.database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM milestones WHERE repository_id = ? ORDER BY number",
                (row_id(repository.id),),
            ).fetchall()
        return [_milestone(row) for row in rows]

    def close_milestone(self, repository: Repository, number: int) -> None:
        with self._place.database.writing() as connection:
            connection.execute(
                "UPDATE milestones SET is_open = 0 WHERE repository_id = ? AND number = ?",
                (row_id(repository.id), number),
            )

    def find_issue(
        self, repository: Repository, author: Actor, marker: str, since: datetime | None
    ) -> Issue | None:
        with self._place.database.reading() as connection:
            rows = connection.execute(
                "SELECT number, title, body FROM threads WHERE repository_id = ? AND kind = ? "
                "AND author_id = ? AND created_at >= ? ORDER BY number",
                (
                    row_id(repository.id),
                    ThreadKind.ISSUE.value,
                    row_id(author.account_id),
                    0 if since is None else stored_time(since),
                ),
            )
            for row in rows:
                if row["body"].rstrip().endswith(marker):
                    return Issue(number=row["number"], title=row["title"])
        return None

    def create_issue(
        self,
        repository: Repository,
        author: Actor,
        title: str,
        body: str,
        *,
        milestone: Milestone | None,
        labels: Sequence[str],
    ) -> Issue:
        with self._place.database.writing() as connection:
            milestone_id = _milestone_id(connection, repository, milestone)
            thread_id, number = add_thread(
                connection,
                repository_id=row_id(repository.id),
                kind=ThreadKind.ISSUE,
                title=title,
                body=body,
                author=author,
                now=self._place.now(),
            )
            if milestone_id is not None:
                connection.execute("INSERT INTO tracked VALUES (?, ?)", (thread_id, milestone_id))
            connection.executemany(
                "INSERT OR IGNORE INTO labels VALUES (?, ?)",
                [(thread_id, storable(label)) for label in labels],
            )
        return Issue(number=number, title=storable(title))


def _refuse_unknown(connection: sqlite3.Connection, repository: Repository) -> None:
    found = connection.execute(
        "SELECT 1 FROM repositories WHERE id = ? AND gone = 0", (row_id(repository.id),)
    ).fetchone()
    if found is None:
        raise no_access("repository")


def _milestone_id(
    connection: sqlite3.Connection, repository: Repository, milestone: Milestone | None
) -> int | None:
    if milestone is None:
        return None
    row = connection.execute(
        "SELECT id FROM milestones WHERE repository_id = ? AND number = ?",
        (row_id(repository.id), milestone.number),
    ).fetchone()
    if row is None:
        raise UserError("There is no such milestone here.", reason="unknown_milestone")
    found: int = row["id"]
    return found


def _milestone(row: sqlite3.Row) -> Milestone:
    return Milestone(number=row["number"], title=row["title"], is_open=bool(row["is_open"]))
