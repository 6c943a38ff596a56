"""The schema: made, checked, copied before it is changed, and taken down again."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from bot.errors import ConfigurationError
from bot.store import migration, revision
from bot.store.engines import engines_for
from bot.store.models import Base
from bot.store.opening import open_store
from tests.store.making import all_at_once, claim, queued

NEWEST = migration.newest_revision()


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    engines = engines_for(url)
    with engines.writing.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()
    engines.writing.dispose()


def test_models_and_migrations_agree(connection: Connection) -> None:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    assert compare_metadata(context, Base.metadata) == []


def test_indices_and_constraints_bear_the_names_of_the_models(connection: Connection) -> None:
    found = inspect(connection)
    for table in Base.metadata.sorted_tables:
        constraints = {each["name"] for each in found.get_foreign_keys(table.name)}
        constraints |= {each["name"] for each in found.get_unique_constraints(table.name)}
        ours = {each.name for each in table.constraints if each is not table.primary_key}
        assert constraints == ours
        indices = {each["name"] for each in found.get_indexes(table.name)}
        assert indices - constraints == {each.name for each in table.indexes}


def test_down_leaves_nothing_and_up_works_again(connection: Connection) -> None:
    migration.run(connection, "base")
    assert inspect(connection).get_table_names() == ["alembic_version"]
    migration.run(connection, NEWEST)
    assert set(inspect(connection).get_table_names()) > set(Base.metadata.tables)


def test_the_newest_schema_is_known_without_alembic(connection: Connection) -> None:
    assert revision.newest() == NEWEST
    assert revision.is_newest(connection)
    connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert not revision.is_newest(connection)


def test_an_empty_database_names_the_command_to_run(empty_url: str) -> None:
    store = open_store(empty_url)
    problem = store.database.schema_problem()
    assert problem is not None
    assert "firstcommit migrate" in problem
    assert store.database.migrate() == NEWEST
    assert store.database.schema_problem() is None
    assert store.database.migrate() == NEWEST
    assert claim(store).fresh
    store.database.close()


def test_two_migrations_at_once_are_one(empty_url: str) -> None:
    stores = [open_store(empty_url) for _ in range(3)]
    assert all_at_once([store.database.migrate for store in stores]) == [NEWEST] * 3
    assert stores[0].database.schema_problem() is None
    for store in stores:
        store.database.close()


def test_a_new_file_that_somebody_is_writing_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "new.db"
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE somebody (id INTEGER)")
        # SQLite refuses to change the mode of a file in this state without waiting at all.
        other.execute("BEGIN IMMEDIATE")
        ending = threading.Timer(0.3, other.execute, ["COMMIT"])
        ending.start()
        store = open_store(f"sqlite:///{file}")
        assert store.database.migrate() == NEWEST
        ending.join()
    store.database.close()


def test_a_newer_schema_is_said_to_be_newer(url: str, request: pytest.FixtureRequest) -> None:
    _set_revision(url, "9999")
    request.addfinalizer(lambda: _set_revision(url, NEWEST))
    store = open_store(url)
    problem = store.database.schema_problem()
    assert problem is not None
    assert "newer version" in problem
    assert "9999" in problem
    with pytest.raises(ConfigurationError, match="newer version"):
        store.database.migrate()
    store.database.close()


def test_a_new_file_is_readable_by_its_owner_only_and_not_copied(tmp_path: Path) -> None:
    file = tmp_path / "50% of it.db"
    store = open_store(f"sqlite:///{file}")
    store.database.migrate()
    claim(store)
    assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()} == {0o600}
    store.database.close()
    assert not list(tmp_path.glob("*before*"))


def test_a_file_with_tables_is_copied_before_it_is_changed(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE letters (words TEXT)")
        connection.execute("INSERT INTO letters VALUES ('precious')")
    store = open_store(f"sqlite:///{file}")
    store.database.migrate()
    store.database.close()
    copy = tmp_path / f"store.db.before-{NEWEST}"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
        assert tables == [("letters",)]
        assert connection.execute("SELECT words FROM letters").fetchall() == [("precious",)]
    assert sorted(each.name for each in tmp_path.glob("*.partial*")) == []


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE runs (not_ours TEXT)")
    store = open_store(f"sqlite:///{file}")
    with pytest.raises(Exception, match="runs"):
        store.database.migrate()
    with closing(sqlite3.connect(file)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("runs",)]


def test_a_copied_file_is_a_whole_store(tmp_path: Path, sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    run = queued(store)
    with (
        closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as source,
        closing(sqlite3.connect(tmp_path / "copy.db")) as target,
    ):
        source.backup(target)
    copy = open_store(f"sqlite:///{tmp_path / 'copy.db'}")
    assert copy.runs.get(run.id) == run


def _set_revision(url: str, revision: str) -> None:
    engine = engines_for(url).writing
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
    engine.dispose()
