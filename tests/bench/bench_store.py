"""Saving a project of 2,000 files, beside three bare ``executemany`` of the same rows.

The bare one hashes the contents, too, and writes blobs, the rows of a snapshot and the rows of
the newest files into tables of the same keys; no previews, no kinds of files, no lease, no
events, and no look at what is there already.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import LiteralString, Protocol
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from bot.store.opening import open_store
from bot.store.port import NewFile, Store
from tests import parts
from tests.bench.figures import Figure
from tests.bench.turns import in_turns
from tests.store.making import project_of, running, text_file

FILES = 2_000
ROUNDS = 9
TABLES: tuple[LiteralString, ...] = (
    "CREATE TABLE bare_blobs (hash {bytes} PRIMARY KEY, size bigint, content {bytes})",
    "CREATE TABLE bare_snapshot_files (snapshot bigint, path text, mode int, "
    "hash {bytes} REFERENCES bare_blobs, PRIMARY KEY (snapshot, path))",
    "CREATE TABLE bare_files (project bigint, path text, id text UNIQUE, mode int, "
    "hash {bytes}, PRIMARY KEY (project, path))",
)
INSERTS: tuple[LiteralString, ...] = (
    "INSERT INTO bare_blobs VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
    "INSERT INTO bare_snapshot_files VALUES (%s, %s, %s, %s)",
    "INSERT INTO bare_files VALUES (%s, %s, %s, %s, %s)",
)


class Bare(Protocol):
    """A database without us."""

    def save(self, files: Sequence[NewFile]) -> None:
        """Write the rows in one transaction."""


def measure() -> list[Figure]:
    """On SQLite, and on PostgreSQL where one answers."""
    with tempfile.TemporaryDirectory() as folder:
        figures = [_saving("SQLite", f"sqlite:///{folder}/store.db", BareSqlite(Path(folder)))]
    reason = parts.absence("postgres")
    if reason:
        print(f"  without PostgreSQL: {reason}", file=sys.stderr)
        return figures
    with postgres() as url:
        return [*figures, _saving("PostgreSQL", url, BarePostgres(url))]


def _saving(name: str, url: str, bare: Bare) -> Figure:
    store = open_store(url)
    store.database.migrate()
    numbers = count()
    turns = in_turns(
        rounds=ROUNDS,
        ours=lambda: _save(store, new_files(next(numbers))),
        bare=lambda: bare.save(new_files(next(numbers))),
    )
    store.database.close()
    return turns.figure(
        f"saving {FILES:,} files on {name}; bare: three executemany", ours="ours", bare="bare"
    )


def new_files(number: int) -> list[NewFile]:
    """Files of about a kilobyte that no database has seen."""
    return [
        text_file(f"src/group{n // 100}/part{n}.py", f"# {number}.{n}\n" + "value = 1\n" * 100)
        for n in range(FILES)
    ]


def _save(store: Store, files: Sequence[NewFile]) -> None:
    run = running(store)
    store.projects.save_files(project_of(run), files, run_id=run.id, number=run.lease_number)


def _rows(number: int, files: Sequence[NewFile]) -> Iterator[list[tuple[object, ...]]]:
    hashes = [sha256(file.content).digest() for file in files]
    both = list(zip(files, hashes, strict=True))
    yield [(key, len(file.content), file.content) for file, key in both]
    yield [(number, file.path, file.mode, key) for file, key in both]
    yield [(number, file.path, str(uuid4()), file.mode, key) for file, key in both]


class BareSqlite:
    """The driver of the standard library, set up as ours is."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "bare.db"
        self._numbers = count()
        with closing(sqlite3.connect(self._file)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            for table in TABLES:
                connection.execute(table.format(bytes="blob"))

    def save(self, files: Sequence[NewFile]) -> None:
        with closing(sqlite3.connect(self._file)) as connection, connection:
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            rows = _rows(next(self._numbers), files)
            for statement, values in zip(INSERTS, rows, strict=True):
                connection.executemany(statement.replace("%s", "?"), values)


class BarePostgres:
    """psycopg alone, on one connection that is kept."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url)
        self._numbers = count()
        with self._connection.transaction():
            for table in TABLES:
                self._connection.execute(sql.SQL(table).format(bytes=sql.SQL("bytea")))

    def save(self, files: Sequence[NewFile]) -> None:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            rows = _rows(next(self._numbers), files)
            for statement, values in zip(INSERTS, rows, strict=True):
                cursor.executemany(statement, values)


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a database of our own, which is dropped afterwards."""
    name = sql.Identifier(f"firstcommit_bench_{uuid4().hex[:16]}")
    with psycopg.connect(parts.POSTGRES_URL, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            url = make_url(parts.POSTGRES_URL).set(database=name.as_string().strip('"'))
            yield url.render_as_string(hide_password=False)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
