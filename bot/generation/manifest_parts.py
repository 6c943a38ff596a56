"""Pieces of ``pack.yaml``, read strictly: no unknown key, no guessing between types.

What is wrong is noted and something harmless is given instead, so that whoever writes a pack
is told everything at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bot.core.located import Located, Problem, nearest, plain
from bot.errors import UserError

_MOST_SHOWN = 60


class PackRefused(UserError):
    """A pack that cannot be used, with every problem that was found; ``reason`` is ``bad_pack``."""

    reason = "bad_pack"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "\n".join(str(problem) for problem in self.problems),
            remedy="`firstcommit packs check FOLDER` tells all that is wrong with a pack.",
        )


@dataclass(frozen=True, kw_only=True)
class Part:
    """A piece of a ``pack.yaml``, and where it is in words: ``question port, default``.

    All parts of one file share ``problems``.
    """

    data: Located
    place: str = ""
    source: str = ""
    problems: list[Problem] = field(default_factory=list, repr=False)

    def wrong(self, message: str) -> None:
        """Note what is wrong with this piece."""
        self._note(self.data.line, self.data.column, message)

    def at(self, place: str) -> Part:
        """The same piece, called otherwise."""
        return replace(self, place=place)

    def table(self, *known: str) -> Mapping[str, Part]:
        """The entries of a mapping whose keys are given; another key is noted and left out."""
        entries = self.entries()
        for name in entries:
            if name not in known:
                hint = nearest(name, known) or f"; known are {', '.join(known)}"
                self._note(*self.data.keys[name], f"{_shown(name)} is not known here{hint}")
        return {name: part for name, part in entries.items() if name in known}

    def key(self, name: str, place: str) -> Part:
        """The key of an entry: what is wrong with it is wrong with the name itself."""
        line, column = self.data.keys[name]
        return replace(self, data=Located(value=name, line=line, column=column), place=place)

    def entries(self) -> Mapping[str, Part]:
        """The entries of a mapping with any keys, in the order in which they are written."""
        if not isinstance(self.data.value, dict):
            self.wrong("has to be a mapping (key: value)")
            return {}
        return {name: self._below(value, name) for name, value in self.data.value.items()}

    def items(self) -> tuple[Part, ...]:
        """The items of a list."""
        if not isinstance(self.data.value, list):
            self.wrong("has to be a list")
            return ()
        return tuple(replace(self, data=item) for item in self.data.value)

    def text(self) -> str:
        """A text that is not empty: a number, true or false wants quotes."""
        value = self.data.value
        if isinstance(value, str) and value.strip():
            return value
        if value is None or isinstance(value, str):
            self.wrong("is empty")
        elif isinstance(value, list | dict):
            self.wrong("has to be text")
        else:
            self.wrong(f"{value!r} has to be text, in quotes")
        return ""

    def texts(self) -> tuple[str, ...]:
        """A list of texts, each once."""
        found: dict[str, None] = {}
        for item in self.items():
            text = item.text()
            if text in found and text:
                item.wrong(f"{_shown(text)} is there twice")
            found[text] = None
        return tuple(found)

    def words(self) -> tuple[str, ...]:
        """A list of texts, of which some may be alike: the words of a command."""
        return tuple(item.text() for item in self.items())

    def boolean(self) -> bool:
        """true or false."""
        if not isinstance(self.data.value, bool):
            self.wrong("has to be true or false")
        return self.data.value is True

    def positive(self) -> int:
        """A whole number above zero."""
        value = self.data.value
        if isinstance(value, bool) or not isinstance(value, int):
            self.wrong("has to be a whole number")
            return 1
        if value < 1:
            self.wrong("has to be above zero")
        return max(value, 1)

    def plain(self) -> object:
        """Text, a whole number, true or false, null, or a list of those."""
        value = plain(self.data)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict | float):
                self.wrong("has to be text (in quotes), a whole number, true, false or a list")
                return None
        return value

    def _below(self, data: Located, name: str) -> Part:
        return replace(self, data=data, place=f"{self.place}, {name}" if self.place else name)

    def _note(self, line: int, column: int, message: str) -> None:
        self.problems.append(
            Problem(line=line, column=column, place=self.place, message=message, source=self.source)
        )


def _shown(name: str) -> str:
    return repr(name[:_MOST_SHOWN])
