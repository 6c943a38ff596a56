"""What an expression comes to in a run: evaluation over typed values, without calls."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import singledispatch
from typing import Any

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
    Path,
)
from bot.core.kinds import WORDS, SecretName, SecretText, kind_of


class Missing(Enum):
    """What is not there at all, which is something else than null."""

    MISSING = "missing"


MISSING = Missing.MISSING


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What references can name: the run's inputs, and outputs by step (None where skipped).

    ``item`` and ``index`` are of the item of a list for which a step is done, from 0; ``result``
    is what a step has just given, for the outputs that are made of it.
    """

    inputs: Mapping[str, object]
    steps: Mapping[str, Mapping[str, object] | None]
    item: object = MISSING
    index: int | Missing = MISSING
    result: Mapping[str, object] | None = None


@dataclass(frozen=True, kw_only=True)
class _Absent:
    """Nothing is there: an error, unless a default follows."""

    problem: str
    position: int


def evaluate(expression: Expression, scope: Scope) -> object:
    """The value of an expression.

    Raises:
        Mistake: Where something that it names is not there, or does not do what is asked of it.
    """
    found = _found(expression, scope)
    if isinstance(found, _Absent):
        raise Mistake(found.problem, found.position)
    return found


@singledispatch
def _found(expression: Expression, scope: Scope) -> object:
    """The value of an expression, or `_Absent`."""
    raise TypeError(f"{type(expression).__name__} is no expression")


@_found.register
def _literal(literal: Literal, scope: Scope) -> object:
    return literal.value


@_found.register
def _list(items: ListOf, scope: Scope) -> object:
    return [evaluate(item, scope) for item in items.items]


@_found.register
def _path(path: Path, scope: Scope) -> object:
    if path.root == "secrets":
        return SecretName(name=str(path.parts[0].name))
    here = _root(path, scope)
    if path.root == "steps" and path.parts[0].name not in scope.steps:
        raise Mistake(f"there is no step {path.parts[0].name!r}", path.parts[0].position)
    for depth, part in enumerate(path.parts):
        # Behind what a skipped step gave, or whatever else is null, there is nothing but null.
        if here is None:
            return None
        here = _link(here, part.name)
        if here is MISSING:
            problem = f"there is no {part.name!r} in {path.shown(depth)}"
            return _Absent(problem=problem, position=part.position)
    return here


def _root(path: Path, scope: Scope) -> object:
    root: object = getattr(scope, path.root)
    if root is MISSING:
        raise Mistake(f"{path.root!r} is known only in a step with for_each", path.position)
    if path.root == "result" and root is None:
        raise Mistake("'result' is known only in the outputs of a step", path.position)
    return root


def _link(here: object, name: str | int) -> object:
    if isinstance(here, Mapping):
        return here.get(name, MISSING)
    if isinstance(here, list | tuple) and isinstance(name, int) and name < len(here):
        return here[name]
    return MISSING


@_found.register
def _default(default: Default, scope: Scope) -> object:
    found: object = None
    for choice in default.choices:
        found = _found(choice, scope)
        if found is not None and not isinstance(found, _Absent):
            break
    return found


@_found.register
def _not(negation: Not, scope: Scope) -> object:
    return bool(evaluate(negation.operand, scope)) is (negation.times % 2 == 0)


@_found.register
def _logic(logic: Logic, scope: Scope) -> object:
    values = (bool(evaluate(operand, scope)) for operand in logic.operands)
    return all(values) if logic.operator == "and" else any(values)


@_found.register
def _compare(compare: Compare, scope: Scope) -> object:
    left, right = evaluate(compare.left, scope), evaluate(compare.right, scope)
    if compare.operator in ("==", "!="):
        return same(left, right) is (compare.operator == "==")
    if compare.operator in ("in", "not in"):
        return _is_in(left, right, compare) is (compare.operator == "in")
    if not (_both_numbers(left, right) or (isinstance(left, str) and isinstance(right, str))):
        words = f"{_word(left)} and {_word(right)} have no order"
        raise Mistake(f"{words} by which {compare.operator!r} could tell", compare.position)
    return _ORDERS[compare.operator](left, right)


def _is_in(left: object, right: object, compare: Compare) -> bool:
    """Whether a list has an item, a mapping a name, or a text a text in it."""
    if right is None:
        return False
    if isinstance(right, list | tuple):
        return any(same(left, item) for item in right)
    if isinstance(left, str) and isinstance(right, str | Mapping):
        return left in right
    problem = f"{_word(left)} cannot be in {_word(right)}"
    raise Mistake(problem, compare.position)


@_found.register
def _mixed(mixed: Mixed, scope: Scope) -> object:
    parts: list[str | SecretName] = []
    for part in mixed.parts:
        parts += [part] if isinstance(part, str) else _written(part, scope)
    if all(isinstance(part, str) for part in parts):
        return "".join(str(part) for part in parts)
    return SecretText(parts=tuple(parts))


def _written(expression: Expression, scope: Scope) -> Sequence[str | SecretName]:
    """A value as it is written into a text."""
    value = evaluate(expression, scope)
    if isinstance(value, bool):
        return [str(value).lower()]
    if isinstance(value, str | SecretName):
        return [value]
    if isinstance(value, int | float):
        return [str(value)]
    hint = "; give it a default" if value is None else ""
    raise Mistake(f"{_word(value)} cannot be written into a text{hint}", expression.position)


def same(left: object, right: object) -> bool:
    """Whether two values are equal and of one kind: true is not 1, and '1' is not 1.

    Lists and mappings are equal if all that is in them is. However deep they are, this returns.
    """
    pairs = [(left, right)]
    while pairs:
        one, other = pairs.pop()
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            if one.keys() != other.keys():
                return False
            pairs += [(one[name], other[name]) for name in one]
        elif isinstance(one, list | tuple) and isinstance(other, list | tuple):
            if len(one) != len(other):
                return False
            pairs += zip(one, other, strict=True)
        elif one != other or not (type(one) is type(other) or _both_numbers(one, other)):
            return False
    return True


def _both_numbers(left: object, right: object) -> bool:
    return all(isinstance(one, int | float) and not isinstance(one, bool) for one in (left, right))


def _word(value: object) -> str:
    if isinstance(value, float):
        return "a number"
    return WORDS[kind_of(value)]


_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
