"""Comments and reactions in the local forge's threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.git_values import Comment, Opening, Reaction
from bot.core.identity import Actor, Repository, Thread, ThreadKind
from bot.errors import UserError
from bot.forges.fields import storable
from bot.forges.local.place import (
    SELECT_COMMENT,
    Place,
    actor_of,
    comment_of,
    read_time,
    row_id,
    stored_time,
    thread_row,
)


class Conversation:
    """The port's `Conversation`; whoever acts is named by the caller."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def thread(self, repository: Repository, number: int) -> Thread | None:
        unread = Thread(repository=repository, number=number)
        try:
            with self._place.database.reading() as connection:
                kind = thread_row(connection, unread)["kind"]
        except UserError:
            return None
        return replace(unread, kind=ThreadKind(kind))

    def opening(self, thread: Thread) -> Opening | None:
        try:
            with self._place.database.reading() as connection:
                row = connection.execute(
                    "SELECT threads.title, threads.body, author_id, accounts.login, accounts.kind "
                    "FROM threads JOIN accounts ON accounts.id = author_id WHERE threads.id = ?",
                    (thread_row(connection, thread)["id"],),
                ).fetchone()
        except UserError:
            return None
        author = actor_of(row["author_id"], row["login"], row["kind"])
        return Opening(author=author, title=row["title"], text=row["body"])

    def comments(self, thread: Thread, since: datetime | None) -> Sequence[Comment]:
        earliest = 0 if since is None else stored_time(since)
        with self._place.database.reading() as connection:
            rows = connection.execute(
                SELECT_COMMENT + "WHERE thread_id = ? AND updated_at >= ? ORDER BY comments.id",
                (thread_row(connection, thread)["id"], earliest),
            ).fetchall()
        return [comment_of(row) for row in rows]

    def comment(self, thread: Thread, comment_id: str) -> Comment | None:
        with self._place.database.reading() as connection:
            row = connection.execute(
                SELECT_COMMENT + "WHERE thread_id = ? AND comments.id = ?",
                (thread_row(connection, thread)["id"], row_id(comment_id)),
            ).fetchone()
        return None if row is None else comment_of(row)

    def add(self, thread: Thread, author: Actor, body: str) -> Comment:
        now = self._place.now()
        text = storable(body)
        with self._place.database.writing() as connection:
            row = thread_row(connection, thread)
            comment_id = connection.execute(
                "INSERT INTO comments (thread_id, author_id, body, created_at, updated_at) "
                "VALUES (?, ?, ?, ?, ?)",
                (row["id"], row_id(author.account_id), text, now, now),
            ).lastrowid
            connection.execute("UPDATE threads SET updated_at = ? WHERE id = ?", (now, row["id"]))
        return Comment(id=str(comment_id), author=author, body=text, created_at=read_time(now))

    def edit(self, thread: Thread, comment_id: str, body: str) -> None:
        with self._place.database.writing() as connection:
            changed = connection.execute(
                "UPDATE comments SET body = ?, updated_at = ? WHERE id = ? AND thread_id = ?",
                (
                    storable(body),
                    self._place.now(),
                    row_id(comment_id),
                    thread_row(connection, thread)["id"],
                ),
            ).rowcount
        if not changed:
            raise UserError("The comment is not there any more.", reason="comment_gone")

    def delete(self, thread: Thread, comment_id: str) -> None:
        with self._place.database.writing() as connection:
            key = (thread_row(connection, thread)["id"], row_id(comment_id))
            # The opening text has 0 where a comment has its id, and cannot be deleted.
            if key[1]:
                connection.execute(
                    "DELETE FROM reactions WHERE thread_id = ? AND comment_id = ?", key
                )
            connection.execute("DELETE FROM comments WHERE thread_id = ? AND id = ?", key)

    def react(
        self, thread: Thread, author: Actor, comment_id: str | None, reaction: Reaction
    ) -> None:
        if comment_id is not None and self.comment(thread, comment_id) is None:
            return
        with self._place.database.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO reactions VALUES (?, ?, ?, ?)",
                (
                    thread_row(connection, thread)["id"],
                    row_id(comment_id),
                    row_id(author.account_id),
                    reaction.value,
                ),
            )
