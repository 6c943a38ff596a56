"""Pages of lists that lie in memory: few things, each with a name that is its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from bot.store.port import Page

T = TypeVar("T")


def by_name(items: Iterable[T], name: Callable[[T], str]) -> Callable[[str | None, int], Page[T]]:
    """What gives a page of them, in the order of their names."""
    ordered = sorted(items, key=name)

    def page(after: str | None, limit: int) -> Page[T]:
        left = [item for item in ordered if after is None or name(item) > after]
        shown = left[:limit]
        return Page(items=shown, next=name(shown[-1]) if len(left) > limit else None)

    return page
