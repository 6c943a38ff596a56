"""Bringing a schema up to date by Alembic, without a configuration file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from bot.errors import ConfigurationError
from bot.store.engines import Engines, sqlite_engine

#: Any number will do, as long as nobody else takes an advisory lock of it: "first" in ASCII.
ADVISORY_LOCK = 0x6669727374
MIGRATION_TIMEOUT = "15min"


@cache
def newest_revision() -> str:
    """The revision that this program needs."""
    return _scripts().get_current_head() or ""


def problem(connection: Connection) -> str | None:
    """What is wrong with the schema, as a sentence naming the command to run."""
    current, newest = _current(connection), newest_revision()
    if current == newest:
        return None
    if current is None:
        return "The database has no tables of this program yet: run `firstcommit migrate`."
    if current not in _known():
        return (
            f"The database was made by a newer version of this program (schema {current}, this "
            f"one knows up to {newest}): install that version, as `firstcommit migrate` only "
            "goes forward."
        )
    return (
        f"The database has schema {current} and this version needs {newest}: "
        "run `firstcommit migrate`."
    )


def upgrade(engines: Engines) -> str:
    """Bring the schema to the newest revision, one process at a time; that revision."""
    with _exclusive(engines) as connection:
        current, newest = _current(connection), newest_revision()
        if current == newest:
            return newest
        if current is not None and current not in _known():
            raise ConfigurationError(problem(connection) or "", reason="schema_too_new")
        if engines.file and inspect(connection).get_table_names():
            _copy(engines.file, newest)
        run(connection, newest)
        if engines.file:
            _check_references(connection)
        return newest


def run(connection: Connection, revision: str) -> None:
    """Go up to a revision, or down to it (``base``: no tables), in the caller's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    if revision == "base" or revision in _behind(_current(connection)):
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


@contextmanager
def _exclusive(engines: Engines) -> Iterator[Connection]:
    """A transaction that no other migration runs beside."""
    if engines.file is None:
        with engines.writing.begin() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = '{MIGRATION_TIMEOUT}'"))
            connection.execute(text(f"SET LOCAL statement_timeout = '{MIGRATION_TIMEOUT}'"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
            yield connection
        return
    if not engines.file.exists():
        # Bodies of deliveries lie in it: nobody else on the machine may read them.
        os.close(os.open(engines.file, os.O_CREAT | os.O_RDWR, 0o600))
    # Rebuilding a table drops it, which would empty those that refer to it.
    engine = sqlite_engine(
        engines.file, begin="BEGIN IMMEDIATE", connections=1, foreign_keys=False, mode="rwc"
    )
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _copy(file: Path, revision: str) -> None:
    """``NAME.before-REVISION`` beside the file; a copy of that name is replaced."""
    copy = file.with_name(f"{file.name}.before-{revision}")
    partial = file.with_name(f"{copy.name}.partial")
    os.close(os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(partial)) as target:
        source.backup(target)
    partial.replace(copy)


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise ConfigurationError(
            f"The migration would leave rows of {broken[0]} that refer to nothing; "
            "the database is as it was.",
            reason="migration_failed",
        )


def _config() -> Config:
    config = Config()
    location = str(Path(__file__).parent / "migrations")
    # The value is interpolated, and the folder's name may hold a percent sign.
    config.set_main_option("script_location", location.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


@cache
def _known() -> frozenset[str]:
    return frozenset(script.revision for script in _scripts().walk_revisions())


def _behind(current: str | None) -> frozenset[str]:
    if current is None:
        return frozenset()
    older = _scripts().iterate_revisions(current, "base")
    return frozenset(script.revision for script in older) - {current}


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
