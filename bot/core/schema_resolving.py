"""Schemas of other people's documents, with what they refer to put in place, within bounds.

A document may refer to itself without end, be nested without end, or say one thing a thousand
times. What is beyond the bounds becomes the schema that lets everything pass, so that reading it
ends; the other side still checks what it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.core.data_words import one_line

_MOST_PARTS = 400
_DEEPEST = 12
_MOST_WORDS = 200
_MOST_SAID = 240
_MOST_SAID_IN_ALL = 8_000
_LONGEST_WORD = 200

_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
#: Others could hold sentences, which nobody would quote.
_NAME = re.compile(r"[\w.$@:\[\]/-]{1,100}")
_TYPES = frozenset({"object", "array", "string", "integer", "number", "boolean", "null"})


def pointed_at(document: Mapping[str, Any], reference: object) -> object:
    """What a reference within the document names; None where it names nothing there."""
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return None
    found: object = document
    for part in reference[2:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


@dataclass
class Resolver:
    """Reads the schemas of one operation; all of them together have one bound.

    ``trusted``: the document is our own. Of a stranger's, words are quoted, so that a model sees
    whose they are, and regular expressions are dropped: matching one may take for ever.
    """

    document: Mapping[str, Any]
    trusted: bool = False
    _left: int = field(default=_MOST_PARTS, init=False)
    _said_left: int = field(default=_MOST_SAID_IN_ALL, init=False)

    def schema(self, given: object) -> Mapping[str, object]:
        """A schema in which nothing refers to anything."""
        return self._read(given, frozenset(), 0)

    def words(self, given: object) -> str:
        """A description, bounded, and quoted where a stranger wrote it."""
        said = one_line(given, min(_MOST_SAID, self._said_left)) if self._said_left > 0 else ""
        self._said_left -= len(said)
        return said if self.trusted or not said else f"“{said}”"

    def _read(self, given: object, within: frozenset[str], depth: int) -> Mapping[str, object]:
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST or not isinstance(given, Mapping):
            return {}
        if "$ref" in given:
            reference = str(given["$ref"])
            if reference in within:
                return {}
            named = pointed_at(self.document, reference)
            return self._read(named, within | {reference}, depth + 1)
        found = {**self._bounds(given), **self._parts(given, within, depth)}
        if given.get("nullable") is True:
            return {"anyOf": [found, {"type": "null"}]}
        return found

    def _bounds(self, given: Mapping[str, Any]) -> dict[str, object]:
        found: dict[str, object] = {}
        kinds = _kinds(given.get("type"))
        if kinds:
            found["type"] = kinds[0] if len(kinds) == 1 else list(kinds)
        if said := self.words(given.get("description")):
            found["description"] = said
        if isinstance(given.get("enum"), list):
            found["enum"] = [one for one in given["enum"][:_MOST_WORDS] if _is_plain(one)]
        if "const" in given and _is_plain(given["const"]):
            found["const"] = given["const"]
        found.update({key: given[key] for key in _NUMBERS if _is_number(given.get(key))})
        found.update({key: given[key] for key in _COUNTS if _is_count(given.get(key))})
        if given.get("format") == "uuid":
            found["format"] = "uuid"
        if self.trusted and isinstance(given.get("pattern"), str):
            found["pattern"] = given["pattern"]
        return found

    def _parts(
        self, given: Mapping[str, Any], within: frozenset[str], depth: int
    ) -> dict[str, object]:
        found: dict[str, object] = {}
        properties = given.get("properties")
        if isinstance(properties, Mapping):
            found["properties"] = {
                str(name): self._read(each, within, depth + 1)
                for name, each in list(properties.items())[:_MOST_WORDS]
                if _NAME.fullmatch(str(name))
            }
        if names := _texts(given.get("required")):
            found["required"] = names
        others = given.get("additionalProperties")
        if isinstance(others, bool):
            found["additionalProperties"] = others
        elif isinstance(others, Mapping):
            found["additionalProperties"] = self._read(others, within, depth + 1)
        if isinstance(given.get("items"), Mapping):
            found["items"] = self._read(given["items"], within, depth + 1)
        for key in ("anyOf", "oneOf", "allOf"):
            if isinstance(given.get(key), list) and given[key]:
                found[key] = [self._read(one, within, depth + 1) for one in given[key][:20]]
        return found


def _kinds(given: object) -> tuple[str, ...]:
    named = given if isinstance(given, list) else [given]
    return tuple(one for one in named[:8] if isinstance(one, str) and one in _TYPES)


def _texts(given: object) -> list[str]:
    listed: Sequence[object] = given if isinstance(given, list) else ()
    return [
        one for one in listed[:_MOST_WORDS] if isinstance(one, str) and len(one) <= _LONGEST_WORD
    ]


def _is_plain(value: object) -> bool:
    return value is None or (
        isinstance(value, str | int | float | bool) and len(str(value)) <= _LONGEST_WORD
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
