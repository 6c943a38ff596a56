"""What came with a call, checked against what its operation takes."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence

from flask import request
from pydantic import ValidationError

from bot.web.api.misfits import misfits
from bot.web.api.operation import Operation, Strict
from bot.web.api.problem import Refused

_MOST_TOLD = 20
#: Beyond it not every integer is a float of its own.
_EXACT = 2**53


def query_of(operation: Operation) -> Strict | None:
    """The query, typed.

    Raises:
        Refused: 422 with everything that is wrong with it.
    """
    given: dict[str, object] = {}
    for key, values in request.args.lists():
        if len(values) > 1:
            raise _unfit([{"at": f"query.{key}", "message": "is given more than once"}])
        given[key] = values[0]
        if "\0" in key + values[0]:
            raise _unfit([{"at": f"query.{key}", "message": "holds U+0000"}])
    if operation.query is None:
        if given:
            told = [{"at": f"query.{key[:80]}", "message": "is not known here"} for key in given]
            raise _unfit(told[:_MOST_TOLD])
        return None
    return _checked_query(operation.query, given)


def body_of(operation: Operation) -> Strict | None:
    """The JSON body, typed.

    Raises:
        Refused: 415 for another type, 400 for what is no JSON, 422 for what does not fit.
    """
    if operation.body is None:
        return None
    if operation.body_is_optional and not request.get_data():
        return operation.body()
    if request.mimetype != "application/json":
        raise Refused(
            415,
            "not_json",
            "The body has to be JSON.",
            remedy="Send it as Content-Type: application/json.",
        )
    try:
        data = json.loads(
            request.get_data().decode("utf-8"),
            parse_constant=_no_constant,
            parse_float=_number,
            object_pairs_hook=_once_each,
        )
        sent = json.dumps(data)
        holds_nul = "\\u0000" in sent and _holds_nul(data)
    except (ValueError, RecursionError) as exc:
        raise _unreadable(exc) from exc
    if holds_nul:
        raise _unfit([{"at": "body", "message": "holds U+0000"}])
    try:
        # Read as JSON a second time, by what knows that a text there may stand for a choice.
        return operation.body.model_validate_json(sent, strict=True)
    except ValidationError as exc:
        if any(error["type"] == "json_invalid" for error in exc.errors()):
            raise _unreadable(exc) from exc
        raise _unfit(misfits(exc, "body", operation.body, data)) from exc


def _checked_query(model: type[Strict], given: Mapping[str, object]) -> Strict:
    try:
        return model.model_validate(given)
    except ValidationError as exc:
        raise _unfit(misfits(exc, "query", model, given)) from exc


def _unfit(errors: Sequence[Mapping[str, str]]) -> Refused:
    first = errors[0]
    return Refused(
        422,
        "does_not_fit",
        f"{first['at']}: {first['message']}",
        remedy="The description at /api/v1/openapi.json says what fits.",
        errors=errors,
    )


def _unreadable(exc: Exception) -> Refused:
    said = "The body cannot be read as JSON"
    match exc:
        case json.JSONDecodeError():
            said += f": line {exc.lineno}, column {exc.colno}: {exc.msg}"
        case UnicodeDecodeError():
            said += f": it is no UTF-8 at byte {exc.start}"
        case RecursionError():
            said += ": it is nested too deeply"
        case _Unfit():
            said += f": {exc}"
    return Refused(400, "bad_json", f"{said}.", remedy="Send one JSON object, in UTF-8.")


class _Unfit(ValueError):
    """What is wrong with JSON that could be read; nothing that was sent but a name."""


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object, in which no name stands twice: two readers would take two values for it."""
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name in found if counts[name] > 1)
        raise _Unfit(f"the name {twice[:80]!r} stands twice in one object")
    return found


def _number(text: str) -> int | float:
    """A number as JSON has it, where 1.0 is the same as 1."""
    number = float(text)
    if not math.isfinite(number):
        raise _Unfit("it has a number that is too large")
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


def _holds_nul(data: object) -> bool:
    """Whether a text of it holds U+0000, which no database of ours keeps."""
    if isinstance(data, dict):
        return any(_holds_nul(each) for pair in data.items() for each in pair)
    if isinstance(data, list):
        return any(map(_holds_nul, data))
    return isinstance(data, str) and "\0" in data


def _no_constant(name: str) -> object:
    raise _Unfit(f"{name} is no JSON")
