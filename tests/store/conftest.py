"""Stores over both databases; every test that asks for ``store`` runs on each."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import LiteralString, cast
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from bot.store.columns import Moment
from bot.store.models import Base
from bot.store.opening import open_store
from bot.store.port import Store
from tests import parts

TABLES = tuple(table.name for table in Base.metadata.sorted_tables)


class Clock:
    """A time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def _migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "store.db"
    store = open_store(f"sqlite:///{path}")
    store.database.migrate()
    store.database.close()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, _migrated_file: Path) -> str:
    path = tmp_path / "store.db"
    shutil.copy(_migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that has no tables yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def _migrated_server() -> Iterator[str]:
    """One database for all tests, which each of them empties: making one takes a second."""
    parts.demand("postgres")
    name = sql.Identifier(f"firstcommit_test_{uuid4().hex[:16]}")
    with psycopg.connect(parts.POSTGRES_URL, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        url = make_url(parts.POSTGRES_URL).set(database=name.as_string().strip('"'))
        address = url.render_as_string(hide_password=False)
        store = open_store(address)
        store.database.migrate()
        store.database.close()
        yield address
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of a database that has its tables and nothing in them."""
    if request.param == "sqlite":
        file: str = request.getfixturevalue("sqlite_url")
        return file
    server: str = request.getfixturevalue("_migrated_server")
    _on_server(server, [f"DELETE FROM {name}" for name in reversed(TABLES)])
    return server


@pytest.fixture
def store(url: str, clock: Clock) -> Iterator[Store]:
    store = open_store(url, clock=clock)
    yield store
    store.database.close()


@pytest.fixture
def advance(url: str, clock: Clock) -> Callable[[float], None]:
    """Lets seconds pass: by the clock given to SQLite, or by ageing all rows of a server."""

    def pass_by(seconds: float) -> None:
        if url.startswith("sqlite"):
            clock.now += timedelta(seconds=seconds)
        else:
            _age(url, seconds)

    return pass_by


def _age(url: str, seconds: float) -> None:
    statements = []
    for table in Base.metadata.sorted_tables:
        times = [column.name for column in table.columns if isinstance(column.type, Moment)]
        earlier = ", ".join(f"{name} = {name} - {seconds} * interval '1 s'" for name in times)
        if times:
            statements.append(f"UPDATE {table.name} SET {earlier}")
    _on_server(url, statements)


def _on_server(url: str, statements: Sequence[str]) -> None:
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(cast(LiteralString, statement))
