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


def page(items: Sequence[T], serials: Sequence[int], limit: int) -> Page[T]:
    """What such a query gave, each with its serial."""
    goes_on = len(items) > limit
    return Page(items=items[:limit], next=str(serials[limit - 1]) if goes_on else None)
