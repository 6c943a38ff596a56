"""``${{ … }}``: how one part of a workflow names a value of another. Typed values, no code.

A reference that is a whole value keeps the type of what it names: a list or a mapping stays
one. Inside other text it is written into that text, as text, number or ``true`` and ``false``.
To write ``${{`` itself, name it as a text: ``${{ '${{' }}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from bot.core.expression_parsing import parse_expression
from bot.core.expression_values import MISSING, Missing, Scope, evaluate
from bot.core.expressions import Expression, Mistake, Mixed
from bot.core.kinds import SecretName, SecretText
from bot.errors import UserError

__all__ = [
    "DEEPEST",
    "MISSING",
    "Expression",
    "Missing",
    "Scope",
    "SecretName",
    "SecretText",
    "is_true",
    "parse",
    "read",
    "resolve",
]

BEGIN = "${{"
#: Lists and mappings within each other, in what a step is given.
DEEPEST = 32
_MOST_SHOWN = 80


def parse(text: str) -> Expression | None:
    """The expression that a text is or has in it; None where it is plain text.

    Raises:
        UserError: ``bad_reference``, naming the character.
    """
    try:
        return read(text)
    except Mistake as exc:
        raise _bad(exc, text) from exc


def read(text: str) -> Expression | None:
    """As `parse`, for callers who point at the character themselves.

    Raises:
        Mistake: With the character, from 0.
    """
    return _read(text) if BEGIN in text else None


@lru_cache(maxsize=512)
def _read(text: str) -> Expression:
    parts: list[str | Expression] = []
    behind, begin = 0, text.find(BEGIN)
    while begin >= 0:
        expression, end = parse_expression(text, begin + len(BEGIN))
        parts += [text[behind:begin], expression]
        behind, begin = end, text.find(BEGIN, end)
    parts.append(text[behind:])
    return _whole(parts)


def _whole(parts: list[str | Expression]) -> Expression:
    """One expression if there is nothing but space round it, else the text with all of them."""
    written = [part for part in parts if not isinstance(part, str) or part]
    expressions = [part for part in written if not isinstance(part, str)]
    if len(expressions) == 1 and not "".join(str(p) for p in (parts[0], parts[-1])).strip():
        return expressions[0]
    return Mixed(parts=tuple(written))


def resolve(value: object, scope: Scope, *, depth: int = 0) -> object:
    """A value with every reference in it replaced by what it names.

    What was named is not looked into again: a reference in somebody's input stays text.

    Raises:
        UserError: ``bad_reference`` where something that is named is not there, or does not do
            what is asked of it.
    """
    if depth > DEEPEST:
        raise UserError(f"The value is nested more than {DEEPEST} deep.", reason="bad_reference")
    if isinstance(value, str):
        return _resolved(value, scope)
    if isinstance(value, Mapping):
        return {key: resolve(part, scope, depth=depth + 1) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(part, scope, depth=depth + 1) for part in value]
    return value


def _resolved(text: str, scope: Scope) -> object:
    expression = parse(text)
    if expression is None:
        return text
    try:
        return evaluate(expression, scope)
    except Mistake as exc:
        raise _bad(exc, text) from exc


def is_true(condition: object, scope: Scope) -> bool:
    """Whether a step's ``if`` holds; a condition that is absent (None) does.

    Null, false, 0, and empty texts, lists and mappings do not hold; all else does.
    """
    return condition is None or bool(resolve(condition, scope))


def _bad(mistake: Mistake, text: str) -> UserError:
    shown = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
    return UserError(
        f"{mistake.problem}, at character {mistake.position + 1} of {shown!r}",
        reason="bad_reference",
    )
