"""An ``api_call`` step that names an operation: what it takes is checked before it is sent."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.openapi import OURS, ApiOperation
from bot.core.operation_calls import OperationCall, call_of
from bot.errors import ApiFailed, StepFailed, UserError
from bot.steps.api_asker import agent_api, operation_of
from bot.steps.spec import StepContext
from bot.steps.values import optional_mapping, text

#: What an operation says itself.
_SAID_BY_IT = ("method", "url", "query", "json", "body")
#: What else our own API has no use for: it is called in the requester's name.
_NOT_OURS = ("headers", "expect", "timeout", "repeat")


def named_operation(
    context: StepContext, given: Mapping[str, object]
) -> tuple[ApiOperation, OperationCall]:
    """The operation that a step names, and the call of it that its arguments make.

    Raises:
        StepFailed: ``bad_input``; ``ApiFailed`` as `operation_of`, and ``bad_arguments``.
    """
    _refuse_both(given, _SAID_BY_IT)
    document = text(given, "document") if given.get("document") is not None else OURS
    if document == OURS:
        _refuse_both(given, _NOT_OURS)
    operation = operation_of(agent_api(context), document, text(given, "operation"))
    try:
        return operation, call_of(operation, optional_mapping(given, "arguments"))
    except UserError as exc:
        raise ApiFailed(exc.message, reason=exc.reason, remedy=exc.remedy) from exc


def as_plain_call(given: Mapping[str, object], made: OperationCall) -> Mapping[str, object]:
    """The same step as if it had named method and address itself."""
    query: dict[str, list[str]] = {}
    for name, value in made.query:
        query.setdefault(name, []).append(value)
    headers = optional_mapping(given, "headers")
    named = {name.lower() for name in headers}
    more = {name: value for name, value in made.headers.items() if name.lower() not in named}
    kept = {name: given[name] for name in ("expect", "timeout", "repeat") if name in given}
    body: dict[str, object] = {}
    if isinstance(made.data, bytes):
        body = {"body": made.data.decode()}
        more |= {} if "content-type" in named else {"Content-Type": made.sends}
    elif made.data is not None:
        body = {"json": made.data}
    return {
        **kept,
        **body,
        "method": made.method,
        "url": made.endpoint,
        "query": query,
        "headers": {**more, **headers},
    }


def _refuse_both(given: Mapping[str, object], names: tuple[str, ...]) -> None:
    both = [name for name in names if given.get(name) is not None]
    # Some have a value where nothing is said.
    both = [name for name in both if given[name] != _DEFAULTS.get(name)]
    if both:
        raise StepFailed(
            f"The step names an operation, and {both[0]} beside it.",
            reason="bad_input",
            remedy="Give what the operation takes as `arguments`.",
        )


_DEFAULTS: Mapping[str, object] = {"method": "GET", "timeout": 10, "repeat": False}
