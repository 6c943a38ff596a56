"""A part of a list that goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """Some rows of a list. ``next`` is what the following page goes on behind; None: there is
    none. What it counts is the store's own business: people must not see it."""

    items: Sequence[T]
    next: str | None
