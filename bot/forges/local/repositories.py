"""Finding and making repositories on disk.

A repository is there when both are: its row, and its folder under its final name. It is made
whole in a folder of its own, then renamed inside the transaction that writes the row; whatever
is killed in between leaves either nothing or a folder that no row speaks of.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bot.core.git_values import FileToWrite
from bot.core.identity import Repository
from bot.core.names import split_full_name
from bot.errors import UserError
from bot.forges.local.accounts import need_account
from bot.forges.local.git import Git, initialise
from bot.forges.local.place import SELECT_REPOSITORY, Place, no_access, read_time, row_id
from bot.forges.local.writing import put_on_new_branch, write_commit
from bot.forges.names import check_repository_name
from bot.forges.port import Owner

DEFAULT_BRANCH = "main"
LEFTOVER_AGE_S = 3600


class Repositories:
    """The port's `Repositories`."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def find(self, full_name: str) -> Repository | None:
        names = split_full_name(full_name)
        if names is None:
            return None
        with self._place.database.reading() as connection:
            row = _row(connection, *names)
        return None if row is None else self._place.repository_of(row)

    def list_all(self) -> Sequence[Repository]:
        with self._place.database.reading() as connection:
            rows = connection.execute(
                SELECT_REPOSITORY + "WHERE gone = 0 ORDER BY repositories.id DESC"
            ).fetchall()
        found = (self._place.repository_of(row) for row in rows)
        return [repository for repository in found if repository is not None]

    def create(self, owner: Owner, name: str, *, private: bool, description: str) -> Repository:
        check_repository_name(name)
        full_name = f"{owner.login}/{name}"
        if self.find(full_name) is not None:
            raise _exists(full_name)
        made = self._make(name)
        try:
            with self._place.database.writing() as connection:
                self._refuse_taken(connection, owner.login, name)
                account = need_account(connection, owner.login)
                connection.execute(
                    "INSERT INTO repositories "
                    "(owner_id, name, private, description, default_branch, created_at) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        account["id"],
                        name,
                        private,
                        description,
                        DEFAULT_BRANCH,
                        self._place.now(),
                    ),
                )
                self._put(made, self._place.folder_of(owner.login, name))
        finally:
            shutil.rmtree(made, ignore_errors=True)
        repository = self.find(full_name)
        if repository is None:
            raise no_access("repository")
        return repository

    def describe(self, repository: Repository, description: str) -> None:
        with self._place.database.writing() as connection:
            changed = connection.execute(
                "UPDATE repositories SET description = ? WHERE id = ? AND gone = 0",
                (description, row_id(repository.id)),
            ).rowcount
        if not changed:
            raise no_access("repository")

    def created_at(self, repository: Repository) -> datetime:
        with self._place.database.reading() as connection:
            row = connection.execute(
                "SELECT created_at FROM repositories WHERE id = ? AND gone = 0",
                (row_id(repository.id),),
            ).fetchone()
        if row is None:
            raise no_access("repository")
        return read_time(row["created_at"])

    def _make(self, name: str) -> Path:
        """A whole repository with the forge's first commit, where nobody sees it."""
        workshop = self._place.root / "making"
        workshop.mkdir(parents=True, exist_ok=True)
        _sweep(workshop)
        folder = workshop / uuid.uuid4().hex
        initialise(folder, DEFAULT_BRANCH)
        readme = FileToWrite(path="README.md", content=f"# {name}\n".encode())
        first = write_commit(
            Git(folder),
            files=[readme],
            message="Initial commit\n",
            when=self._place.clock(),
        )
        put_on_new_branch(Git(folder), first, DEFAULT_BRANCH)
        return folder

    def _refuse_taken(self, connection: sqlite3.Connection, owner: str, name: str) -> None:
        row = _row(connection, owner, name)
        if row is None:
            return
        if self._place.repository_of(row) is not None:
            raise _exists(f"{owner}/{name}")
        # Somebody took the folder away: the name is free, and its old threads stay where
        # they are without being shown.
        connection.execute("UPDATE repositories SET gone = 1 WHERE id = ?", (row["id"],))

    def _put(self, made: Path, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            # No row speaks of it: left by a kill, or put there by hand. Never deleted.
            aside = self._place.root / "set-aside"
            aside.mkdir(exist_ok=True)
            folder.rename(aside / f"{folder.parent.name}-{folder.name}-{uuid.uuid4().hex}")
        made.rename(folder)


def _row(connection: sqlite3.Connection, owner: str, name: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        SELECT_REPOSITORY + "WHERE accounts.login = ? AND repositories.name = ? AND gone = 0",
        (owner, name),
    ).fetchone()
    return row


def _sweep(workshop: Path) -> None:
    """Remove what killed processes left half-made."""
    for leftover in workshop.iterdir():
        try:
            if time.time() - leftover.stat().st_mtime > LEFTOVER_AGE_S:
                shutil.rmtree(leftover, ignore_errors=True)
        except FileNotFoundError:
            continue


def _exists(full_name: str) -> UserError:
    return UserError(
        f"{full_name} exists already.",
        reason="repository_exists",
        remedy="Choose another name, or add `--existing` to open a change there.",
    )
