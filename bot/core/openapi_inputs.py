"""What an operation takes: its parameters and its body, as one object of arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.core.data_words import one_line
from bot.core.schema_resolving import Resolver, pointed_at

_PLACES = ("path", "query", "header")
_JSON = "application/json"
_MOST_PARAMETERS = 60
_LONGEST_NAME = 100
#: Who calls is not for whoever names the arguments to say.
_NOT_GIVEN = frozenset(
    {"accept", "authorization", "content-type", "cookie", "idempotency-key", "proxy-authorization"}
)
#: The names of bodies among arguments: as data, or as text.
BODY, CONTENT = "body", "content"


@dataclass(frozen=True, kw_only=True)
class Input:
    """One argument. ``place`` is ``path``, ``query``, ``header`` or ``body``.

    ``name`` is what the other side calls it.
    """

    name: str
    place: str
    needed: bool
    schema: Mapping[str, object]
    #: A path of several parts: its slashes are slashes.
    has_slashes: bool = False


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """All arguments by the names under which they are given; ``sends`` is the body's media type."""

    fields: Mapping[str, Input] = field(default_factory=dict)
    sends: str = ""

    @property
    def schema(self) -> Mapping[str, object]:
        """The JSON Schema of the arguments, an object."""
        return {
            "type": "object",
            "properties": {name: each.schema for name, each in self.fields.items()},
            "required": [name for name, each in self.fields.items() if each.needed],
            "additionalProperties": False,
        }


def read_inputs(
    document: Mapping[str, Any],
    path: str,
    said: Mapping[str, Any],
    shared: tuple[object, ...],
    *,
    ours: bool,
) -> Inputs | str:
    """What an operation takes, or the end of a sentence that says why it cannot be called.

    Args:
        shared: Parameters of all operations at that path.
        ours: The document is our own, and nobody else's words.
    """
    resolver = Resolver(document, trusted=ours)
    own = said.get("parameters")
    parameters = [*shared, *(own[:_MOST_PARAMETERS] if isinstance(own, list) else ())]
    found: dict[tuple[str, str], Input] = {}
    for given in parameters:
        read = _parameter(document, resolver, path, given, ours=ours)
        if isinstance(read, str):
            return read
        if read is not None:
            # One of the operation replaces one of the path.
            found[read.place, read.name] = read
    body = _body(document, resolver, said)
    if isinstance(body, str):
        return body
    inputs = [*found.values(), *([body[0]] if body else ())]
    named = {name for place, name in found if place == "path"}
    missing = [part for part in _braces(path) if part not in named]
    if missing:
        return f"its path has {{{missing[0]}}}, which it says nothing of"
    return Inputs(fields=_by_name(inputs), sends=body[1] if body else "")


def _parameter(
    document: Mapping[str, Any],
    resolver: Resolver,
    path: str,
    given: object,
    *,
    ours: bool,
) -> Input | str | None:
    said = _found(document, given)
    if not isinstance(said, Mapping):
        return None
    name, place = said.get("name"), said.get("in")
    if not isinstance(name, str) or not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        return "it has a parameter without a usable name"
    needed = said.get("required") is True or place == "path"
    if place not in _PLACES or (place == "header" and name.lower() in _NOT_GIVEN):
        return f"it needs {one_line(name, 40)}, which cannot be given" if _bars(said) else None
    schema = dict(resolver.schema(said.get("schema")))
    if "description" not in schema and (words := resolver.words(said.get("description"))):
        schema["description"] = words
    has_slashes = ours and place == "path" and path.endswith(f"/{{{name}}}") and name == "path"
    return Input(name=name, place=str(place), needed=needed, schema=schema, has_slashes=has_slashes)


def _bars(said: Mapping[str, Any]) -> bool:
    """Whether nothing can be called without it: what says who calls may come from elsewhere."""
    return said.get("required") is True and said.get("in") not in ("header", "cookie")


def _body(
    document: Mapping[str, Any], resolver: Resolver, said: Mapping[str, Any]
) -> tuple[Input, str] | str | None:
    body = _found(document, said.get("requestBody"))
    if not isinstance(body, Mapping):
        return None
    content, needed = body.get("content"), body.get("required") is True
    if not isinstance(content, Mapping):
        content = {}
    kinds = [str(kind) for kind in content]
    for kind in kinds:
        if _plain(kind) == _JSON or _plain(kind).endswith("+json"):
            schema = content[kind].get("schema") if isinstance(content[kind], Mapping) else None
            read = resolver.schema(schema)
            return Input(name=BODY, place="body", needed=needed, schema=read), _plain(kind)
    for kind in kinds:
        if _plain(kind).startswith("text/") or _plain(kind) == "application/octet-stream":
            schema = {"type": "string", "description": "What is sent, as text in UTF-8."}
            return Input(name=CONTENT, place="body", needed=needed, schema=schema), _plain(kind)
    if not needed:
        return None
    return f"it takes {one_line(', '.join(kinds), 80) or 'nothing that is said'}, and no JSON"


def _by_name(inputs: list[Input]) -> Mapping[str, Input]:
    """Each by its own name, or where two have that by its place, too."""
    names = [each.name for each in inputs]
    return {
        each.name if names.count(each.name) == 1 else f"{each.place}.{each.name}": each
        for each in inputs
    }


def _braces(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]


def _plain(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def _found(document: Mapping[str, Any], given: object) -> object:
    """What is said, or what it refers to: once, since a reference to a reference is no use."""
    if isinstance(given, Mapping) and "$ref" in given:
        return pointed_at(document, given["$ref"])
    return given
