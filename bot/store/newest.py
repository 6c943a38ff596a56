"""The newest rows of a table that somebody may see, however many rows there are.

Whoever may see many homes, of which none has anything new, must not wait until all that is newer
has been looked through. So each home is asked for its own newest by an index, and these are merged.
SQLite does that by itself for ``home IN``, if it is told the index. PostgreSQL would rather walk
through all that is newest; it is made to ask each home that has something new enough.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import BigInteger, ColumnClause, TextualSelect, bindparam, column, text

from bot.store import row_pages
from bot.store.columns import Prose, to_json
from bot.store.port import Page
from bot.store.session import Sessions
from bot.store.values import Maker

T = TypeVar("T")

_FILE = """
    SELECT {columns} FROM {table} INDEXED BY {index}
    WHERE home IN (SELECT value FROM json_each(:homes)){conditions}{behind}
    ORDER BY serial DESC LIMIT {rows}"""
_SERVER = """
    WITH heads AS MATERIALIZED (
        SELECT home, (
            SELECT serial FROM {table} WHERE {table}.home = given.home{conditions}{behind}
            ORDER BY serial DESC LIMIT 1
        ) AS serial
        FROM unnest(CAST(:homes AS text[])) AS given(home)
        ORDER BY 2 DESC NULLS LAST LIMIT {rows}
    )
    SELECT {columns} FROM {table} WHERE serial = ANY(ARRAY(
        SELECT found.serial FROM heads CROSS JOIN LATERAL (
            SELECT {table}.serial FROM {table}
            WHERE {table}.home = heads.home AND {table}.serial <= heads.serial{conditions}
            ORDER BY {table}.serial DESC LIMIT {rows}
        ) AS found
        ORDER BY 1 DESC LIMIT {rows}
    )) ORDER BY serial DESC"""
_PLAIN = """
    SELECT {columns} FROM {table} WHERE TRUE{conditions} ORDER BY serial DESC LIMIT {rows}"""
_BY_INDEX = """
    SELECT {columns} FROM {table} WHERE serial = ANY(ARRAY(
        SELECT serial FROM {table} WHERE TRUE{conditions} ORDER BY serial DESC LIMIT {rows}
    )) ORDER BY serial DESC"""
_IN_JSON = re.compile(r"(\w+)(?:->'(\w+)')?->>'(\w+)'")
_OF_HOMES = {
    False: "home IN (SELECT value FROM json_each(:homes))",
    True: "home = ANY(CAST(:homes AS text[]))",
}


class Newest(Generic[T]):
    """The lists of a table, newest first.

    Args:
        columns: What a list shows, each with its type.
        make: What makes values of these columns.
        parts: Of columns that are no columns of the table, how they are made; what lies in JSON is
            spelled ``COLUMN->>'KEY'`` or ``COLUMN->'KEY'->>'KEY'``.
        conditions: All that can be asked for, by name.
        by_home: The indices that lead to the newest of a home which fulfil one condition, and the
            one under the empty name to the newest of all. What stands first is asked for by its
            index, what else is asked for of the rows found.
        scattered: Conditions for which merging does not pay: for few rows hold, or have no index.
    """

    def __init__(
        self,
        table: str,
        columns: Sequence[ColumnClause[Any]],
        make: Maker[T],
        *,
        conditions: Mapping[str, str],
        by_home: Mapping[str, str],
        scattered: Collection[str],
        parts: Mapping[str, str] | None = None,
    ) -> None:
        self._table = table
        self._columns = (*columns, column("serial", BigInteger))
        self._make = make
        self._parts = parts or {}
        self._conditions = conditions
        self._by_home = by_home
        self._scattered = frozenset(scattered)
        # A query is put together once: that takes longer than to ask it.
        self._query = lru_cache(maxsize=256)(self._made)

    def page(
        self,
        sessions: Sessions,
        asked: Mapping[str, object],
        *,
        homes: Collection[str] | None,
        after: str | None,
        limit: int,
    ) -> Page[T]:
        """A page of them. One more than it shows is asked for; where it is there, the list goes on.

        Args:
            asked: The conditions with what they are about; None for those that are about nothing.
        """
        values = {name: value for name, value in asked.items() if value is not None}
        if homes is not None:
            values["homes"] = list(homes) if sessions.has_server else to_json(list(homes))
        if after is not None:
            values["after"] = int(after)
        query = self._query(
            frozenset(asked), homes is not None, after is not None, sessions.has_server, limit + 1
        )
        columns = sessions.columns(query, **values)
        return row_pages.page(self._make(columns), columns[-1] if columns else (), limit)

    def _made(
        self, asked: frozenset[str], of_homes: bool, goes_on: bool, has_server: bool, rows: int
    ) -> TextualSelect:
        conditions = [self._conditions[name] for name in self._conditions if name in asked]
        behind = ["serial < :after"] if goes_on else []
        template = _SERVER if has_server else _FILE
        if not of_homes or asked & self._scattered:
            # A server that finds numbers in an index alone does not rather walk through the table.
            is_kept = has_server and not of_homes and bool(asked & self._by_home.keys())
            template = _BY_INDEX if is_kept else _PLAIN
            conditions += behind
            if of_homes:
                conditions.append(_OF_HOMES[has_server])
        written = template.format(
            table=self._table,
            columns=", ".join(self._shown(each.name, has_server) for each in self._columns),
            index=next(index for name, index in self._by_home.items() if name in {*asked, ""}),
            conditions="".join(f" AND {each}" for each in conditions),
            behind="".join(f" AND {each}" for each in behind),
            rows=rows,
        )
        # What people send is made fit for the database, as everywhere.
        told = [bindparam(name, type_=Prose()) for name in asked if f":{name}" in written]
        return text(written).bindparams(*told).columns(*self._columns)

    def _shown(self, name: str, has_server: bool) -> str:
        part = self._parts.get(name)
        if part is None:
            return name
        # Not every SQLite that we run on knows the operator.
        spelled = part if has_server else _IN_JSON.sub(_extracted, part)
        return f'{spelled} AS "{name}"'


def _extracted(found: re.Match[str]) -> str:
    within, *keys = (part for part in found.groups() if part)
    return f"json_extract({within}, '$.{'.'.join(keys)}')"
