"""What is sent to a database, and how much it looks at for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine, event

from bot.store import looking
from bot.store.engines import engines_for
from bot.store.looking import fetched


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What is sent to any database meanwhile."""
    sent: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "SELECT clock_timestamp")):
            sent.append((statement, parameters))

    def note_looking(cursor: Any, statement: str, parameters: Any) -> Any:
        sent.append((statement, parameters))
        return fetched(cursor, statement, parameters)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        # Queries that go to the driver itself pass no event of SQLAlchemy.
        with patch.object(looking, "fetched", note_looking):
            yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def rows_looked_at(url: str, statement: str, parameters: Any) -> int:
    """As the server says; as many hundred steps as SQLite took, each row being at least five."""
    if url.startswith("sqlite"):
        steps = 0

        def count() -> None:
            nonlocal steps
            steps += 1

        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            file.set_progress_handler(count, 100)
            file.execute(statement, parameters).fetchall()
        return steps
    with engines_for(url).reading.connect() as connection:
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
        plans = connection.exec_driver_sql(explain, parameters).scalar_one()
    return max(_counts(plans[0]["Plan"]))


def _counts(node: dict[str, Any]) -> Iterator[int]:
    each = node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)
    yield each * node.get("Actual Loops", 1)
    for inner in node.get("Plans", ()):
        yield from _counts(inner)
