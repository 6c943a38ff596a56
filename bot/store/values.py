"""Frozen values of rows, made as quickly as the rows are read.

The constructor of a frozen dataclass sets one field after the other through ``object``, which for
a page of a list takes longer than its query.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")
Turn = Callable[[Any], Any]
Maker = Callable[[Sequence[Sequence[Any]]], list[T]]


def word(kind: type[StrEnum]) -> Turn:
    """What finds the member of a closed set by its text."""
    return {member.value: member for member in kind}.__getitem__


def maker(kind: type[T], names: Sequence[str], **turned: Turn) -> Maker[T]:
    """What makes such values of the columns of a query, of which the first are named so.

    Args:
        kind: A dataclass without checks of its own, or a ``NamedTuple``.
        names: All its fields, those of a tuple in order.
        turned: What makes fields that are not as the rows have them.
    """
    is_tuple = issubclass(kind, tuple)
    known = kind._fields if is_tuple else {field.name for field in fields(kind)}  # type: ignore
    if (tuple(names) if is_tuple else set(names)) != known or hasattr(kind, "__post_init__"):
        raise TypeError(f"{kind.__name__} is not made of {', '.join(names)}")
    fill = partial(_tuples if is_tuple else _instances, kind)

    def make(columns: Sequence[Sequence[Any]]) -> list[T]:
        if not columns:
            return []
        fitting = {
            name: list(map(turned[name], column)) if name in turned else column
            for name, column in zip(names, columns, strict=False)
        }
        return fill(fitting)

    return make


def _tuples(kind: Any, columns: Mapping[str, Sequence[Any]]) -> list[Any]:
    return list(map(partial(tuple.__new__, kind), zip(*columns.values(), strict=True)))


def _instances(kind: Any, columns: Mapping[str, Sequence[Any]]) -> list[Any]:
    made = [object.__new__(kind) for _ in next(iter(columns.values()))]
    insides = [one.__dict__ for one in made]
    # A field of all of them at a time: that is quicker than one of them at a time.
    for name, column in columns.items():
        for inside, value in zip(insides, column, strict=True):
            inside[name] = value
    return made
