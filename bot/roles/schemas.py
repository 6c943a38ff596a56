"""The part of JSON Schema that a workflow may describe an answer with, and what does not fit it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.core.expression_values import same

#: How deep schemas may lie in each other.
_DEEPEST = 10
_TYPES: Mapping[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, Mapping),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "null": lambda value: value is None,
}
_KEYWORDS = frozenset(
    {
        *("type", "properties", "required", "additionalProperties", "items", "enum", "title"),
        *("description", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"),
    }
)
_SIZES = (("minLength", "maxLength", str), ("minItems", "maxItems", list))


def faults(schema: object, place: str = "schema", depth: int = 0) -> list[str]:
    """What is wrong with a schema itself, or not understood here; its root has to be an object."""
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return [f"{place} is no mapping, or nested too deeply"]
    if depth == 0 and schema.get("type") != "object":
        return [f"{place}: an answer is an object, so `type` has to be `object`"]
    found = [
        f"{place} has {str(key)[:40]!a}, which is not understood here"
        for key in schema
        if key not in _KEYWORDS
    ]
    if schema.get("type") not in _TYPES:
        found.append(f"{place}: `type` has to be one of {', '.join(_TYPES)}")
    properties = schema.get("properties", {})
    if not isinstance(properties, Mapping):
        return [*found, f"{place}: `properties` has to be a mapping"]
    if not isinstance(schema.get("additionalProperties", False), bool):
        found.append(f"{place}: `additionalProperties` has to be true or false")
    for name, part in properties.items():
        found += faults(part, f"{place}.{str(name)[:40]}", depth + 1)
    if "items" in schema:
        found += faults(schema["items"], f"{place}[]", depth + 1)
    return found


def misfits(schema: Mapping[str, Any], value: object, place: str = "answer") -> list[str]:
    """Where a value is not as a schema without faults says."""
    if not _TYPES[schema["type"]](value):
        return [f"`{place}` is no {schema['type']}"]
    found = []
    if "enum" in schema and not any(same(value, one) for one in schema["enum"]):
        found.append(f"`{place}` is none of {schema['enum']}")
    if isinstance(value, Mapping):
        found += _object_misfits(schema, value, place)
    if isinstance(value, list) and "items" in schema:
        for at, part in enumerate(value):
            found += misfits(schema["items"], part, f"{place}[{at}]")
    return [*found, *_range_misfits(schema, value, place)]


def _object_misfits(
    schema: Mapping[str, Any], value: Mapping[str, object], place: str
) -> Iterator[str]:
    known = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"`{place}` lacks `{name}`"
    for name, part in value.items():
        if name in known:
            yield from misfits(known[name], part, f"{place}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"`{place}` has `{str(name)[:40]}`, which is not asked for"


def _range_misfits(schema: Mapping[str, Any], value: object, place: str) -> Iterator[str]:
    for least, most, kind in _SIZES:
        if isinstance(value, kind):
            size = len(value)
            if size < schema.get(least, 0) or size > schema.get(most, size):
                yield f"`{place}` is of the size {size}, which is not what {least}, {most} allow"
    if _TYPES["number"](value):
        number: Any = value
        if not schema.get("minimum", number) <= number <= schema.get("maximum", number):
            yield f"`{place}` is {number}, which is not between minimum and maximum"
