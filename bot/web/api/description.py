"""The API described for programs (OpenAPI 3.1) and for people, from the operations there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models import RawModel
from flask_openapi3.models.info import Info
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from pydantic import BaseModel, create_model

from bot import __version__
from bot.web.api.forms import WITHOUT_NUL
from bot.web.api.operation import Operation
from bot.web.api.problem import MEDIA_TYPE, Problem
from bot.web.api.requesting import IDEMPOTENCY_KEY

TITLE = "Firstcommit"
_SAID = """\
Everything that the bot does can be asked for, watched, stopped and
explained here, by those who may.

- Send a token as `Authorization: Bearer …`.
- Errors are problem details (RFC 9457) with a stable `reason`.
- Lists are pages: go on with `after` and what `next` said.
- Answers to GET have an ETag, and say 304 to `If-None-Match`.
- What is created heeds `Idempotency-Key`: asking again with the same key does nothing again.
- `RateLimit-*` headers tell how many calls are left."""
_USUAL = (401, 403, 404, 405, 409, 421, 422, 429, 500, 503)
_WITH_BODY = (400, 408, 413, 415)


def describe(operations: tuple[Operation, ...], prefix: str) -> dict[str, Any]:
    """The description of these operations."""
    app = OpenAPI(
        __name__,
        info=Info(title=TITLE, version=__version__, description=_SAID),
        security_schemes={"token": {"type": "http", "scheme": "bearer"}},
        validation_error_status=422,
        validation_error_model=Problem,
        doc_ui=False,
    )
    api = APIBlueprint(
        "api", __name__, url_prefix=prefix, abp_security=[{"token": []}], doc_ui=True
    )
    for operation in operations:
        _add(api, operation)
    app.register_api(api)
    return _mended(app.api_doc, operations, prefix)


def _add(api: APIBlueprint, operation: Operation) -> None:
    add: Callable[..., Any] = getattr(api, operation.method.lower())
    add(
        operation.address,
        summary=operation.summary,
        description=_described(operation),
        operation_id=operation.name,
        tags=[Tag(name=operation.group)],
        responses=_responses(operation),
        openapi_extensions={"x-needs": operation.needs.name.lower(), "x-scope": operation.scope},
    )(_signature(operation))


def _described(operation: Operation) -> str:
    for_whom = f"For {operation.needs.value}. Scope: `{operation.scope}`."
    return f"{operation.description}\n\n{for_whom}".strip()


def _signature(operation: Operation) -> Callable[..., Response]:
    """A function that takes what the operation takes: the library reads its annotations."""

    def view(**_: Any) -> Response:
        raise AssertionError("descriptions are not called")

    taken: dict[str, Any] = {}
    parameters = _path_parameters(operation.address)
    if parameters:
        taken["path"] = create_model("Path", **parameters)
    if operation.query is not None:
        taken["query"] = operation.query
    if operation.body is not None:
        taken["body"] = operation.body
    if operation.sends:
        taken["raw"] = type("Raw", (RawModel,), {"mimetypes": [operation.sends]})
    view.__annotations__ = taken
    view.__name__ = operation.name
    view.__doc__ = ""
    return view


def _path_parameters(address: str) -> dict[str, Any]:
    from uuid import UUID

    from pydantic import Field

    found: dict[str, Any] = {}
    for part in address.split("<")[1:]:
        kind, _, name = part.split(">")[0].rpartition(":")
        text = (str, Field(..., min_length=1, pattern=WITHOUT_NUL))
        found[name] = (UUID, ...) if kind == "uuid" else text
    return found


def _responses(operation: Operation) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for status, model in operation.gives.items():
        if isinstance(model, str):
            schema = {"type": "string", "format": "binary"}
            said[str(status)] = {"content": {model: {"schema": schema}}}
        else:
            said[str(status)] = model
    if operation.method == "GET":
        said["304"] = None
    refusals = set(_USUAL) | set(operation.refuses)
    if operation.body is not None or operation.sends:
        refusals |= set(_WITH_BODY)
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    for status in sorted(refusals):
        said[str(status)] = {"content": {MEDIA_TYPE: {"schema": schema}}}
    return said


def _mended(said: dict[str, Any], operations: tuple[Operation, ...], prefix: str) -> dict[str, Any]:
    """What the library has no words for: headers, further media types, schemes of one operation."""
    by_name = {operation.name: operation for operation in operations}
    for path in said["paths"].values():
        for described in path.values():
            operation = by_name[described["operationId"]]
            described.setdefault("parameters", []).extend(_headers(operation))
            for media_type in operation.also_gives:
                content = described["responses"]["200"]["content"]
                content[media_type] = {"schema": {"type": "string"}}
            if operation.body_is_optional:
                described["requestBody"]["required"] = False
            if operation.sends:
                # Nothing is the content of an empty file.
                described["requestBody"]["required"] = False
                for content in described["requestBody"]["content"].values():
                    content["schema"] = {"type": "string", "format": "binary"}
            if operation.anonymous:
                described["security"] = [{"token": []}, {}]
    return said


def _headers(operation: Operation) -> list[dict[str, Any]]:
    found = [
        {**_header(name, said), "required": name in operation.needs_headers}
        for name, said in operation.headers.items()
    ]
    if operation.creates:
        said = "A text of your own: the same again does nothing again."
        found.append(_header(IDEMPOTENCY_KEY, said, minLength=1, maxLength=200))
    return found


def _header(name: str, said: str, **schema: object) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": said,
        "schema": {"type": "string", **schema},
    }


def schemas(models: Mapping[str, type[BaseModel]]) -> Mapping[str, Any]:
    """The JSON Schema of some models, by name."""
    return {name: model.model_json_schema() for name, model in models.items()}
