"""A policy file as its keys and values, read strictly: what is wrong names its line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.destination import read_place
from bot.core.identity import Permission
from bot.core.located import Located, Problem, nearest
from bot.core.policy import Approval, ModelRule, RunLimits, Strangers, Verify, WorkflowFiles
from bot.core.policy_keys import KEYS
from bot.errors import UserError

_VERSION = "version"
_APPROVE = "permissions.approve"
_PATTERN = re.compile(r"[A-Za-z0-9._*-]+(?:/[A-Za-z0-9._*-]+)*")
_TEAM = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_])?")
_MOST_USD = 1_000_000
_MOST_TOKENS = 1_000_000_000_000
_MOST_RUNS = 100
_MOST_NAMES = 200
_VISIBILITIES = ("private", "public")

Reader = Callable[[Located], object]


@dataclass(frozen=True, kw_only=True)
class PolicyFile:
    """What one file sets, by key; ``source`` says in words whose it is.

    ``places`` has the line and column of each value.
    """

    source: str
    values: Mapping[str, object] = field(default_factory=dict)
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)


class _Wrong(Exception):
    def __init__(self, at: Located, message: str) -> None:
        super().__init__(message)
        self.at = at
        self.message = message


def examine(data: Located, *, source: str) -> tuple[PolicyFile, tuple[Problem, ...]]:
    """What a file sets, and all that is wrong with it.

    Args:
        source: Whose file it is, in words: ``the operator``, or a repository's full name.
    """
    reading = _Reading()
    reading.table(data, "")
    if not reading.problems and _VERSION not in reading.values:
        reading.wrong(_Wrong(data, "the file has to begin with `version: 1`"), _VERSION)
    for kept in (reading.values, reading.places):
        kept.pop(_VERSION, None)
    file = PolicyFile(source=source, values=reading.values, places=reading.places)
    return file, tuple(reading.problems)


class _Reading:
    """One walk through a file."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self.places: dict[str, tuple[int, int]] = {}
        self.problems: list[Problem] = []

    def wrong(self, problem: _Wrong, place: str) -> None:
        at = problem.at
        self.problems.append(
            Problem(line=at.line, column=at.column, place=place, message=problem.message)
        )

    def table(self, data: Located, place: str) -> None:
        """Read a mapping whose keys begin with ``place``."""
        if not isinstance(data.value, dict):
            self.wrong(_Wrong(data, "has to be a mapping (key: value)"), place)
            return
        for name, value in data.value.items():
            at = f"{place}.{name}" if place else str(name)
            if at == _APPROVE and not isinstance(value.value, dict):
                at = f"{_APPROVE}.role"
            if at in _TABLES:
                self.table(value, at)
            elif at in _READERS:
                self.value(value, at)
            else:
                self.unknown(data, str(name), place)

    def value(self, data: Located, at: str) -> None:
        try:
            self.values[at] = _READERS[at](data)
        except _Wrong as exc:
            self.wrong(exc, at)
        else:
            self.places[at] = (data.line, data.column)

    def unknown(self, table: Located, name: str, place: str) -> None:
        line, column = table.keys.get(name, (table.line, table.column))
        known = _TABLES[place]
        hint = nearest(name, known) or f"; known are {', '.join(known)}"
        at = Located(value=name, line=line, column=column)
        self.wrong(_Wrong(at, f"{name[:60]!r} is not known here{hint}"), place)


def shown(name: str, value: object) -> str:
    """A key's value as people write it in a file."""
    if name == "defaults.visibility":
        return _VISIBILITIES[0] if value else _VISIBILITIES[1]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Permission):
        return value.name.lower()
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    return "no limit" if value is None else str(value)


def _boolean(data: Located) -> bool:
    if not isinstance(data.value, bool):
        raise _Wrong(data, "has to be true or false")
    return data.value


def _text(data: Located) -> str:
    if not isinstance(data.value, str) or not data.value.strip():
        raise _Wrong(data, "has to be a text")
    return data.value.strip()


def _version(data: Located) -> int:
    if isinstance(data.value, bool) or data.value != 1:
        raise _Wrong(data, "has to be 1, the only version there is")
    return 1


def _one_of(choices: Mapping[str, object]) -> Reader:
    def read(data: Located) -> object:
        known = ", ".join(choices)
        if not isinstance(data.value, str):
            raise _Wrong(data, f"has to be one of {known}")
        if data.value not in choices:
            hint = nearest(data.value, choices)
            raise _Wrong(data, f"{data.value[:60]!r} is none of {known}{hint}")
        return choices[data.value]

    return read


def _enum(kind: type[StrEnum]) -> Reader:
    return _one_of({member.value: member for member in kind})


def _into(data: Located) -> str:
    text = _text(data)
    try:
        read_place(text)
    except UserError as exc:
        raise _Wrong(data, exc.message.rstrip(".")) from exc
    return text


def _names(shape: re.Pattern[str], what: str) -> Reader:
    def read(data: Located) -> tuple[str, ...]:
        if not isinstance(data.value, list):
            raise _Wrong(data, f"has to be a list: each entry a {what}")
        if len(data.value) > _MOST_NAMES:
            raise _Wrong(data, f"has more than {_MOST_NAMES} entries")
        for item in data.value:
            if not shape.fullmatch(_text(item)):
                raise _Wrong(item, f"{_text(item)[:60]!r} cannot be a {what}")
        return tuple(dict.fromkeys(_text(item) for item in data.value))

    return read


def _usd(data: Located) -> float:
    value = data.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Wrong(data, "has to be a number of US dollars")
    if not math.isfinite(value) or not 0 <= value <= _MOST_USD:
        raise _Wrong(data, f"has to lie between 0 and {_MOST_USD}")
    return float(value)


def _whole(least: int, most: int) -> Reader:
    def read(data: Located) -> int:
        value = data.value
        if isinstance(value, bool) or not isinstance(value, int):
            raise _Wrong(data, "has to be a whole number")
        if not least <= value <= most:
            raise _Wrong(data, f"has to lie between {least} and {most}")
        return value

    return read


_permission = _one_of({level.name.lower(): level for level in Permission if level})
_runs = _whole(1, _MOST_RUNS)
_teams = _names(_TEAM, "team's short name")
_OTHERS: Mapping[str, Reader] = {
    "defaults.into": _into,
    "defaults.draft": _boolean,
    "defaults.visibility": _one_of({name: name == "private" for name in _VISIBILITIES}),
    "permissions.approve.teams": _teams,
    "permissions.approve.own": _boolean,
    "create.teams": _teams,
    "approval": _enum(Approval),
    "verify": _enum(Verify),
    "workflow_files": _enum(WorkflowFiles),
    **{f"models.{name}": _usd for name in ModelRule.__dataclass_fields__},
    "models.allow": _boolean,
    **{
        f"models.{name}": _whole(0, _MOST_TOKENS)
        for name in ModelRule.__dataclass_fields__
        if name.endswith("_tokens")
    },
    "strangers": _enum(Strangers),
    "fix.unasked": _boolean,
    "packs.allow": _names(_PATTERN, "pattern of packs"),
    **{f"runs.{name}": _runs for name in RunLimits.__dataclass_fields__},
}
#: How each key is read; what is left is a permission.
_READERS: Mapping[str, Reader] = {
    _VERSION: _version,
    **{at.name: _OTHERS.get(at.name, _permission) for at in KEYS},
}


def _tables() -> dict[str, tuple[str, ...]]:
    """The keys that may stand in each mapping of a file."""
    tables: dict[str, list[str]] = {}
    for name in _READERS:
        parts = name.split(".")
        for depth, part in enumerate(parts):
            known = tables.setdefault(".".join(parts[:depth]), [])
            if part not in known:
                known.append(part)
    return {place: tuple(known) for place, known in tables.items()}


_TABLES = _tables()
