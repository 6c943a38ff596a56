"""The SQLite file of the local forge: its tables, and connections that survive company.

Several processes, each with several threads, write to it at the same time.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import Transient

BUSY_TIMEOUT_S = 10

# Ids are never given twice (AUTOINCREMENT): a comment's id stands for one command for ever.
_TABLES = """
CREATE TABLE IF NOT EXISTS accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    login TEXT NOT NULL UNIQUE COLLATE NOCASE,
    kind TEXT NOT NULL CHECK (kind IN ('person', 'bot', 'organisation'))
) STRICT;
CREATE TABLE IF NOT EXISTS standings (
    namespace_id INTEGER NOT NULL REFERENCES accounts (id),
    person_id INTEGER NOT NULL REFERENCES accounts (id),
    standing TEXT NOT NULL,
    PRIMARY KEY (namespace_id, person_id)
) STRICT;
CREATE TABLE IF NOT EXISTS grants (
    full_name TEXT NOT NULL COLLATE NOCASE,
    person_id INTEGER NOT NULL REFERENCES accounts (id),
    permission INTEGER NOT NULL,
    PRIMARY KEY (full_name, person_id)
) STRICT;
CREATE TABLE IF NOT EXISTS repositories (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id INTEGER NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL COLLATE NOCASE,
    private INTEGER NOT NULL,
    description TEXT NOT NULL,
    default_branch TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    gone INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS repositories_by_name
    ON repositories (owner_id, name) WHERE gone = 0;
CREATE TABLE IF NOT EXISTS threads (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repository_id INTEGER NOT NULL REFERENCES repositories (id),
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    author_id INTEGER NOT NULL REFERENCES accounts (id),
    is_open INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (repository_id, number)
) STRICT;
CREATE TABLE IF NOT EXISTS changes (
    thread_id INTEGER PRIMARY KEY REFERENCES threads (id),
    branch TEXT NOT NULL,
    base TEXT NOT NULL,
    is_draft INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    thread_id INTEGER NOT NULL REFERENCES threads (id),
    author_id INTEGER NOT NULL REFERENCES accounts (id),
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS comments_of_thread ON comments (thread_id);
CREATE TABLE IF NOT EXISTS milestones (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repository_id INTEGER NOT NULL REFERENCES repositories (id),
    number INTEGER NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    is_open INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    UNIQUE (repository_id, number),
    UNIQUE (repository_id, title)
) STRICT;
CREATE TABLE IF NOT EXISTS tracked (
    thread_id INTEGER PRIMARY KEY REFERENCES threads (id),
    milestone_id INTEGER REFERENCES milestones (id)
) STRICT;
CREATE TABLE IF NOT EXISTS labels (
    thread_id INTEGER NOT NULL REFERENCES threads (id),
    label TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (thread_id, label)
) STRICT;
-- A comment_id of 0 stands for the opening text.
CREATE TABLE IF NOT EXISTS reactions (
    thread_id INTEGER NOT NULL REFERENCES threads (id),
    comment_id INTEGER NOT NULL,
    author_id INTEGER NOT NULL REFERENCES accounts (id),
    reaction TEXT NOT NULL,
    PRIMARY KEY (thread_id, comment_id, author_id, reaction)
) STRICT;
CREATE TABLE IF NOT EXISTS checks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repository_id INTEGER NOT NULL REFERENCES repositories (id),
    commit_id TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    url TEXT NOT NULL,
    UNIQUE (repository_id, commit_id, name)
) STRICT;
-- Reviews are comments in a change's thread that have remarks beside them.
CREATE TABLE IF NOT EXISTS reviews (
    comment_id INTEGER PRIMARY KEY REFERENCES comments (id),
    remarks TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS check_details (
    check_id INTEGER PRIMARY KEY REFERENCES checks (id),
    text TEXT NOT NULL,
    annotations TEXT NOT NULL
) STRICT;
"""


class Database:
    """One connection for each thread of each process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._own = threading.local()
        with self._errors():
            _make_tables(self._connection())

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for single statements; what they read is committed."""
        with self._errors():
            yield self._connection()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that has the write lock from its start, and ends with the block."""
        with self._errors():
            connection = self._connection()
            # Plain BEGIN loses when two that have read want to write.
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as exc:
            raise Transient(
                f"The local forge's database did not answer: {exc}.", reason="local_database"
            ) from exc

    def _connection(self) -> sqlite3.Connection:
        # By process too: a connection must not be used, nor even closed, after a fork, so a
        # child leaves its parent's where it is.
        by_process: dict[int, sqlite3.Connection] = self._own.__dict__.setdefault("by_process", {})
        connection = by_process.get(os.getpid())
        if connection is None:
            connection = by_process[os.getpid()] = self._connect()
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        connection.row_factory = sqlite3.Row
        _switch_to_wal(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection


def _make_tables(connection: sqlite3.Connection) -> None:
    for statement in _TABLES.split(";"):
        if statement.strip():
            connection.execute(statement)


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Switch, also while others do: SQLite does not wait for a lock here as it does elsewhere."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
