"""Every operation in tables of Markdown: ``docs/api-reference.md``.

``python -m bot.web.api.tables`` prints it. Bodies and answers stand in the page ``/api/v1/docs``.
"""

from __future__ import annotations

import sys
from itertools import groupby

from bot.web.api.groups import OPERATIONS
from bot.web.api.operation import Needs
from bot.web.api.problem import known_reasons
from bot.web.api.reference import Entry, Parameter, entries

_BEGIN = """\
# What the API can be asked for

Made from the operations by `make client`; a test says so where it is stale. Addresses are below
`/api/v1`. [`docs/api.md`](api.md) tells how to call them. A running server has all of this with
bodies, answers and examples at `/api/v1/docs`, and for programs at `/api/v1/openapi.json`.

A function of [`static/api.js`](../bot/web/static/api.js) is called as its operation, in camel case.
`?` marks what may be left out, `*` what heeds `Idempotency-Key`.
"""


def as_markdown() -> str:
    """The page, whole."""
    found = entries(OPERATIONS)
    groups = groupby(found, key=lambda entry: entry.operation.group)
    tables = [_table(group, list(of_group)) for group, of_group in groups]
    return "\n".join([_BEGIN, *tables, _rights(), _reasons()])


def _table(group: str, found: list[Entry]) -> str:
    rows = "\n".join(map(_row, found))
    return f"""\
## {group}

| operation | address | takes | gives | for | scope |
|---|---|---|---|---|---|
{rows}
"""


def _row(entry: Entry) -> str:
    operation = entry.operation
    mark = " *" if operation.creates else ""
    cells = (
        f"`{operation.name}`{mark}: {operation.summary[0].lower()}{operation.summary[1:]}",
        f"`{operation.method} {entry.path}`",
        _taken(entry),
        _given(entry),
        operation.needs.name.lower(),
        f"`{operation.scope}`",
    )
    return f"| {' | '.join(cells)} |"


def _taken(entry: Entry) -> str:
    parts = [_named(each) for each in entry.parameters if each.place == "query"]
    parts += [_named(each) for each in entry.parameters if each.name in entry.operation.headers]
    if entry.sends:
        body = entry.operation.body
        parts.append(f"{body.__name__ if body else 'bytes'}{'' if entry.needs_body else '?'}")
    return ", ".join(parts)


def _named(parameter: Parameter) -> str:
    return f"`{parameter.name}`{'' if parameter.is_required else '?'}"


def _given(entry: Entry) -> str:
    said = []
    for status, model in entry.operation.gives.items():
        what = "" if model is None else "bytes" if entry.gives_bytes else _model(model)
        said.append(f"{status} {what}".strip())
    return ", ".join(said)


def _model(model: object) -> str:
    return model.__name__ if isinstance(model, type) else "JSON"


def _rights() -> str:
    used = {operation.needs for operation in OPERATIONS}
    rows = "\n".join(f"| {each.name.lower()} | {each.value} |" for each in Needs if each in used)
    return f"""\
## Who may

| for | means |
|---|---|
{rows}

What somebody may not see is not there for them: it is answered as what does not exist.
"""


def _reasons() -> str:
    rows = "\n".join(
        f"| `{reason}` | {', '.join(map(str, statuses))} |"
        for reason, statuses in known_reasons().items()
    )
    return f"""\
## Why not

These reasons for a refusal have a status of their own. One that begins with `unknown_` is 404, but
`unknown_key` and `unknown_answer` are 422, as is whatever else is wrong with a request. What passes
by itself is 503, with `Retry-After`.

| reason | status |
|---|---|
{rows}
"""


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
