"""Plain data held to a schema, as far as a caller can mend it: what is wrong, and where.

It knows the words that `bot.core.schema_resolving` leaves in a schema, and nothing refers to
anything in there. What it does not know lets everything pass: whoever is called checks, too.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

MOST_TOLD = 10
_DEEPEST = 40
_HAS_TO_BE = "has to be "
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)

_TYPES: Mapping[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, Mapping),
    "array": lambda value: isinstance(value, list | tuple),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: (
        isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    ),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
_NUMBERS: Mapping[str, tuple[Callable[[Any, Any], bool], str]] = {
    "minimum": (lambda value, rule: value >= rule, "is at least {}"),
    "maximum": (lambda value, rule: value <= rule, "is at most {}"),
    "exclusiveMinimum": (lambda value, rule: value > rule, "is more than {}"),
    "exclusiveMaximum": (lambda value, rule: value < rule, "is less than {}"),
}
_COUNTS: Mapping[str, tuple[str, str, str]] = {
    "string": ("minLength", "maxLength", "characters"),
    "array": ("minItems", "maxItems", "entries"),
    "object": ("minProperties", "maxProperties", "entries"),
}

Problem = tuple[str, str]


def problems(value: object, schema: Mapping[str, Any], place: str = "") -> tuple[Problem, ...]:
    """What keeps a value from fitting, the first ten: where, and what as the end of a sentence."""
    return tuple(islice(_problems(value, schema, place, 0), MOST_TOLD))


def _problems(
    value: object, schema: Mapping[str, Any], place: str, depth: int
) -> Iterator[Problem]:
    if depth > _DEEPEST:
        yield place, "is nested too deeply"
        return
    kinds = schema.get("type")
    allowed = [kinds] if isinstance(kinds, str) else kinds or []
    if allowed and not any(_TYPES[kind](value) for kind in allowed):
        yield place, f"has to be {' or '.join(map(_article, allowed))}"
        return
    yield from _of_words(value, schema, place)
    yield from _choices(value, schema, place, depth)
    match value:
        case bool() | None:
            return
        case str():
            yield from _of_text(value, schema, place)
        case int() | float():
            yield from _of_number(value, schema, place)
        case Mapping():
            yield from _of_object(value, schema, place, depth)
        case list() | tuple():
            yield from _counted(len(value), "array", schema, place)
            for number, part in enumerate(value):
                yield from _problems(part, schema.get("items", {}), f"{place}[{number}]", depth + 1)


def _of_words(value: object, schema: Mapping[str, Any], place: str) -> Iterator[Problem]:
    if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
        yield place, f"is none of {', '.join(map(str, schema['enum'][:20]))}"
    if "const" in schema and not _same(value, schema["const"]):
        yield place, f"has to be {schema['const']}"


def _choices(value: object, schema: Mapping[str, Any], place: str, depth: int) -> Iterator[Problem]:
    for each in schema.get("allOf", ()):
        yield from _problems(value, each, place, depth + 1)
    for key in ("anyOf", "oneOf"):
        if key not in schema:
            continue
        told = [list(islice(_problems(value, each, place, depth + 1), 3)) for each in schema[key]]
        if all(told):
            # Of those that are about something inside, the value is most likely meant to be one.
            inner = [found for found in told if found[0][0] != place]
            if inner:
                yield from inner[0]
            else:
                yield place, _joined([found[0][1] for found in told])


def _joined(said: list[str]) -> str:
    told = list(dict.fromkeys(said))
    if all(one.startswith(_HAS_TO_BE) for one in told):
        return _HAS_TO_BE + " or ".join(one.removeprefix(_HAS_TO_BE) for one in told)
    return " or ".join(told)


def _of_text(value: str, schema: Mapping[str, Any], place: str) -> Iterator[Problem]:
    yield from _counted(len(value), "string", schema, place)
    if "pattern" in schema and re.search(schema["pattern"], value) is None:
        yield place, f"does not fit {schema['pattern']}"
    if schema.get("format") == "uuid" and not _UUID.fullmatch(value):
        yield place, "is no id (a UUID)"


def _of_number(value: float, schema: Mapping[str, Any], place: str) -> Iterator[Problem]:
    for key, (holds, said) in _NUMBERS.items():
        if key in schema and not holds(value, schema[key]):
            yield place, f"has to be such that it {said.format(schema[key])}"


def _of_object(
    value: Mapping[str, object], schema: Mapping[str, Any], place: str, depth: int
) -> Iterator[Problem]:
    yield from _counted(len(value), "object", schema, place)
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name in schema.get("required", ()):
        if name not in value:
            yield _below(place, name), "is missing"
    for name, part in value.items():
        if name in known:
            yield from _problems(part, known[name], _below(place, name), depth + 1)
        elif others is False:
            yield _below(place, str(name)[:80]), f"is not known here{_nearest(name, known)}"
        elif isinstance(others, Mapping):
            yield from _problems(part, others, _below(place, name), depth + 1)


def _counted(count: int, kind: str, schema: Mapping[str, Any], place: str) -> Iterator[Problem]:
    least, most, what = _COUNTS[kind]
    if least in schema and count < schema[least]:
        yield place, f"has fewer than {schema[least]} {what}"
    if most in schema and count > schema[most]:
        yield place, f"has more than {schema[most]} {what}"


def _nearest(name: object, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(str(name)[:80], known, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; there are {', '.join(list(known)[:20])}" if known else ""


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _same(value: object, other: object) -> bool:
    # True is 1 for Python, and not for JSON.
    return value == other and isinstance(value, bool) == isinstance(other, bool)


def _article(kind: str) -> str:
    if kind == "null":
        return "null"
    words = {"object": "an object", "array": "a list", "integer": "an integer", "string": "a text"}
    return words.get(kind, f"a {kind}")
