"""The operations as their description has them, for whatever is written from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.web.api.described import PREFIX, description
from bot.web.api.operation import Operation

Schema = Mapping[str, Any]
JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """What a call takes beside its body. ``place`` is ``path``, ``query`` or ``header``."""

    name: str
    place: str
    schema: Schema
    said: str
    is_required: bool


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer that is no error; ``schema`` is empty where there is no content."""

    status: int
    media_types: tuple[str, ...]
    schema: Schema


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An operation with what it takes and gives. ``path`` is below the prefix, with ``{name}``."""

    operation: Operation
    path: str
    described: Schema

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Those of the address first."""
        found = [
            Parameter(
                name=said["name"],
                place=said["in"],
                schema=without_null(said["schema"]),
                said=said.get("description", ""),
                is_required=said.get("required", False),
            )
            for said in self.described.get("parameters", ())
        ]
        places = ("path", "query", "header")
        return tuple(sorted(found, key=lambda each: places.index(each.place)))

    def taken(self, place: str) -> tuple[Parameter, ...]:
        """The parameters of one place."""
        return tuple(each for each in self.parameters if each.place == place)

    @property
    def body(self) -> Schema | None:
        """The schema of its body; None where it takes none."""
        content = self.described.get("requestBody", {}).get("content", {})
        return next((each["schema"] for each in content.values()), None)

    @property
    def sends(self) -> str:
        """The media type of its body; empty where it takes none."""
        return next(iter(self.described.get("requestBody", {}).get("content", {})), "")

    @property
    def needs_body(self) -> bool:
        """Whether it takes a body and nothing without one."""
        return bool(self.sends) and self.described["requestBody"].get("required", True)

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """What it gives where it is done."""
        return tuple(
            _answer(int(status), said)
            for status, said in self.described["responses"].items()
            if int(status) < 300
        )

    @property
    def refusals(self) -> tuple[int, ...]:
        """The statuses of its errors."""
        return tuple(int(each) for each in self.described["responses"] if int(each) >= 400)

    @property
    def gives_bytes(self) -> bool:
        """Whether what it gives is no JSON."""
        with_content = [each for each in self.answers if each.media_types]
        return bool(with_content) and all(JSON not in each.media_types for each in with_content)


def entries(operations: Iterable[Operation]) -> tuple[Entry, ...]:
    """These operations with their part of the description, in their order."""
    found = {
        described["operationId"]: (path.removeprefix(PREFIX), described)
        for path, methods in description()["paths"].items()
        for described in methods.values()
    }
    return tuple(
        Entry(operation=each, path=found[each.name][0], described=found[each.name][1])
        for each in operations
    )


def schemas() -> Mapping[str, Schema]:
    """Every shape that is named, by its name."""
    named: Mapping[str, Schema] = description()["components"]["schemas"]
    return named


def name_of(schema: Schema) -> str:
    """The name of the shape that a schema refers to; empty where it says itself what it is."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def without_null(schema: Schema) -> Schema:
    """What it is where it is something: a parameter is null by being left out."""
    left = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    return left[0] if len(left) == 1 else schema


def _answer(status: int, said: Schema) -> Answer:
    content = said.get("content", {})
    first: Schema = next(iter(content.values()), {})
    return Answer(status=status, media_types=tuple(content), schema=first.get("schema", {}))
