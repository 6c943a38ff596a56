"""Values of the ports as plain data, and back."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from bot import errors
from bot.core import git_values, identity, reviews
from bot.errors import BotError, Transient
from bot.forges import port
from bot.store.port import KnownFile

_MARK = "$"


def _known() -> Mapping[str, type[Any]]:
    found: dict[str, type[Any]] = {"KnownFile": KnownFile}
    for module in (git_values, identity, reviews, port):
        for name, value in vars(module).items():
            if isinstance(value, type) and (
                dataclasses.is_dataclass(value) or issubclass(value, Enum)
            ):
                found[name] = value
    return found


_KNOWN = _known()


def to_plain(value: object) -> Any:
    """A value as JSON can hold it; what has no such form (a function) becomes None."""
    if isinstance(value, Enum):
        return {_MARK: type(value).__name__, "is": value.value}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(name): to_plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [to_plain(part) for part in value]
    return _marked(value)


def _marked(value: object) -> dict[str, Any] | None:
    if isinstance(value, datetime):
        return {_MARK: "datetime", "is": value.isoformat()}
    if isinstance(value, bytes):
        return _bytes(value)
    if isinstance(value, tuple):
        return {_MARK: "tuple", "is": [to_plain(part) for part in value]}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {one.name: to_plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
        return {_MARK: type(value).__name__, **fields}
    return None


def as_asked(value: object) -> Any:
    """The same of what is asked: of bytes only their hash, since they are never read again."""
    if isinstance(value, bytes):
        return {_MARK: "sha256", "is": hashlib.sha256(value).hexdigest()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: as_asked(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): as_asked(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [as_asked(part) for part in value]
    return to_plain(value)


def from_plain(data: Any) -> Any:
    """The reverse of `to_plain`."""
    if isinstance(data, list):
        return [from_plain(part) for part in data]
    if not isinstance(data, Mapping):
        return data
    kind = data.get(_MARK)
    if kind in _MADE:
        return _MADE[kind](data["is"])
    if isinstance(kind, str) and kind in _KNOWN:
        made = _KNOWN[kind]
        if issubclass(made, Enum):
            return made(data["is"])
        return made(**{name: from_plain(part) for name, part in data.items() if name != _MARK})
    return {name: from_plain(part) for name, part in data.items()}


def error_to_plain(exc: BotError) -> dict[str, object]:
    """An error of ours."""
    told = {"error": type(exc).__name__, "message": exc.message, "reason": exc.reason}
    more = {"retry_after_s": exc.retry_after_s} if isinstance(exc, Transient) else {}
    return {**told, "remedy": exc.remedy, **more}


def error_from_plain(data: Mapping[str, Any]) -> BotError:
    """The reverse of `error_to_plain`; of an unknown kind, a step that failed."""
    kind = getattr(errors, str(data["error"]), errors.StepFailed)
    exc: BotError = errors.StepFailed(str(data["message"]), reason=str(data["reason"]))
    try:
        exc = kind(str(data["message"]), reason=str(data["reason"]))
    except TypeError:
        return exc
    exc.remedy = str(data.get("remedy") or "")
    if isinstance(exc, Transient):
        exc.retry_after_s = data.get("retry_after_s")
    return exc


def _bytes(value: bytes) -> dict[str, str]:
    try:
        # As a text, so that what is secret in it can be masked.
        return {_MARK: "text", "is": value.decode()}
    except UnicodeDecodeError:
        return {_MARK: "bytes", "is": base64.b64encode(value).decode("ascii")}


_MADE: Mapping[object, Callable[[Any], Any]] = {
    "datetime": datetime.fromisoformat,
    "text": str.encode,
    "bytes": base64.b64decode,
    "tuple": lambda parts: tuple(from_plain(part) for part in parts),
}
