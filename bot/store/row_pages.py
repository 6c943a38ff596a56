"""Lists in pages, each found by where the one before it ended, however long the list is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy.orm import InstrumentedAttribute

from bot.store.port import Page

T = TypeVar("T")


def newest_first(
    query: Any, serial: InstrumentedAttribute[int], *, after: str | None, limit: int
) -> Any:
    """The query, a ``Select`` of any columns, for a page and one row more: where there is one, the
    list goes on."""
    if after is not None:
        query = query.where(serial < int(after))
    return query.order_by(serial.desc()).limit(limit + 1)


def page(rows: Sequence[tuple[int, T]], limit: int) -> Page[T]:
    """The rows that such a query gave, each with its serial."""
    shown = rows[:limit]
    return Page(
        items=[item for _, item in shown],
        next=str(shown[-1][0]) if len(rows) > limit else None,
    )
