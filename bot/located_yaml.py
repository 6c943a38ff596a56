"""YAML as it is read from people: a strict part of it, with the place of every piece.

One document of at most 64 KiB. No aliases and no tags, no name twice; only ``true`` and
``false`` are booleans, so that ``on`` and ``no`` stay texts, and dates stay texts too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn, cast

import yaml

from bot.core.located import Located, Problem
from bot.errors import UserError

MOST_BYTES = 64 * 1024
_DEEPEST = 24
_MOST_DIGITS = 18
_NULL = re.compile(r"|~|null|Null|NULL")
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]{1,2})?")
#: No database keeps the first, and nothing can be written in UTF-8 with the others.
_NOT_IN_TEXTS = re.compile("[\x00\ud800-\udfff]")


def read_yaml(raw: bytes | str, *, reason: str, source: str = "") -> Located:
    """The data of a YAML file with its places.

    Args:
        reason: The code that the error carries.
        source: What the file is called in the error.

    Raises:
        UserError: With ``source:line:column`` of the first thing that cannot be read.
    """
    return _Document(raw, _Refusal(source=source, reason=reason)).read()


@dataclass(frozen=True, kw_only=True)
class _Refusal:
    """How a file is refused."""

    source: str
    reason: str

    def at(self, line: int | None, column: int | None, problem: str) -> UserError:
        """The error for a problem at a place."""
        place = Problem(line=line, column=column, place="", message=problem, source=self.source)
        return UserError(str(place), reason=self.reason)


def _decoded(raw: bytes | str, refusal: _Refusal) -> str:
    """The text without a byte order mark, which some editors put before it."""
    data = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    if len(data) > MOST_BYTES:
        words = f"the file has {len(data)} bytes; {MOST_BYTES} are the most"
        raise refusal.at(None, None, words)
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as exc:
        line = data[: exc.start].count(b"\n") + 1
        raise refusal.at(line, None, "the file is not in UTF-8") from exc


class _Document:
    """One file: its text, and the events that its pieces are made from."""

    def __init__(self, raw: bytes | str, refusal: _Refusal) -> None:
        self._text = _decoded(raw, refusal)
        self._refusal = refusal
        self._events: Iterator[yaml.Event] = iter(())

    def read(self) -> Located:
        """The one document in the text; null where there is none."""
        try:
            # By events, in Python: nothing is constructed, and no depth can end the process.
            self._events = yaml.parse(self._text, Loader=yaml.SafeLoader)
            next(self._events)
            if isinstance(next(self._events), yaml.StreamEndEvent):
                return Located(value=None, line=1, column=1)
            found = self._node(next(self._events), 0)
            next(self._events)
            behind = next(self._events)
        except yaml.MarkedYAMLError as exc:
            raise self._unreadable(exc) from exc
        except (yaml.YAMLError, ValueError, OverflowError) as exc:
            # The scanner tells of it without its place.
            words = "the file holds a character or number that YAML does not have"
            raise self._refusal.at(None, None, words) from exc
        if not isinstance(behind, yaml.StreamEndEvent):
            self._fail(behind, "a second document begins here; a file has one")
        return found

    def _node(self, event: yaml.Event, depth: int) -> Located:
        if isinstance(event, yaml.AliasEvent):
            self._fail(event, "aliases (*name) are not read")
        if getattr(event, "anchor", None) is not None:
            self._fail(event, "anchors (&name) are not read")
        if getattr(event, "tag", None) is not None:
            self._fail(event, "tags (!name) are not read")
        if depth > _DEEPEST:
            self._fail(event, f"this is nested more than {_DEEPEST} deep")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, depth)
        # Nothing else begins a node.
        return self._scalar(cast("yaml.ScalarEvent", event))

    def _mapping(self, begin: yaml.Event, depth: int) -> Located:
        found: dict[str, Located] = {}
        keys: dict[str, tuple[int, int]] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            name = self._node(event, depth + 1).value
            if not isinstance(name, str):
                self._fail(event, "a name must be a text; put it in quotes")
            if name in found:
                words = f"the name {name[:60]!r} stands here twice, first in line {keys[name][0]}"
                self._fail(event, words)
            keys[name] = _place(event)
            found[name] = self._node(next(self._events), depth + 1)
        line, column = _place(begin)
        return Located(value=found, line=line, column=column, keys=keys)

    def _sequence(self, begin: yaml.Event, depth: int) -> Located:
        found: list[Located] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._node(event, depth + 1))
        line, column = _place(begin)
        return Located(value=found, line=line, column=column)

    def _scalar(self, event: yaml.ScalarEvent) -> Located:
        line, column = _place(event)
        value = event.value if event.style else self._plain(event)
        if not isinstance(value, str):
            return Located(value=value, line=line, column=column)
        if _NOT_IN_TEXTS.search(value):
            self._fail(event, "this text holds a character that no text may hold")
        text_column = self._text_column(event)
        return Located(value=value, line=line, column=column, text_column=text_column)

    def _plain(self, event: yaml.ScalarEvent) -> object:
        """What a scalar without quotes is: null, a boolean, a number, or else a text."""
        text = str(event.value)
        if _NULL.fullmatch(text):
            return None
        if _BOOLEAN.fullmatch(text):
            return text.lower() == "true"
        number = float if _NUMBER.fullmatch(text) else int if _INTEGER.fullmatch(text) else None
        if number is None:
            return text
        if len(text) > _MOST_DIGITS:
            self._fail(event, f"a number has at most {_MOST_DIGITS} digits; put a text in quotes")
        return number(text)

    def _text_column(self, event: yaml.ScalarEvent) -> int | None:
        """The column of the first character, if all stand in the file as they are."""
        start, end = _mark(event.start_mark), _mark(event.end_mark)
        quote = 1 if event.style in ("'", '"') else 0
        written = self._text[start.index + quote : end.index - quote]
        return start.column + 1 + quote if written == event.value else None

    def _unreadable(self, error: yaml.MarkedYAMLError) -> UserError:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        problem = error.problem or error.context or "the file cannot be read"
        return self._refusal.at(line, column, f"not YAML: {problem}")

    def _fail(self, event: yaml.Event, problem: str) -> NoReturn:
        raise self._refusal.at(*_place(event), problem)


def _place(event: yaml.Event) -> tuple[int, int]:
    """Line and column, from 1."""
    mark = _mark(event.start_mark)
    return mark.line + 1, mark.column + 1


def _mark(mark: object) -> yaml.Mark:
    """A mark that is there: the scanner in Python sets all of them."""
    return cast("yaml.Mark", mark)
