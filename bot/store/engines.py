"""Connections: how each kind of database is reached."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import ConfigurationError
from bot.store.columns import to_json
from bot.store.forking import Gate, close_before_fork, leave_to_parent

#: How long a transaction may wait before it begins: half of it for its turn among the threads
#: of its process, half for whoever else holds the lock.
PATIENCE_S = 20.0
#: Between two tries to change a file's mode while somebody else does the same.
WAL_RETRY_S = 0.02
CONNECT_TIMEOUT_S = 5
#: Of connections to SQLite whose statements stand each for itself.
_ALONE = "firstcommit_alone"
STATEMENT_TIMEOUT_MS = 30_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000
#: After this long without an acknowledgement a server counts as gone.
TCP_USER_TIMEOUT_MS = 15_000


@dataclass(frozen=True)
class Engines:
    """The engines of one database. ``file`` is None for a server.

    Every transaction passes through ``gate``. ``looking`` is for single queries: what it is sent
    is no transaction, so that a server is asked once and not four times.
    """

    url: URL
    file: Path | None
    writing: Engine
    reading: Engine
    looking: Engine
    gate: Callable[[], AbstractContextManager[None]]


def engines_for(address: str, *, patience_s: float = PATIENCE_S) -> Engines:
    """Engines that connect when they are first used; ``ConfigurationError`` for other kinds."""
    url = _parsed(address)
    if url.drivername.startswith("sqlite"):
        return _file_engines(url, Path(str(url.database)).absolute(), patience_s)
    server = _postgres_engine(url, patience_s)
    leave_to_parent(server)
    reading = server.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    looking = _looking_engine(url, patience_s)
    leave_to_parent(looking)
    return Engines(
        url=url, file=None, writing=server, reading=reading, looking=looking, gate=nullcontext
    )


def _file_engines(url: URL, file: Path, patience_s: float) -> Engines:
    # One writer a process: its threads queue up in order instead of polling for the lock.
    writing = sqlite_engine(file, begin="BEGIN IMMEDIATE", connections=1, patience_s=patience_s)
    reading = sqlite_engine(
        file, begin="BEGIN", connections=20, read_only=True, patience_s=patience_s
    )
    gate = Gate()
    close_before_fork(writing, gate)
    close_before_fork(reading, gate)
    return Engines(
        url=url,
        file=file,
        writing=writing,
        reading=reading,
        looking=reading.execution_options(**{_ALONE: True}),
        gate=gate.passing,
    )


def sqlite_engine(
    file: Path,
    *,
    begin: str,
    connections: int,
    read_only: bool = False,
    foreign_keys: bool = True,
    mode: str = "rw",
    patience_s: float = PATIENCE_S,
) -> Engine:
    """An engine on a SQLite file, which has to exist unless ``mode`` is ``rwc``."""
    address = f"{file.as_uri()}?mode={mode}"

    def connect() -> sqlite3.Connection:
        # Without an isolation level the driver leaves BEGIN and COMMIT to SQLAlchemy.
        connection = sqlite3.connect(
            address,
            uri=True,
            timeout=patience_s / 2,
            isolation_level=None,
            check_same_thread=False,
        )
        _switch_to_wal(connection, patience_s / 2)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        connection.execute(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")
        return connection

    engine = create_engine(
        "sqlite+pysqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=min(connections, 5),
        max_overflow=max(connections - 5, 0),
        pool_timeout=patience_s / 2,
        hide_parameters=True,
        json_serializer=to_json,
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if not connection.get_execution_options().get(_ALONE):
            connection.exec_driver_sql(begin)

    return engine


def _switch_to_wal(connection: sqlite3.Connection, patience_s: float) -> None:
    """Write-ahead logging for the file, or the driver's own error after ``patience_s``.

    While somebody else is changing a file to this mode, SQLite answers *locked* at once
    instead of waiting as long as the connection's timeout says.
    """
    deadline = time.monotonic() + patience_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() >= deadline:
                connection.close()
                raise
            time.sleep(WAL_RETRY_S)
        else:
            return


def _looking_engine(url: URL, patience_s: float) -> Engine:
    """Connections that are never in a transaction, and that nobody asks whether they still live:
    whoever finds one broken asks again (`session.Sessions.look`)."""
    return create_engine(
        url,
        connect_args=_arguments(url, patience_s, default_transaction_read_only="on"),
        isolation_level="AUTOCOMMIT",
        pool_reset_on_return=None,
        pool_size=5,
        max_overflow=15,
        pool_timeout=patience_s / 2,
        hide_parameters=True,
        json_serializer=to_json,
    )


def _postgres_engine(url: URL, patience_s: float) -> Engine:
    return create_engine(
        url,
        connect_args=_arguments(url, patience_s),
        pool_size=5,
        max_overflow=15,
        pool_timeout=patience_s / 2,
        pool_pre_ping=True,
        hide_parameters=True,
        json_serializer=to_json,
    )


def _arguments(url: URL, patience_s: float, **more: str) -> dict[str, Any]:
    settings = {
        "statement_timeout": STATEMENT_TIMEOUT_MS,
        "lock_timeout": int(patience_s * 500),
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_TIMEOUT_MS,
        **more,
    }
    given = url.query.get("options", "")
    ours = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return {
        "application_name": "firstcommit",
        "connect_timeout": CONNECT_TIMEOUT_S,
        "tcp_user_timeout": TCP_USER_TIMEOUT_MS,
        # What the address says comes last and wins.
        "options": f"{ours} {given if isinstance(given, str) else ' '.join(given)}".strip(),
    }


def _parsed(address: str) -> URL:
    try:
        url = make_url(address)
    except ArgumentError as exc:
        raise ConfigurationError("DATABASE_URL is no address of a database") from exc
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        # A bare name would leave the choice of driver to SQLAlchemy's version.
        return url.set(drivername="postgresql+psycopg")
    is_file = url.database not in (None, "", ":memory:")
    if url.drivername in ("sqlite", "sqlite+pysqlite") and is_file:
        return url
    raise ConfigurationError(
        "DATABASE_URL has to begin with postgresql:// or be sqlite:/// and the path of a file"
    )
