"""Statements to SQLite, compiled once for all databases of a process.

Each test has a database of its own, and SQLAlchemy compiles every statement anew for each engine:
that takes longer than carrying them out. Nothing in what is compiled depends on the file.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import Dialect

_DIALECTS: dict[type[Dialect], Dialect] = {}
_COMPILED: dict[Any, Any] = {}


def compile_once() -> None:
    """From now on, as long as this process lives."""
    event.listen(Engine, "engine_connect", _share)


def _share(connection: Connection) -> None:
    """Have a connection take statements from where all others leave theirs.

    They are kept by dialect, of which each engine has another of the same.
    """
    if connection.dialect.name == "sqlite":
        connection.dialect = _DIALECTS.setdefault(type(connection.dialect), connection.dialect)
        connection.execution_options(compiled_cache=_COMPILED)
