"""As much of JSON Schema 2020-12 as the schema of workflow files uses, to check files with it.

A word that stands in no table here raises KeyError: a schema that says more than is checked
would prove nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_NOTES = frozenset({"$schema", "$defs", "title", "description", "default", "then", "else"})
_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
#: Rules for values of one type, which let all others pass.
_SIMPLE: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "required": ("object", lambda rule, value: set(rule) <= set(value)),
    "maxProperties": ("object", lambda rule, value: len(value) <= rule),
    "minItems": ("array", lambda rule, value: len(value) >= rule),
    "maxItems": ("array", lambda rule, value: len(value) <= rule),
    "uniqueItems": ("array", lambda _, value: len(set(map(str, value))) == len(value)),
    "pattern": ("string", lambda rule, value: re.search(rule, value) is not None),
    "maxLength": ("string", lambda rule, value: len(value) <= rule),
    "minimum": ("number", lambda rule, value: value >= rule),
    "maximum": ("number", lambda rule, value: value <= rule),
}


class JsonSchema:
    """A schema whose references point into itself."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._nested: Mapping[str, Callable[[Any, Any, Any], bool]] = {
            "$ref": lambda rule, value, _: self.allows(value, self._at(rule)),
            "type": lambda rule, value, _: _TYPES[rule](value),
            "const": lambda rule, value, _: value == rule,
            "enum": lambda rule, value, _: value in rule,
            "if": self._alternative,
            "allOf": lambda rule, value, _: all(self.allows(value, one) for one in rule),
            "anyOf": lambda rule, value, _: any(self.allows(value, one) for one in rule),
            "oneOf": lambda rule, value, _: sum(self.allows(value, one) for one in rule) == 1,
            "properties": self._properties,
            "additionalProperties": self._others,
            "propertyNames": lambda rule, value, _: self._all(list(value), dict, value, rule),
            "items": lambda rule, value, _: self._all(value, list, value, rule),
        }

    def allows(self, value: Any, rule: Any = None) -> bool:
        """Whether a value keeps a rule, or all of the schema."""
        rule = self._root if rule is None else rule
        if isinstance(rule, bool):
            return rule
        return all(self._keeps(word, value, rule) for word in rule if word not in _NOTES)

    def _keeps(self, word: str, value: Any, rule: Any) -> bool:
        if word in _SIMPLE:
            type_, check = _SIMPLE[word]
            return not _TYPES[type_](value) or check(rule[word], value)
        return self._nested[word](rule[word], value, rule)

    def _all(self, parts: Any, type_: type, value: Any, rule: Any) -> bool:
        return not isinstance(value, type_) or all(self.allows(part, rule) for part in parts)

    def _alternative(self, rule: Any, value: Any, whole: Any) -> bool:
        return self.allows(value, whole.get("then" if self.allows(value, rule) else "else", True))

    def _properties(self, rule: Any, value: Any, _: Any) -> bool:
        known = [name for name in rule if isinstance(value, dict) and name in value]
        return all(self.allows(value[name], rule[name]) for name in known)

    def _others(self, rule: Any, value: Any, whole: Any) -> bool:
        names = value if isinstance(value, dict) else ()
        others = [value[name] for name in names if name not in whole.get("properties", {})]
        return all(self.allows(part, rule) for part in others)

    def _at(self, pointer: str) -> Any:
        here = self._root
        for name in pointer.removeprefix("#/").split("/"):
            here = here[name]
        return here
