"""Reading a file's data piece by piece, and collecting all that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.core.expressions import Mistake
from bot.core.located import Located, Problem, nearest

ID = re.compile(r"[a-z][a-z0-9_-]{0,62}")
ID_WORDS = "a lower-case letter, then at most 62 lower-case letters, digits, - and _"
_DURATION = re.compile(r"(?P<count>[0-9]{1,9})(?P<unit>[smh])")
MOST_PROBLEMS = 100
_SECONDS = {"s": 1, "m": 60, "h": 3600}


class Sheet:
    """The problems of one file, and the ways in which its pieces are read.

    Every reader gives None, or what is empty, for a piece that is wrong, and notes the problem.
    """

    def __init__(self, source: str) -> None:
        self.problems: list[Problem] = []
        self._source = source

    @property
    def is_full(self) -> bool:
        """Whether so much is wrong that no more is noted."""
        return len(self.problems) >= MOST_PROBLEMS

    def say(self, at: Located, place: str, message: str, *, key: str = "") -> None:
        """Note a problem with a piece, or with one of its names; nobody reads hundreds."""
        if self.is_full:
            return
        line, column = at.keys.get(key, (at.line, at.column))
        self.problems.append(
            Problem(
                line=line or None,
                column=column or None,
                place=place,
                message=message,
                source=self._source,
            )
        )

    def point(self, at: Located, place: str, mistake: Mistake) -> None:
        """Note a mistake in an expression: at its character, or where its text begins."""
        if at.text_column is None:
            message = f"{mistake.problem}, at character {mistake.position + 1}"
            self.say(at, place, message)
            return
        column = at.text_column + mistake.position
        there = Located(value=at.value, line=at.line, column=column)
        self.say(there, place, mistake.problem)

    def names(self, at: Located, place: str) -> Mapping[str, Located]:
        """A mapping of names."""
        if isinstance(at.value, dict):
            return at.value
        self.say(at, place, "must be a mapping of names")
        return {}

    def entries(self, at: Located, place: str, known: Sequence[str]) -> Mapping[str, Located]:
        """A mapping in which only these names may stand."""
        found = self.names(at, place)
        for name in found:
            if name not in known and not self.is_full:
                words = f"unknown field {name[:60]!r}{nearest(name, known)}"
                self.say(at, place, words, key=name)
        return found

    def items(self, at: Located, place: str, *, most: int) -> Sequence[Located]:
        """A list of so many items at most."""
        if not isinstance(at.value, list):
            self.say(at, place, "must be a list")
            return ()
        if len(at.value) > most:
            self.say(at, place, f"has {len(at.value)} entries; {most} are the most")
            return ()
        return at.value

    def text(self, at: Located | None, place: str, *, most: int) -> str:
        """A text of so many characters at most; empty where nothing is given."""
        if at is None:
            return ""
        if not isinstance(at.value, str):
            self.say(at, place, "must be a text")
            return ""
        if len(at.value) > most:
            self.say(at, place, f"has {len(at.value)} characters; {most} are the most")
        return at.value

    def identifier(self, at: Located | None, place: str) -> str:
        """A name by which something is referred to; empty where there is none."""
        if at is None:
            return ""
        if isinstance(at.value, str) and ID.fullmatch(at.value):
            return at.value
        self.say(at, place, f"must be {ID_WORDS}")
        return ""

    def seconds(self, at: Located | None, place: str, *, least: float, most: float) -> float | None:
        """A time: a number of seconds, or a text such as ``90s``, ``5m`` or ``2h``."""
        if at is None:
            return None
        value = _seconds(at.value)
        if value is None:
            self.say(at, place, "must be a number of seconds, or a text such as 90s, 5m or 2h")
            return None
        if not least <= value <= most:
            self.say(at, place, f"must lie between {least:g} s and {most:g} s")
            return None
        return value


def _seconds(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    return float(int(match["count"]) * _SECONDS[match["unit"]]) if match else None
