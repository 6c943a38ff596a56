"""Data of a workflow before anything is read from it: of one shape, and plain all through."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from bot.core.located import Located

#: How deep lists and mappings may lie in each other, and how long one text may be.
DEEPEST = 24
MOST_TEXT = 50_000
_MOST_PIECES = 20_000
_LARGEST = 2**63
#: No database keeps the first, and nothing can be written in UTF-8 with the others.
_NOT_IN_TEXTS = re.compile("[\x00\ud800-\udfff]")


def unplaced(data: object, *, depth: int = 0) -> Located:
    """Plain data as a tree without places (line and column 0); a tree of `Located` as it is.

    What lies too deep to be read is cut off one level below the deepest.
    """
    if isinstance(data, Located):
        return data
    value: object = data
    if depth > DEEPEST:
        value = None
    elif isinstance(data, Mapping):
        value = {name: unplaced(part, depth=depth + 1) for name, part in data.items()}
    elif isinstance(data, list | tuple):
        value = [unplaced(part, depth=depth + 1) for part in data]
    return Located(value=value, line=0, column=0)


def flaws(top: Located) -> Iterator[tuple[Located, str, str]]:
    """Where the data is no plain data: the piece, its place in words, and what is wrong.

    Where there are none, it is a tree of texts, whole and other numbers, booleans, nulls, lists
    and mappings of names, and shallow enough for whoever goes through it by recursion.
    """
    waiting: list[tuple[Located, str, int]] = [(top, "", 0)]
    seen = 0
    while waiting:
        at, place, depth = waiting.pop()
        seen += 1
        problem = _too_much(at, depth, seen) or _problem(at.value)
        if problem:
            yield at, place or "the file", problem
        if seen > _MOST_PIECES:
            return
        if depth < DEEPEST:
            waiting += reversed([(part, name, depth + 1) for name, part in _parts(at, place)])


def _too_much(at: Located, depth: int, seen: int) -> str:
    if seen > _MOST_PIECES:
        return f"the file has more than {_MOST_PIECES} values"
    if depth == DEEPEST and isinstance(at.value, dict | list):
        return f"is nested more than {DEEPEST} deep"
    return ""


def _parts(at: Located, place: str) -> Iterator[tuple[str, Located]]:
    if isinstance(at.value, dict):
        for name, part in at.value.items():
            shown = name[:60] if isinstance(name, str) else "?"
            yield f"{place}.{shown}".removeprefix("."), part
    elif isinstance(at.value, list):
        for number, part in enumerate(at.value):
            yield f"{place}[{number}]", part


def _problem(value: object) -> str:
    if isinstance(value, dict):
        return next(filter(None, map(_name_problem, value)), "")
    if isinstance(value, str):
        return _text_problem(value)
    if isinstance(value, int | float):
        return _number_problem(value)
    return "" if value is None or isinstance(value, list) else "must be plain data"


def _name_problem(name: object) -> str:
    if not isinstance(name, str):
        return f"a name in it is of the type {type(name).__name__}; put it in quotes"
    if "${{" in name:
        return f"no reference is read in the name {name[:60]!r}"
    return _text_problem(name)


def _text_problem(text: str) -> str:
    if len(text) > MOST_TEXT:
        return f"has {len(text)} characters; {MOST_TEXT} are the most"
    found = _NOT_IN_TEXTS.search(text)
    return f"holds the character {ord(found[0]):#x}, which no text may hold" if found else ""


def _number_problem(number: float) -> str:
    if isinstance(number, int):
        return "" if -_LARGEST <= number < _LARGEST else "is too large a number"
    return "" if math.isfinite(number) else "must be a finite number"
