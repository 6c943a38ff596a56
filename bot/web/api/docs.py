"""The description for people to read: ``/api/v1/docs``, one page that needs no script."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from itertools import groupby
from typing import Any

from flask import Response

from bot.core.access_scopes import Scope
from bot.web import answers
from bot.web.api.examples import curl
from bot.web.api.forms import IN_WORDS, WITHOUT_NUL
from bot.web.api.operation import Call, Needs, Operation
from bot.web.api.reference import Entry, Parameter, Schema, entries, name_of, schemas


@dataclass(frozen=True, kw_only=True)
class Word:
    """A piece of the name of a type; ``shape`` is where it is explained, if anywhere."""

    text: str
    shape: str = ""


@dataclass(frozen=True, kw_only=True)
class Field:
    """A row of a table: something that is taken or given, and what there is to say of it."""

    name: str
    type: tuple[Word, ...]
    said: str
    bounds: str
    is_required: bool


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A kind of data that has a name: its fields, or the words that it can be."""

    name: str
    said: str
    fields: tuple[Field, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Given:
    """An answer: what it is as data, or of which media types."""

    status: int
    title: str
    type: tuple[Word, ...]
    media_types: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """An operation as the page shows it."""

    operation: Operation
    path: str
    parameters: Mapping[str, tuple[Field, ...]]
    body: Shape | None
    sends: str
    needs_body: bool
    gives: tuple[Given, ...]
    refusals: tuple[int, ...]
    example: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """Operations of one noun."""

    name: str
    sections: tuple[Section, ...]

    @property
    def anchor(self) -> str:
        """Where it stands on the page."""
        return f"group-{self.name.lower()}"


def _page(call: Call) -> Response:
    return answers.page("api_docs.html", groups=_groups(), shapes=_shapes())


@cache
def _groups() -> tuple[Group, ...]:
    from bot.web.api.groups import OPERATIONS as ALL

    return tuple(
        Group(name=name, sections=tuple(map(_section, found)))
        for name, found in groupby(entries(ALL), key=lambda entry: entry.operation.group)
    )


@cache
def _shapes() -> tuple[Shape, ...]:
    return tuple(shape_of(name, schema) for name, schema in sorted(schemas().items()))


def _section(entry: Entry) -> Section:
    body = name_of(entry.body) if entry.body else ""
    return Section(
        operation=entry.operation,
        path=entry.path,
        parameters={
            title: tuple(map(_parameter, entry.taken(place)))
            for title, place in (("Address", "path"), ("Query", "query"), ("Headers", "header"))
            if entry.taken(place)
        },
        body=shape_of(body, schemas()[body]) if body else None,
        sends=entry.sends,
        needs_body=entry.needs_body,
        gives=tuple(
            Given(
                status=each.status,
                title=HTTPStatus(each.status).phrase,
                type=words(each.schema) if name_of(each.schema) else (),
                media_types=each.media_types,
            )
            for each in entry.answers
        ),
        refusals=entry.refusals,
        example=curl(entry),
    )


def shape_of(name: str, schema: Schema) -> Shape:
    """A named schema, as a table shows it."""
    required = schema.get("required", ())
    return Shape(
        name=name,
        said=" ".join(str(schema.get("description", "")).split()),
        fields=tuple(
            _field(field, each, each.get("description", ""), is_required=field in required)
            for field, each in schema.get("properties", {}).items()
        ),
        words=tuple(schema.get("enum", ())),
    )


def _parameter(parameter: Parameter) -> Field:
    return _field(
        parameter.name, parameter.schema, parameter.said, is_required=parameter.is_required
    )


def _field(name: str, schema: Schema, said: str, *, is_required: bool) -> Field:
    return Field(
        name=name,
        type=words(schema),
        said=said,
        bounds=_sentence(_bounds(schema)),
        is_required=is_required,
    )


def words(schema: Schema) -> tuple[Word, ...]:
    """What a value is, in words."""
    return tuple(_words(schema)) or (Word(text="anything"),)


def _words(schema: Schema) -> Iterator[Word]:
    if name := name_of(schema):
        yield Word(text=name, shape=name)
    elif "anyOf" in schema:
        for number, each in enumerate(schema["anyOf"]):
            if number:
                yield Word(text=" or ")
            yield from _words(each)
    elif "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        yield Word(text=" or ".join(map(json.dumps, values)))
    elif schema.get("type") == "array":
        yield Word(text="list of ")
        yield from words(schema.get("items", {}))
    else:
        yield Word(text=str(schema.get("format") or schema.get("type") or "anything"))


#: What limits a value, and how that is said.
_LIMITS = (
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {}"),
    ("maxItems", "at most {}"),
    ("pattern", "fits `{}`"),
)


def _bounds(schema: Schema) -> Iterator[str]:
    for inner in (schema, *schema.get("anyOf", ())):
        for key, said in _LIMITS:
            if key == "pattern" and inner.get(key) in IN_WORDS:
                # What holds for every text is no news of this one.
                if inner[key] != WITHOUT_NUL:
                    yield IN_WORDS[inner[key]]
            elif (key, inner.get(key)) == ("minLength", 1):
                yield "not empty"
            elif key in inner:
                yield said.format(_number(inner[key]))
    if schema.get("default") not in (None, "", [], {}):
        yield f"`{json.dumps(schema['default'])}` where not said"


def _sentence(parts: Iterable[str]) -> str:
    said = ", ".join(parts)
    return said[:1].upper() + said[1:]


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


OPERATIONS = (
    Operation(
        method="GET",
        address="/docs",
        name="get_docs",
        group="Description",
        summary="The same for people to read, as a page",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        gives={200: "text/html"},
        view=_page,
    ),
)
