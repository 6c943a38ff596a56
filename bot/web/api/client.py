"""The client of the API for pages and others: ``static/api.js``, one function per operation.

``python -m bot.web.api.client`` prints it. What does not follow from the description (how a call
is made, and what watches runs and exports) is written by hand in ``templates/client/api.js``.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Iterator

from bot.resources import templates_dir
from bot.web.api.groups import OPERATIONS
from bot.web.api.reference import JSON, Entry, Parameter, Schema, entries, name_of, schemas

_WIDTH = 100
#: What every function takes anyway.
_USUAL = frozenset({"body", "headers", "signal"})
#: Where a line of a type is not to be broken.
_INSIDE = re.compile(r'(?<![,{])(?<!" \|) (?=[^{]*\})')
_GLUE = "\ufffc"
_CONSTANTS = {JSON: "JSON_TYPE", "application/octet-stream": "BYTES_TYPE"}
_SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}


def client() -> str:
    """The module, whole."""
    text = (templates_dir() / "client" / "api.js").read_text("utf-8")
    found = entries(OPERATIONS)
    names = [camel(each.operation.name) for each in found]
    exported = textwrap.fill(
        ", ".join([*names, "watchRun", "watchExport"]),
        width=_WIDTH,
        initial_indent="  ",
        subsequent_indent="  ",
    )
    parts = {
        "types": "\n".join(_typedef(name, schema) for name, schema in schemas().items()),
        "functions": textwrap.indent("\n\n".join(map(function_of, found)), "    ").lstrip(),
        "exports": f"export const {{\n{exported},\n}} = createClient();",
    }
    return re.sub(r"//: (\w+)", lambda mark: parts[mark[1]], text)


def camel(name: str) -> str:
    """``list_projects`` and ``If-Match`` as JavaScript has names."""
    first, *others = re.split("[_-]", name.lower())
    return first + "".join(other.capitalize() for other in others)


def written(schema: Schema) -> str:
    """A schema as a type of JSDoc."""
    if name := name_of(schema):
        return name
    if "enum" in schema or "const" in schema:
        return " | ".join(json.dumps(each) for each in schema.get("enum", [schema.get("const")]))
    if "anyOf" in schema:
        return " | ".join(written(each) for each in schema["anyOf"])
    kind = schema.get("type", "")
    if kind == "array":
        inner = written(schema.get("items", {}))
        return f"({inner})[]" if "|" in inner else f"{inner}[]"
    if kind == "object":
        return _object(schema) if "properties" in schema else "Record<string, unknown>"
    return _SCALARS.get(kind, kind or "unknown")


def _object(schema: Schema) -> str:
    required = schema.get("required", ())
    fields = (
        f"{name}{'' if name in required else '?'}: {written(each)}"
        for name, each in schema["properties"].items()
    )
    return f"{{{', '.join(fields)}}}"


def _typedef(name: str, schema: Schema) -> str:
    said = " ".join(str(schema.get("description", "")).split("\n\n")[0].split())
    shape = "Record<string, never>" if schema.get("properties") == {} else written(schema)
    comment = _comment([f"@typedef {{{shape}}} {name} {said}".strip()])
    return comment if comment.count("\n") > 2 else f"/** {comment[7:-4]} */"


def function_of(entry: Entry) -> str:
    """The function of one operation, with its words."""
    operation = entry.operation
    _check_names(entry)
    who = f"For {operation.needs.value}. Scope: `{operation.scope}`."
    told = [f"{operation.summary}.", *([operation.description] if operation.description else [])]
    comment = _comment([*told, who, f"@param {_options(entry)}", f"@returns {{{_given(entry)}}}"])
    call = f'call("{operation.method} {entry.path}", {_takes(entry)}, options)'
    line = f"{camel(operation.name)}: (options) => {call},"
    if len(line) + 4 > _WIDTH:
        line = line.replace("=> call", "=>\n  call")
    if max(map(len, line.split("\n"))) + 4 > _WIDTH:
        line = line.replace(", {", ",\n    {").replace("}, options", "},\n    options")
    return f"{comment}\n{line}"


def _check_names(entry: Entry) -> None:
    """Path, query and headers share one object of options: none may hide another.

    Raises:
        ValueError: Where one does.
    """
    names = [camel(each.name) if each.place == "header" else each.name for each in entry.parameters]
    twice = {name for name in names if names.count(name) > 1}
    if twice := twice | (_USUAL & set(names)):
        raise ValueError(f"{entry.operation.name} takes more than one {', '.join(sorted(twice))}")


def _options(entry: Entry) -> str:
    """The one parameter of a function, as JSDoc has it."""
    fields = [_field(each) for each in entry.parameters]
    if entry.body is not None:
        shape = written(entry.body) if entry.sends == JSON else "BodyInit"
        fields.append(f"body{'' if entry.needs_body else '?'}: {shape}")
    usual = "Reading" if entry.operation.method == "GET" else "Options"
    kind = f"{usual} & {{{', '.join(fields)}}}" if fields else usual
    is_needed = entry.needs_body or any(each.is_required for each in entry.parameters)
    return f"{{{kind}}} {'options' if is_needed else '[options]'}"


def _field(parameter: Parameter) -> str:
    name = camel(parameter.name) if parameter.place == "header" else parameter.name
    return f"{name}{'' if parameter.is_required else '?'}: {written(parameter.schema)}"


def _given(entry: Entry) -> str:
    if entry.gives_bytes:
        return "Promise<Response>"
    shapes = dict.fromkeys(
        written(each.schema) if each.schema else "void" for each in entry.answers
    )
    return f"Promise<{' | '.join(shapes)}>"


def _takes(entry: Entry) -> str:
    """What the call has to know of the operation, as a literal."""
    return f"{{ {', '.join(parts)} }}" if (parts := list(_knowledge(entry))) else "{}"


def _knowledge(entry: Entry) -> Iterator[str]:
    if query := [each.name for each in entry.taken("query")]:
        yield f'query: "{" ".join(query)}"'
    if headers := [each.name for each in entry.taken("header")]:
        yield f'headers: "{" ".join(headers)}"'
    if entry.sends:
        yield f"sends: {_CONSTANTS.get(entry.sends) or json.dumps(entry.sends)}"
    if entry.gives_bytes:
        yield 'gives: "bytes"'


def _comment(lines: list[str]) -> str:
    """Lines as a comment of JSDoc, wrapped; types only where one of their parts ends."""
    wrapped = []
    for line in lines:
        is_tag = line.startswith("@")
        text = _INSIDE.sub(_GLUE, line) if is_tag else line
        wrapped += textwrap.wrap(
            text,
            width=_WIDTH - 8,
            subsequent_indent="  " if is_tag else "",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(["/**", *(f" * {line.replace(_GLUE, ' ')}" for line in wrapped), " */"])


if __name__ == "__main__":
    sys.stdout.write(client())
