"""Single queries, asked of the driver itself: what every call of the API asks, and all lists.

SQLAlchemy writes such a query once, in the words of the database; how values go in and how columns
come out is taken from their types. To send it through a ``Connection`` each time as well, and to
read it cell by cell, would take longer than the query.
"""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, Dialect, Engine, Select, TextualSelect
from sqlalchemy.exc import DBAPIError

Query = Select[Any] | TextualSelect
_Writer = Callable[[Any], Any]
_Reader = Callable[[Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """A query as the driver takes it. ``order`` is that of its values where they have no names."""

    text: str
    order: Sequence[str] | None
    known: Mapping[str, object]
    writers: Mapping[str, _Writer]
    readers: Mapping[int, _Reader]
    record: Any

    def given(self, values: Mapping[str, object]) -> Any:
        """What is sent beside the text."""
        all_of = {**self.known, **values}
        for name, write in self.writers.items():
            if name in values:
                all_of[name] = write(values[name])
        return all_of if self.order is None else tuple(all_of[name] for name in self.order)

    def read(self, rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
        """The columns, each as its type says; none where there are no rows."""
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        if columns:
            for at, read in self.readers.items():
                columns[at] = read(columns[at])
        return columns


class Looker:
    """Asks on connections that are never in a transaction and cannot write."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._prepared = lru_cache(maxsize=1024)(self._made)

    def columns(self, query: Query, values: Mapping[str, object]) -> list[Sequence[Any]]:
        """What stands in each column, from row to row; no columns where there are no rows.

        Raises:
            DBAPIError: ``connection_invalidated`` where the connection broke; all others that were
                open then are given up as well, so that asking again may help.
        """
        prepared = self._prepared(query)
        return prepared.read(self._fetched(prepared.text, prepared.given(values)))

    def rows(self, query: Query, values: Mapping[str, object]) -> list[Any]:
        """Named tuples."""
        columns = self.columns(query, values)
        return list(map(self._prepared(query).record._make, zip(*columns, strict=True)))

    def _fetched(self, text: str, given: Any) -> Sequence[Sequence[Any]]:
        with self._failing(text):
            pooled = self._engine.raw_connection()
        try:
            with self._failing(text, pooled):
                return fetched(pooled.cursor(), text, given)
        finally:
            pooled.close()

    @contextmanager
    def _failing(self, text: str, pooled: Any = None) -> Iterator[None]:
        """Turns errors of the driver into those that a ``Connection`` would raise."""
        driver, dialect = self._engine.dialect.loaded_dbapi, self._engine.dialect
        try:
            yield
        except driver.Error as exc:
            connection = pooled.driver_connection if pooled else None
            is_broken = dialect.is_disconnect(exc, connection, None)
            if is_broken and pooled:
                pooled.invalidate(exc)
                self._engine.dispose()
            raise DBAPIError.instance(
                text,
                None,
                exc,
                driver.Error,
                hide_parameters=True,
                connection_invalidated=is_broken,
                dialect=dialect,
            ) from exc

    def _made(self, query: Query) -> _Prepared:
        dialect = self._engine.dialect
        compiled: Any = query.compile(dialect=dialect)
        if compiled.literal_execute_params or compiled.post_compile_params:
            raise TypeError(f"its values have no place of their own: {compiled}")
        writers = {
            name: writer
            for name, value in compiled.binds.items()
            if (writer := value.type.dialect_impl(dialect).bind_processor(dialect))
        }
        known = compiled.construct_params(_check=False)
        columns = query.selected_columns
        return _Prepared(
            text=str(compiled),
            order=compiled.positiontup,
            known={
                name: writers[name](value) if name in writers and value is not None else value
                for name, value in known.items()
            },
            writers=writers,
            readers={
                at: reader
                for at, column in enumerate(columns)
                if (reader := _reader(column.type, dialect))
            },
            record=namedtuple("Record", columns.keys(), rename=True),
        )


def fetched(cursor: Any, text: str, given: Any) -> Sequence[Sequence[Any]]:
    """The one place where a query goes to the driver."""
    try:
        cursor.execute(text, given)
        rows: Sequence[Sequence[Any]] = cursor.fetchall()
        return rows
    finally:
        cursor.close()


def _reader(kind: Any, dialect: Dialect) -> _Reader | None:
    """What turns the values of a column, or None where the driver gives them as they should be."""
    turn = kind.dialect_impl(dialect).result_processor(dialect, None)
    if turn is None:
        return None
    if isinstance(kind, JSON):
        return _parsed
    return lambda column: list(map(turn, column))


def _parsed(column: Sequence[str | None]) -> Sequence[Any]:
    """Texts of JSON as data. They are parsed as one, for each call of the parser costs more than
    what a row usually has in it."""
    parsed: list[Any] = json.loads(f"[{','.join([text or 'null' for text in column])}]")
    return parsed
