"""Transactions over one database: who may write, by which clock, and what failing looks like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, Engine, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from bot.errors import StoreUnavailable
from bot.store.columns import Moment
from bot.store.engines import Engines
from bot.store.looking import Looker, Query
from bot.store.models import Base

Clock = Callable[[], datetime]
_Ask = Callable[[Query, Mapping[str, object]], list[Any]]


class Turn(IntEnum):
    """What only one transaction does at a time. The numbers name locks of a server."""

    TAKING = 0x66697273
    PROPOSING = 0x66697274
    LINKING = 0x66697275


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


class Transaction(Session):
    """A session that is one transaction and knows the time."""

    @property
    def moment(self) -> ColumnElement[datetime]:
        """The present time as SQL: the server's own clock where there is a server."""
        if self._has_server:
            return func.clock_timestamp(type_=Moment)
        return literal(self.now(), Moment)

    def now(self) -> datetime:
        """The present time. Asked after a row was locked, it is no earlier than the lock."""
        if self._has_server:
            return self.scalars(select(func.clock_timestamp(type_=Moment))).one()
        clock: Clock = self.info["clock"]
        return clock()

    def take_turn(self, turn: Turn) -> None:
        """Wait until nobody else does this, and keep others from it until the end.

        Asked for before any row is locked, or two might wait for each other.
        """
        # On SQLite every writer waits for all others anyway.
        if self._has_server:
            self.execute(select(func.pg_advisory_xact_lock(turn.value)))

    def insert(self, model: type[Base]) -> postgresql.Insert:
        """An INSERT that can say ``on_conflict_do_nothing``; both databases spell it alike."""
        if self._has_server:
            return postgresql.insert(model)
        return cast(postgresql.Insert, sqlite.insert(model))

    @property
    def _has_server(self) -> bool:
        return self.get_bind().dialect.name == "postgresql"


class Sessions:
    """Makes transactions. On SQLite writers and readers have engines of their own."""

    def __init__(self, engines: Engines, clock: Clock) -> None:
        self._engines = engines
        self._info: dict[Any, Any] = {"clock": clock}
        self._looker = Looker(engines.looking)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that is committed at the end of the block, or undone by an error."""
        with self._session(self._engines.writing) as tx, tx.begin():
            # Rows go out of the block as values; nothing may be read from them after it.
            yield tx

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that sees one state of the database and cannot change it."""
        with self._session(self._engines.reading) as tx:
            yield tx

    def look(self, query: Query, **values: object) -> Sequence[Any]:
        """The rows of one query, named tuples, which see one state and are no transaction.

        What is asked all the time is asked so: on a server this is one round trip instead of four,
        and the query, which is a value made once, is not put together anew.
        """
        return self._looked(self._looker.rows, query, values)

    def columns(self, query: Query, **values: object) -> Sequence[Sequence[Any]]:
        """As `look`, a column at a time (`bot.store.values` makes values of them)."""
        return self._looked(self._looker.columns, query, values)

    def now(self) -> datetime:
        """The time of this machine, by which SQLite goes."""
        clock: Clock = self._info["clock"]
        return clock()

    @property
    def has_server(self) -> bool:
        """Whether it is PostgreSQL."""
        return self._engines.file is None

    def _looked(self, ask: _Ask, query: Query, values: Mapping[str, object]) -> list[Any]:
        with answering(), self._engines.gate():
            try:
                return ask(query, values)
            except DBAPIError as exc:
                if not exc.connection_invalidated:
                    raise
            # It broke while nobody used it, and with it all others were given up.
            return ask(query, values)

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Transaction]:
        with answering(), self._engines.gate(), Transaction(engine, info=self._info) as tx:
            yield tx


@contextmanager
def answering() -> Iterator[None]:
    """Turns the errors of a database that is away, busy or unreadable into ours."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as exc:
        raise unavailable(exc) from exc
    except DatabaseError as exc:
        # SQLite has no finer class for a file that is no database, or a damaged one.
        if type(exc) is not DatabaseError:
            raise
        raise unavailable(exc) from exc


def unavailable(exc: SQLAlchemyError) -> StoreUnavailable:
    """Our error with the driver's own first line, which names no password."""
    cause = getattr(exc, "orig", None) or exc
    lines = str(cause).strip().splitlines()
    return StoreUnavailable(
        f"The database does not answer: {lines[0] if lines else type(cause).__name__}",
        remedy="Run `firstcommit doctor` on the server.",
    )
