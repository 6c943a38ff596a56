"""Checking one value of a workflow's file: what it refers to, and whether it is of its kind."""

from __future__ import annotations

from dataclasses import replace

from bot.core.expression_types import ANYTHING, Names, Type, Typing, none_of
from bot.core.expressions import Expression, Literal, Mistake, Mixed, Path
from bot.core.kinds import PARTS, WORDS, Field, Kind, fits, kind_of, problem_with
from bot.core.located import Located, plain
from bot.core.references import read
from bot.core.workflow_sheet import Sheet
from bot.core.workflow_steps import MOST_ITEMS

_BARE = "must be true, false or a reference; write ${{ … }} round an expression"


class Checker:
    """Checks values of one file, and notes each problem at its character."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    def value(self, at: Located, place: str, names: Names, wanted: Field) -> Type:
        """Check a value against what is wanted there, and give the type that it will have."""
        if self._sheet.is_full:
            return ANYTHING
        names = replace(names, secrets=wanted.secrets)
        if isinstance(at.value, str):
            return self._text(at, place, names, wanted)
        if isinstance(at.value, dict) and wanted.kind in PARTS:
            self._parts(at, place, names, wanted)
        elif isinstance(at.value, list) and wanted.kind is Kind.CHOICES:
            self._inside(at, place, names, replace(wanted, kind=Kind.CHOICE))
        else:
            problem = problem_with(plain(at), wanted)
            if problem:
                self._sheet.say(at, place, problem)
            self._inside(at, place, names, Field(kind=Kind.ANY, secrets=wanted.secrets))
        return Type(kind=kind_of(plain(at)))

    def condition(self, at: Located, place: str, names: Names) -> None:
        """Check an ``if``: true, false, or one reference."""
        if isinstance(at.value, bool):
            return
        expression = self._read(at, place) if isinstance(at.value, str) else None
        if isinstance(expression, Mixed):
            words = "must be one reference; write 'and' and 'or' inside of it"
            self._sheet.say(at, place, words)
        elif isinstance(expression, Mistake):
            return
        elif expression is None:
            self._sheet.say(at, place, _BARE)
        else:
            self._types(expression, at, place, names)

    def items(self, at: Located, place: str, names: Names) -> Type:
        """Check a ``for_each``, a list or a reference to one, and give the type of its items."""
        if isinstance(at.value, list) and len(at.value) > MOST_ITEMS:
            self._sheet.say(at, place, f"has {len(at.value)} items; {MOST_ITEMS} are the most")
        found = self.value(at, place, names, Field(kind=Kind.LIST))
        return found.items or ANYTHING

    def _text(self, at: Located, place: str, names: Names, wanted: Field) -> Type:
        expression = self._read(at, place)
        if isinstance(expression, Mistake):
            return ANYTHING
        if expression is None or isinstance(expression, Literal):
            value = at.value if expression is None else expression.value
            problem = literal_problem(value, wanted)
            if problem:
                self._sheet.say(at, place, problem)
            return Type(kind=kind_of(value))
        types = self._types(expression, at, place, names)
        for found in types:
            problem = _misfit(expression, found, wanted)
            if problem:
                self._sheet.point(at, place, Mistake(problem, expression.position))
                return ANYTHING
        return types[0] if len(types) == 1 else ANYTHING

    def _types(
        self, expression: Expression, at: Located, place: str, names: Names
    ) -> tuple[Type, ...]:
        """The types of an expression; anything at all where it has mistakes, which are noted."""
        typing = Typing(names)
        types = typing.of(expression)
        for mistake in typing.mistakes:
            self._sheet.point(at, place, mistake)
        return (ANYTHING,) if typing.mistakes else types

    def _read(self, at: Located, place: str) -> Expression | Mistake | None:
        try:
            return read(str(at.value))
        except Mistake as exc:
            self._sheet.point(at, place, exc)
            return exc

    def _parts(self, at: Located, place: str, names: Names, wanted: Field) -> None:
        """Check a mapping that is written where a value with known parts is wanted."""
        known = PARTS[wanted.kind]
        given = self._sheet.entries(at, place, tuple(known))
        for name, kind in known.items():
            if name in given:
                self.value(given[name], f"{place}.{name}", names, Field(kind=kind))
            else:
                self._sheet.say(at, place, f"lacks {name!r}")

    def _inside(self, at: Located, place: str, names: Names, wanted: Field) -> None:
        if isinstance(at.value, dict):
            for name, part in at.value.items():
                self.value(part, f"{place}.{name[:60]}", names, wanted)
        elif isinstance(at.value, list):
            for number, part in enumerate(at.value):
                self.value(part, f"{place}[{number}]", names, wanted)


def literal_problem(value: object, wanted: Field) -> str | None:
    """What keeps a value that stands in the file itself from standing there."""
    if wanted.kind is Kind.SECRET and isinstance(value, str):
        return "a secret does not stand in a file; name one, as in ${{ inputs.NAME }}"
    problem = problem_with(value, wanted)
    if problem and isinstance(value, str) and wanted.kind is Kind.CHOICE:
        return none_of(value, wanted.choices)
    return problem


def _misfit(expression: Expression, found: Type, wanted: Field) -> str:
    """What keeps a reference from standing where a field is wanted, as far as one can know."""
    if wanted.kind is Kind.SECRET and _names_secret(expression):
        return ""
    if not fits(found.kind, wanted.kind):
        return f"must be {WORDS[wanted.kind]}; this is {found}"
    others = [choice for choice in found.choices if choice not in wanted.choices]
    if wanted.choices and others:
        return f"may be {others[0]!r}, which is none of {', '.join(wanted.choices)}"
    if wanted.kind is Kind.STRING and isinstance(expression, Mixed):
        lines = any(isinstance(part, str) and "\n" in part for part in expression.parts)
        return f"must be {WORDS[Kind.STRING]}" if lines else ""
    return ""


def _names_secret(expression: Expression) -> bool:
    """Whether a text has an organisation's secret in it; where it may not, that is a mistake."""
    parts = expression.parts if isinstance(expression, Mixed) else (expression,)
    return any(isinstance(part, Path) and part.root == "secrets" for part in parts)
