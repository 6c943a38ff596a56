"""Where a local forge lies, and the rows of its tables as values."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.core.git_values import Comment
from bot.core.identity import Actor, Repository, Thread, ThreadKind
from bot.core.names import split_full_name
from bot.errors import UserError
from bot.forges.local.database import Database
from bot.forges.local.git import Git

FORGE = "local"

Clock = Callable[[], datetime]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

SELECT_REPOSITORY = """
SELECT repositories.*, accounts.login AS owner, accounts.kind AS owner_kind
FROM repositories JOIN accounts ON accounts.id = repositories.owner_id
"""
SELECT_COMMENT = """
SELECT comments.*, accounts.login, accounts.kind
FROM comments JOIN accounts ON accounts.id = comments.author_id
"""


@dataclass(frozen=True, kw_only=True)
class Place:
    """The folder, its database and the clock; what every part of the local forge works on."""

    root: Path
    database: Database
    clock: Clock

    def now(self) -> int:
        """Microseconds since 1970, as stored."""
        return stored_time(self.clock())

    def folder(self, repository: Repository) -> Path:
        """The bare repository's folder.

        Raises:
            UserError: with reason ``no_access`` where the name would lead out of the forge.
        """
        return self.folder_of(repository.owner, repository.name)

    def folder_of(self, owner: str, name: str) -> Path:
        """The same, by names."""
        if split_full_name(f"{owner}/{name}") is None:
            raise no_access("repository")
        return self.root / "repositories" / owner / f"{name}.git"

    def git(self, repository: Repository) -> Git:
        """Git on that repository.

        Raises:
            UserError: with reason ``no_access`` where the repository is not there.
        """
        folder = self.folder(repository)
        if repository.forge != FORGE or not folder.is_dir():
            raise no_access("repository")
        return Git(folder)

    def repository_of(self, row: sqlite3.Row) -> Repository | None:
        """A row of `SELECT_REPOSITORY`; None where its folder was taken away."""
        folder = self.folder_of(row["owner"], row["name"])
        if row["gone"] or not folder.is_dir():
            return None
        return Repository(
            forge=FORGE,
            id=str(row["id"]),
            owner=row["owner"],
            owner_id=str(row["owner_id"]),
            name=row["name"],
            owner_is_person=row["owner_kind"] == "person",
            private=bool(row["private"]),
            default_branch=row["default_branch"],
            description=row["description"],
            clone_url=str(folder),
        )


def actor_of(account_id: int, login: str, kind: str) -> Actor:
    """An account, from its columns."""
    return Actor(forge=FORGE, account_id=str(account_id), login=login, is_bot=kind == "bot")


def comment_of(row: sqlite3.Row) -> Comment:
    """A row of `SELECT_COMMENT`."""
    return Comment(
        id=str(row["id"]),
        author=actor_of(row["author_id"], row["login"], row["kind"]),
        body=row["body"],
        created_at=read_time(row["created_at"]),
    )


def thread_of(row: sqlite3.Row, repository: Repository) -> Thread:
    """A row of ``threads``, in its repository."""
    return Thread(repository=repository, number=row["number"], kind=ThreadKind(row["kind"]))


def thread_row(connection: sqlite3.Connection, thread: Thread) -> sqlite3.Row:
    """The row of a thread.

    Raises:
        UserError: with reason ``no_access`` where there is no such thread.
    """
    row: sqlite3.Row | None = connection.execute(
        "SELECT threads.* FROM threads JOIN repositories ON repositories.id = repository_id "
        "WHERE repository_id = ? AND number = ? AND gone = 0",
        (row_id(thread.repository.id), thread.number),
    ).fetchone()
    if row is None or thread.repository.forge != FORGE:
        raise no_access("thread")
    return row


def no_access(what: str) -> UserError:
    """The one answer for what is not there and for what may not be seen."""
    return UserError(f"There is no such {what} here.", reason="no_access")


def row_id(identifier: str | None) -> int:
    """An id as its column holds it; 0, which no row has, for one that is not ours."""
    text = identifier or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def stored_time(moment: datetime) -> int:
    """Microseconds since 1970, without the rounding of a float."""
    return (moment - _EPOCH) // _MICROSECOND


def read_time(stored: int) -> datetime:
    """The reverse of `stored_time`."""
    return _EPOCH + stored * _MICROSECOND
