"""The API told to language models: ``/api/v1/agents.md``, from what the description is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from flask import Response, request

from bot.core.access_scopes import Scope
from bot.core.data_words import one_line
from bot.resources import templates_dir
from bot.web.api.answering import etag_of, holds
from bot.web.api.operation import Call, Caller, Needs, Operation
from bot.web.api.problem import known_reasons
from bot.web.api.reference import JSON, Entry, Schema, entries, name_of, schemas
from bot.web.api.remedies import known_remedies

MEDIA_TYPE = "text/markdown"
_LONGEST = 160


def as_markdown(caller: Caller | None = None) -> str:
    """The text, whole.

    Args:
        caller: Who asks: what they may not ask for at all is left out. None: all of it.
    """
    from bot.web.api.groups import OPERATIONS as ALL

    found = [each for each in entries(ALL) if caller is None or each.operation.is_for(caller)]
    groups = groupby(found, key=lambda entry: entry.operation.group)
    parts = {
        "operations": "\n\n".join(_group(name, list(of_group)) for name, of_group in groups),
        "shapes": "\n".join(_shapes(found)),
        "errors": "\n".join(_errors()),
    }
    text = (templates_dir() / "client" / "agents.md").read_text("utf-8")
    return re.sub(r"<!-- (\w+) -->", lambda mark: parts[mark[1]], text)


def _group(name: str, found: list[Entry]) -> str:
    return f"### {name}\n\n" + "\n".join(map(_line, found))


def _line(entry: Entry) -> str:
    operation = entry.operation
    takes = ", ".join(_inputs(entry)) or "nothing"
    key = " Heeds `Idempotency-Key`." if operation.creates else ""
    return (
        f"- `{operation.name}`: `{operation.method} {entry.path}`. {operation.summary}. "
        f"Takes {takes}. For {operation.needs.value}; scope `{operation.scope}`.{key}"
    )


def _inputs(entry: Entry) -> Iterator[str]:
    for each in entry.parameters:
        if each.place != "header" or each.is_required:
            mark = "" if each.is_required else "?"
            yield f"{each.place} `{each.name}`{mark}"
    if entry.sends == JSON and entry.body:
        yield f"body `{name_of(entry.body)}`{'' if entry.needs_body else '?'}"
    elif entry.sends:
        yield f"the bytes, as `{entry.sends}`"


def _shapes(found: list[Entry]) -> Iterator[str]:
    """The fields of every body, and of what stands in one."""
    named: list[str] = []
    for entry in found:
        if entry.sends == JSON and entry.body:
            _gather(entry.body, named)
    for name in named:
        schema = schemas()[name]
        required = schema.get("required", ())
        fields = [
            f"`{field}`{'' if field in required else '?'} ({_kind(each)})"
            for field, each in schema.get("properties", {}).items()
        ]
        said = one_line(schema.get("description"), _LONGEST)
        yield f"- `{name}`: {', '.join(fields) or 'no fields'}. {said}".rstrip()


def _gather(schema: Schema, named: list[str]) -> None:
    name = name_of(schema)
    if name:
        if name not in named:
            named.append(name)
            for each in schemas()[name].get("properties", {}).values():
                _gather(each, named)
        return
    for each in (*schema.get("anyOf", ()), schema.get("items", {})):
        if each:
            _gather(each, named)


def _kind(schema: Schema) -> str:
    if name := name_of(schema):
        return name
    if "anyOf" in schema:
        kinds = (_kind(each) for each in schema["anyOf"] if each.get("type") != "null")
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("type", "anything"))


def _errors() -> Iterator[str]:
    for reason, statuses in known_reasons().items():
        remedy = known_remedies().get(reason, "")
        told = ", ".join(map(str, statuses))
        yield f"- `{reason}` ({told}){f': {remedy}' if remedy else ''}"


def _text(call: Call) -> Response:
    text = as_markdown(call.caller)
    etag = etag_of(text)
    if holds(request.headers.get("If-None-Match"), etag):
        return Response(status=304, headers={"ETag": etag})
    return Response(text, content_type=f"{MEDIA_TYPE}; charset=utf-8", headers={"ETag": etag})


OPERATIONS = (
    Operation(
        method="GET",
        address="/agents.md",
        name="get_agents_text",
        group="Description",
        summary="The same for language models to read, as Markdown",
        description="Only what whoever asks may ask for is in it.",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        gives={200: MEDIA_TYPE},
        view=_text,
    ),
)
