"""Whether a database has the newest schema, told without Alembic.

Every process asks when it starts, nearly every one hears yes, and loading Alembic to be told so
would take longer than all the rest of starting.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

VERSIONS = Path(__file__).parent / "migrations" / "versions"
#: https://alembic.sqlalchemy.org/en/latest/tutorial.html#running-our-first-migration
_ALEMBIC = table("alembic_version", column("version_num"))


def newest() -> str:
    """The revision that this program needs: the number in the last file's name."""
    return max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*_*.py"))


def is_newest(connection: Connection) -> bool:
    """Whether there is nothing to migrate, and nothing newer than what is known here."""
    # Asked first, since PostgreSQL ends a transaction that reads from no table.
    if not inspect(connection).has_table(_ALEMBIC.name):
        return False
    return connection.scalars(select(_ALEMBIC.c.version_num)).all() == [newest()]
