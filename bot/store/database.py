"""The database as a whole: whether it answers, and whether its schema is ours.

Alembic is loaded where there is something to migrate, and not before.
"""

from __future__ import annotations

from sqlalchemy import select, text

from bot.store import revision
from bot.store.engines import Engines
from bot.store.session import Sessions, answering


class SqlDatabase:
    """``Database`` over SQLAlchemy."""

    def __init__(self, engines: Engines, sessions: Sessions) -> None:
        self._engines = engines
        self._sessions = sessions

    def ping(self) -> None:
        """As the port says."""
        with self._sessions.read() as tx:
            tx.execute(select(text("1")))

    def schema_problem(self) -> str | None:
        """As the port says; a SQLite file that is not there yet has no tables either."""
        if self._engines.file and not self._engines.file.exists():
            return "There is no database yet: run `firstcommit migrate`."
        with self._sessions.read() as tx:
            if revision.is_newest(tx.connection()):
                return None
            from bot.store import migration

            return migration.problem(tx.connection())

    def migrate(self) -> str:
        """As the port says; ``ConfigurationError`` where the schema is newer than the program."""
        from bot.store import migration

        with answering():
            return migration.upgrade(self._engines)

    def describe(self) -> str:
        """As the port says."""
        if self._engines.file:
            return f"SQLite, {self._engines.file}"
        url = self._engines.url
        port = f":{url.port}" if url.port else ""
        return f"PostgreSQL, {url.host or 'local socket'}{port}/{url.database or ''}"

    def close(self) -> None:
        """As the port says."""
        self._engines.writing.dispose()
        self._engines.reading.dispose()
        self._engines.looking.dispose()
