"""Column types that behave the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, String, Text
from sqlalchemy.types import TypeDecorator

#: SQLite only counts an INTEGER primary key up by itself.
Serial = BigInteger().with_variant(Integer(), "sqlite")
Data = JSON(none_as_null=True)
Uuid = String(36)
Word = String(32)


class Moment(TypeDecorator[datetime]):
    """An aware UTC time; SQLite keeps it as text without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuses a naive time, whose zone would be a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs its zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None]:
        """The time in UTC, whatever zone the server's session has."""
        # In one step, and not in those of SQLAlchemy: a page of a list has hundreds of them.
        return _from_text if dialect.name == "sqlite" else _in_utc


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + "+00:00")


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


class Prose(TypeDecorator[str]):
    """Text from outside. What UTF-8 or PostgreSQL cannot hold becomes a replacement character.

    JSON can carry lone surrogates and NUL into a comment; a row must not fail on them.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as both databases take it."""
        if value is None:
            return None
        if "\0" in value:
            value = value.replace("\0", "\ufffd")
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode(errors="replace").decode()
        return value


#: A path within a project, sorted by its bytes whatever the server's locale: lists go on behind
#: one, and look for those that begin alike.
Way = Prose().with_variant(Prose(collation="C"), "postgresql")


def to_json(value: object) -> str:
    """Compact JSON in ASCII; any mapping is an object."""
    return json.dumps(value, separators=(",", ":"), default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON data")
