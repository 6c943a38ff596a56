"""Reading what came from outside: a child's request, a provider's answer."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class BadRequest(Exception):
    """A request that no child of ours makes: it is not sent."""


class Ended(StrEnum):
    """How a model's answer ended."""

    WHOLE = "whole"
    REFUSED = "refused"
    TOO_LONG = "too_long"
    #: It is no answer at all.
    BROKEN = "broken"


def mapping(value: object) -> Mapping[str, Any]:
    """An object of JSON. Raises ``BadRequest``."""
    if not isinstance(value, Mapping):
        raise BadRequest("Something is missing, or of another kind.")
    return value


def items(given: Mapping[str, Any], name: str) -> list[Any]:
    """The list of that name, empty where there is none. Raises ``BadRequest``."""
    value = given.get(name)
    if value is not None and not isinstance(value, list):
        raise BadRequest(f"{name} is no list.")
    return value or []


def text(given: Mapping[str, Any], name: str) -> str:
    """The text of that name, empty where there is none. Raises ``BadRequest``."""
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRequest(f"{name} is no text.")
    return value or ""


def count(value: object) -> int:
    """A number of tokens; what is none counts as 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
