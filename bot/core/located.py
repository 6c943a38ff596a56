"""Data of a file together with the places where it stands, and what is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

#: How like a name has to be to be told, from 0 to 1; and how many are compared letter by letter.
_LIKE = 0.6
_MOST_COMPARED = 8


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
    near = _nearest(word, tuple(str(name) for name in known))
    return "" if near is None else f"; did you mean {near!r}?"


# A file of others may be wrong in the same word over and over.
@lru_cache(maxsize=256)
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    matcher = difflib.SequenceMatcher(b=word)
    likely: list[tuple[float, str]] = []
    for name in known:
        matcher.set_seq1(name)
        if matcher.real_quick_ratio() >= _LIKE and matcher.quick_ratio() >= _LIKE:
            likely.append((matcher.quick_ratio(), name))
    best: tuple[float, str] | None = None
    # Comparing in full costs the square of the length, and so only the likeliest are.
    for most, name in sorted(likely, reverse=True)[:_MOST_COMPARED]:
        if best is not None and most < best[0]:
            break
        matcher.set_seq1(name)
        ratio = matcher.ratio()
        if ratio >= _LIKE:
            best = max(best or (0.0, ""), (ratio, name))
    return None if best is None else best[1]
