"""What an expression may come to, told before anything runs: kinds instead of values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import singledispatchmethod
from itertools import product

from bot.core.expressions import (
    Compare,
    Default,
    Expression,
    ListOf,
    Literal,
    Logic,
    Mistake,
    Mixed,
    Not,
    Part,
    Path,
)
from bot.core.kinds import PARTS, WORDS, Field, Kind, fits, kind_of
from bot.core.located import nearest
from bot.core.workflow_sheet import MOST_PROBLEMS


@dataclass(frozen=True, kw_only=True)
class Type:
    """A kind and what is known beyond it: of a list its items, of a choice its choices."""

    kind: Kind
    items: Type | None = None
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        return _WORDS.get(self.kind, WORDS[self.kind])


#: How people read of a type that stands for itself rather than for what is asked of them.
_WORDS = {Kind.CHOICE: "a choice", Kind.CHOICES: "a list of choices"}
ANYTHING = Type(kind=Kind.ANY)
_BOOLEAN = Type(kind=Kind.BOOLEAN)
_TEXT = Type(kind=Kind.TEXT)
_TEXTS = frozenset({Kind.STRING, Kind.TEXT, Kind.CHOICE})
_OPEN = frozenset({Kind.ANY, Kind.NOTHING})
_LISTS = frozenset({Kind.LIST, Kind.CHOICES})
_WRITABLE = _TEXTS | {Kind.INTEGER, Kind.BOOLEAN, Kind.ANY}


def type_of(given: Field) -> Type:
    """The type of what a step takes or gives."""
    item = Type(kind=Kind.CHOICE, choices=given.choices)
    items = item if given.kind is Kind.CHOICES else None
    return Type(kind=given.kind, choices=given.choices, items=items)


def none_of(text: str, choices: Sequence[str]) -> str:
    """That a text is none of the choices, with the nearest."""
    return f"{text[:40]!r} is none of {', '.join(choices)}{nearest(text, choices)}"


@dataclass(frozen=True, kw_only=True)
class Names:
    """What may be named at one place of a workflow.

    ``steps`` has the outputs of each step that may be named, or None where they are not known;
    ``others`` says of every other step why it may not be. Without ``result`` or ``item`` these
    may not be named, and organisations' secrets only if ``secrets``. Where ``is_kept``, the value
    is recorded as it is, and so no secret input may be in it.
    """

    inputs: Mapping[str, Type] = field(default_factory=dict)
    steps: Mapping[str, Mapping[str, Type] | None] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)
    result: Mapping[str, Type] | None = None
    item: Type | None = None
    secrets: bool = False
    is_kept: bool = False


class Typing:
    """The types that an expression may have, and the mistakes in it that show by them.

    No more of these are noted than anybody is told of.
    """

    def __init__(self, names: Names) -> None:
        self.mistakes: list[Mistake] = []
        self._names = names

    def of(self, expression: Expression) -> tuple[Type, ...]:
        """Every type that the value may have: one, but for what has a default."""
        return tuple(dict.fromkeys(self._types(expression)))

    def _wrong(self, problem: str, position: int) -> Type:
        """Note a mistake; what follows from it is not told as well."""
        if not self._is_full:
            self.mistakes.append(Mistake(problem, position))
        return ANYTHING

    @property
    def _is_full(self) -> bool:
        return len(self.mistakes) >= MOST_PROBLEMS

    def _near(self, name: str, known: Iterable[str]) -> str:
        """The nearest name, which is not looked for where nobody would read of it."""
        return "" if self._is_full else nearest(name, known)

    @singledispatchmethod
    def _types(self, expression: Expression) -> Iterable[Type]:
        raise TypeError(f"{type(expression).__name__} is no expression")

    @_types.register
    def _literal(self, literal: Literal) -> Iterable[Type]:
        return [Type(kind=kind_of(literal.value))]

    @_types.register
    def _list(self, items: ListOf) -> Iterable[Type]:
        types = {found for item in items.items for found in self.of(item)}
        return [Type(kind=Kind.LIST, items=types.pop() if len(types) == 1 else None)]

    @_types.register
    def _not(self, negation: Not) -> Iterable[Type]:
        self.of(negation.operand)
        return [_BOOLEAN]

    @_types.register
    def _logic(self, logic: Logic) -> Iterable[Type]:
        for operand in logic.operands:
            self.of(operand)
        return [_BOOLEAN]

    @_types.register
    def _default(self, default: Default) -> Iterable[Type]:
        *before, last = [self.of(choice) for choice in default.choices]
        some = [found for types in before for found in types if found.kind is not Kind.NOTHING]
        return [*some, *last]

    @_types.register
    def _mixed(self, mixed: Mixed) -> Iterable[Type]:
        for part in mixed.parts:
            if not isinstance(part, str):
                self._written(part)
        return [_TEXT]

    def _written(self, part: Expression) -> None:
        for found in self.of(part):
            if found.kind is Kind.SECRET:
                self._wrong("a secret input must be the whole value", part.position)
            elif found.kind not in _WRITABLE:
                self._wrong(f"{found} cannot be written into a text", part.position)

    @_types.register
    def _compare(self, compare: Compare) -> Iterable[Type]:
        left, right = self.of(compare.left), self.of(compare.right)
        problem = _secret_problem(compare, left, right)
        if not problem and not any(
            _goes(compare.operator, one, other) for one, other in product(left, right)
        ):
            problem = _never(compare.operator, left[0], right[0])
        if problem:
            self._wrong(problem, compare.position)
        elif compare.operator in ("==", "!="):
            self._chosen(left, compare.right)
            self._chosen(right, compare.left)
        return [_BOOLEAN]

    def _chosen(self, types: tuple[Type, ...], other: Expression) -> None:
        """A choice that is compared with a text which it cannot be is a slip of the pen."""
        choices = [choice for found in types for choice in found.choices]
        if not all(found.kind is Kind.CHOICE and found.choices for found in types):
            return
        text = other.value if isinstance(other, Literal) else None
        if isinstance(text, str) and text not in choices and not self._is_full:
            self._wrong(none_of(text, choices), other.position)

    @_types.register
    def _path(self, path: Path) -> Iterable[Type]:
        found, links = self._begin(path)
        for number, part in enumerate(path.parts[links:], start=links):
            found = self._part(found, part, path.shown(number))
        return [found]

    def _begin(self, path: Path) -> tuple[Type, int]:
        """The type that a path begins with, and how many of its links that took."""
        if path.root == "inputs":
            return self._input(path.parts[0]), 1
        if path.root == "steps":
            return self._output(path.parts[0], path.parts[1]), 2
        if path.root == "secrets":
            return self._secret(path), 1
        if path.root == "result":
            return self._result(path), 1
        if self._names.item is None:
            return self._wrong(_ONLY[path.root], path.position), 0
        return self._names.item if path.root == "item" else Type(kind=Kind.INTEGER), 0

    def _input(self, part: Part) -> Type:
        found = self._named(self._names.inputs, part, "there is no input")
        if found.kind is Kind.SECRET and self._names.is_kept:
            return self._wrong("a secret input may not stand in what is kept", part.position)
        return found

    def _result(self, path: Path) -> Type:
        if self._names.result is None:
            return self._wrong(_ONLY["result"], path.position)
        return self._named(self._names.result, path.parts[0], "the step gives no")

    def _secret(self, path: Path) -> Type:
        if not self._names.secrets:
            return self._wrong(_ONLY["secrets"], path.position)
        return _TEXT

    def _output(self, step: Part, output: Part) -> Type:
        name = str(step.name)
        if name not in self._names.steps:
            known = (*self._names.steps, *self._names.others)
            why = self._names.others.get(name)
            problem = why or f"there is no step {name[:60]!r}{self._near(name, known)}"
            return self._wrong(problem, step.position)
        outputs = self._names.steps[name]
        if outputs is None:
            return ANYTHING
        return self._named(outputs, output, f"step {name!r} gives no")

    def _named(self, known: Mapping[str, Type], part: Part, words: str) -> Type:
        name = str(part.name)
        if name in known:
            return known[name]
        return self._wrong(f"{words} {name[:60]!r}{self._near(name, known)}", part.position)

    def _part(self, found: Type, part: Part, shown: str) -> Type:
        if found.kind in _OPEN or (found.kind is Kind.OBJECT and isinstance(part.name, str)):
            return ANYTHING
        if isinstance(part.name, int):
            if found.kind in _LISTS:
                return found.items or ANYTHING
            return self._wrong(f"{shown} is {found}, which has no items", part.position)
        if found.kind in _LISTS:
            return self._wrong(f"{shown} is {found}; name an item by [0] first", part.position)
        parts = {name: Type(kind=kind) for name, kind in PARTS.get(found.kind, {}).items()}
        if not parts:
            return self._wrong(f"{shown} is {found}, which has no parts", part.position)
        return self._named(parts, part, f"{shown} is {found}, which has no")


_ONLY = {
    "item": "'item' is known only in what a step with for_each is given",
    "index": "'index' is known only in what a step with for_each is given",
    "result": "'result' is known only in the outputs of a step",
    "secrets": "no secret of the organisation may stand here",
}


def _goes(operator: str, left: Type, right: Type) -> bool:
    """Whether a comparison of these two can ever say one thing or the other."""
    if operator in ("==", "!="):
        return fits(left.kind, right.kind) or fits(right.kind, left.kind)
    if operator in ("in", "not in"):
        if right.kind in _TEXTS or right.kind in (Kind.OBJECT, *PARTS):
            return left.kind in _TEXTS | _OPEN
        return right.kind in _LISTS | _OPEN
    known = {left.kind, right.kind} - _OPEN
    return known <= _TEXTS or known == {Kind.INTEGER}


def _never(operator: str, left: Type, right: Type) -> str:
    if operator in ("==", "!="):
        return f"{left} is never equal to {right}"
    if operator in ("in", "not in"):
        return f"{left} is never in {right}"
    return f"{left} and {right} have no order by which {operator!r} could tell"


def _secret_problem(compare: Compare, left: tuple[Type, ...], right: tuple[Type, ...]) -> str:
    """A secret may be asked for only whether it was given; anything else would tell of it."""
    if not any(found.kind is Kind.SECRET for found in (*left, *right)):
        return ""
    kinds = {found.kind for found in (*left, *right)} - {Kind.SECRET}
    if compare.operator in ("==", "!=") and kinds == {Kind.NOTHING}:
        return ""
    return "a secret input can only be compared with null"
