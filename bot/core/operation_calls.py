"""From an operation and checked arguments to one call: where to, and with what."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from bot.core.openapi import ApiOperation
from bot.core.openapi_inputs import CONTENT, Input
from bot.core.schema_checking import problems
from bot.errors import UserError

_CONTROLS = re.compile(r"[\x00-\x1f\x7f\\]")


@dataclass(frozen=True, kw_only=True)
class OperationCall:
    """A call of an operation. ``endpoint`` is a path of our API, or an address; no query."""

    method: str
    endpoint: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    #: None, bytes of a text, or plain data to be sent as JSON.
    data: object = None
    sends: str = ""


def call_of(operation: ApiOperation, arguments: Mapping[str, object]) -> OperationCall:
    """The call that some arguments make.

    Raises:
        UserError: ``bad_arguments``, saying of each that is wrong what is wrong with it.
    """
    wrong = problems(arguments, operation.inputs.schema)
    if wrong:
        raise _bad(operation, wrong)
    given = {
        name: arguments[name]
        for name, each in operation.inputs.fields.items()
        if name in arguments and (arguments[name] is not None or each.place == "body")
    }
    path, query, headers, data = operation.path, [], {}, None
    for name, value in given.items():
        each = operation.inputs.fields[name]
        match each.place:
            case "path":
                path = path.replace(f"{{{each.name}}}", _part(operation, name, each, value))
            case "query":
                query += [(each.name, text) for text in _texts(operation, name, value)]
            case "header":
                headers[each.name] = _text(operation, name, value)
            case _:
                data = str(value).encode() if each.name == CONTENT else value
    return OperationCall(
        method=operation.method,
        endpoint=f"{operation.base}{path}",
        query=tuple(query),
        headers=headers,
        data=data,
        sends=operation.inputs.sends if data is not None else "",
    )


def _part(operation: ApiOperation, name: str, given: Input, value: object) -> str:
    """A value as a part of a path: it stays within its part, however the other side reads it."""
    text = _text(operation, name, value)
    parts = text.split("/") if given.has_slashes else [text]
    if any(part in ("", ".", "..") or "/" in part for part in parts):
        said = "cannot be a part of an address: it is empty, `.` or `..`, or holds a slash"
        raise _bad(operation, [(name, said)])
    if _CONTROLS.search(text) or "%" in text:
        raise _bad(operation, [(name, "holds %, a backslash or a control character")])
    return "/".join(quote(part, safe="") for part in parts)


def _texts(operation: ApiOperation, name: str, value: object) -> Iterator[str]:
    for part in value if isinstance(value, list | tuple) else [value]:
        if part is not None:
            yield _text(operation, name, part)


def _text(operation: ApiOperation, name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, Mapping):
        return json.dumps(value, sort_keys=True)
    raise _bad(operation, [(name, "is no text, number, true or false")])


def _bad(operation: ApiOperation, wrong: Sequence[tuple[str, str]]) -> UserError:
    told = "; ".join(f"{place or 'the whole'} {what}" for place, what in wrong)
    needed = [name for name, each in operation.inputs.fields.items() if each.needed]
    takes = ", ".join(operation.inputs.fields) or "nothing"
    return UserError(
        f"The arguments of {operation.name} do not fit: {told}.",
        reason="bad_arguments",
        remedy=f"It takes {takes}; needed: {', '.join(needed) or 'none'}.",
        wrong=tuple(wrong),
    )
