"""Frozen values of rows, made as quickly as the rows are read.

The constructor of a frozen dataclass sets one field after the other through ``object``, which for
a page of a list takes longer than its query.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from enum import StrEnum
from typing import Any, TypeVar

T = TypeVar("T")
Turn = Callable[[Any], Any]


def word(kind: type[StrEnum]) -> Turn:
    """What finds the member of a closed set by its text."""
    return {member.value: member for member in kind}.__getitem__


def maker(kind: type[T], names: Sequence[str], **turned: Turn) -> Callable[[Sequence[Any]], T]:
    """What makes such a value of a row whose first columns are named so.

    Args:
        names: All fields of the dataclass, which has no checks of its own.
        turned: What makes fields that are not as the row has them.
    """
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # a dataclass
    if known != set(names) or hasattr(kind, "__post_init__"):
        raise TypeError(f"{kind.__name__} is not made of {', '.join(names)}")

    def make(row: Sequence[Any]) -> T:
        made = object.__new__(kind)
        inside = made.__dict__
        inside.update(zip(names, row, strict=False))
        for name, turn in turned.items():
            inside[name] = turn(inside[name])
        return made

    return make
