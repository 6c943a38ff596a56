"""Data of a file together with the places where it stands, and what is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Located:
    """A value and where it begins (line and column count from 1).

    ``value`` is a scalar, a ``list`` of these, or a ``dict`` from names to these; ``keys`` then
    says where each name stands. ``text_column`` is the column of a text's first character where
    its characters stand one for one on that line, so that one can point at each of them.
    """

    value: object
    line: int
    column: int
    keys: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    text_column: int | None = None


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong with a file. ``line`` and ``column`` are None for plain data.

    ``place`` is where it is in words, such as ``step files, with.pack``; ``message`` says what
    is wrong, and the nearest right name where there is one.
    """

    line: int | None
    column: int | None
    place: str
    message: str
    source: str = ""

    def __str__(self) -> str:
        """``source:line:column: place: message``, without what is not known."""
        where = ":".join(str(part) for part in (self.line, self.column) if part is not None)
        at = ":".join(part for part in (self.source, where) if part)
        return ": ".join(part for part in (at, self.place, self.message) if part)


def plain(data: object) -> object:
    """The data without its places; plain data as it is."""
    if isinstance(data, Located):
        return plain(data.value)
    if isinstance(data, Mapping):
        return {key: plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [plain(value) for value in data]
    return data


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the known name that is most like a word; empty if none is."""
    near = difflib.get_close_matches(word, [str(name) for name in known], n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
