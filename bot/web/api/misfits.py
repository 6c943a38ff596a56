"""What does not fit about what was sent, told so that whoever sent it can mend it."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.core.verbs import nearest
from bot.web.api.forms import IN_WORDS

_MOST_TOLD = 20
_OBJECTS = frozenset({"model_type", "dict_type", "model_attributes_type"})


def misfits(
    exc: ValidationError, part: str, model: type[BaseModel], sent: object
) -> Sequence[Mapping[str, str]]:
    """Each place that does not fit, with what should be there.

    Args:
        part: ``body`` or ``query``.
        sent: What was checked. Nothing of it is repeated but names: it may hold secrets.
    """
    found = [(_path(error, sent), error) for error in exc.errors()]
    told = [
        {"at": _at(part, path), "message": _message(error, path, model)}
        for path, error in found
        if not _is_of_another_kind(error, path)
    ]
    return _joined(told)[:_MOST_TOLD]


def _path(error: Mapping[str, Any], sent: object) -> tuple[str | int, ...]:
    """Where it is in what was sent: without the names of kinds that a place could be of."""
    path: list[str | int] = []
    at, steps = sent, error["loc"]
    for number, step in enumerate(steps):
        is_last = number == len(steps) - 1
        if (isinstance(at, Mapping) and step in at) or (
            isinstance(at, list) and isinstance(step, int) and step < len(at)
        ):
            at = at[step]
        elif not (is_last and error["type"] == "missing"):
            continue
        path.append(step)
    return tuple(path)


def _is_of_another_kind(error: Mapping[str, Any], path: tuple[str | int, ...]) -> bool:
    """Whether it is only said of an object that it is no text: where both may stand, what is wrong
    inside of it is told besides."""
    return (
        error["type"] == "string_type"
        and (not path or error["loc"][-1] != path[-1])
        and isinstance(error["input"], Mapping)
    )


def _at(part: str, path: Iterable[str | int]) -> str:
    return ".".join([part, *(str(step)[:80] for step in path)])


def _message(error: Mapping[str, Any], path: tuple[str | int, ...], model: type[BaseModel]) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown(str(path[-1]) if path else "", _known(model, path[:-1]))
    if kind == "string_pattern_mismatch":
        words = IN_WORDS.get(error["ctx"]["pattern"])
        return f"has to be {words}" if words else str(error["msg"])
    if kind == "missing":
        return "is needed"
    if kind in _OBJECTS:
        return "has to be an object"
    message = str(error["msg"]).removeprefix("Value error, ")
    return message.replace("Input should be", "has to be", 1)


def _unknown(name: str, known: Sequence[str]) -> str:
    near = nearest(name, known)
    guess = f"; did you mean `{near}`?" if near else ""
    return f"is not known here{guess or '; known are ' + ', '.join(f'`{one}`' for one in known)}"


def _known(model: type[BaseModel], path: Iterable[str | int]) -> Sequence[str]:
    """The names that an object at a place may have."""
    at: type[BaseModel] | None = model
    for step in path:
        field = at.model_fields.get(str(step)) if at is not None else None
        at = _model_in(field.annotation) if field is not None else None
    return tuple(at.model_fields) if at is not None else ()


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The shape that a field may be of, whatever else it may be."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) in (types.UnionType, typing.Union, list):
        return next(filter(None, map(_model_in, typing.get_args(annotation))), None)
    return None


def _joined(told: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """One for each place: where several kinds could stand, it is none of them."""
    messages: dict[str, list[str]] = {}
    for each in told:
        messages.setdefault(each["at"], []).append(each["message"])
    return [
        {"at": at, "message": ", or ".join(dict.fromkeys(said))} for at, said in messages.items()
    ]
