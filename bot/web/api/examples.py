"""How an operation is called by curl, with values that look like true ones."""

from __future__ import annotations

import json
import shlex
from typing import Any

from bot.web.api.reference import JSON, Entry, Schema

#: What stands for a parameter of an address.
_PLACES = {"id": "$ID", "path": "src/orders/__init__.py", "delivery": "$DELIVERY"}


def curl(entry: Entry) -> str:
    """One command for a shell that knows ``$URL`` and ``$TOKEN``."""
    method = entry.operation.method
    path = entry.path
    for parameter in entry.taken("path"):
        value = _PLACES.get(parameter.name, f"${parameter.name.upper()}")
        path = path.replace(f"{{{parameter.name}}}", value)
    lines = [f'curl "$URL/api/v1{path}"', '-H "Authorization: Bearer $TOKEN"']
    if method != "GET" and not (method == "POST" and entry.needs_body):
        lines.append(f"-X {method}")
    if "If-Match" in entry.operation.headers:
        lines.append('-H "If-Match: $ETAG"')
    if entry.sends == JSON and entry.needs_body:
        lines.append(f"-H 'Content-Type: {JSON}'")
        lines.append(f"-d {shlex.quote(json.dumps(_body(entry)))}")
    elif entry.sends and entry.sends != JSON:
        lines += [f"-H 'Content-Type: {entry.sends}'", "--data-binary @file"]
    elif entry.gives_bytes and entry.operation.name != "get_docs":
        lines.append("-o file")
    return " \\\n  ".join(lines)


def _body(entry: Entry) -> Any:
    # The library that describes the operations leaves examples out.
    model = entry.operation.body
    return example(model.model_json_schema()) if model else {}


def example(schema: Schema) -> Any:
    """A value that fits: what has to be said, and what fields have examples of."""
    if examples := schema.get("examples"):
        return examples[0]
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        required = schema.get("required", ())
        return {
            name: example(each)
            for name, each in schema["properties"].items()
            if name in required or "examples" in each
        }
    return _PLAIN.get(schema.get("type", ""), "…")


_PLAIN = {"integer": 1, "number": 1.0, "boolean": True, "array": [], "object": {}}
