"""Reads settings from environment variables. Set but empty means not set."""

import os

from django.core.exceptions import ImproperlyConfigured

_FLAGS = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}


def text(key: str, default: str | None = None) -> str:
    """Return a text.

    Raises:
        ImproperlyConfigured: It is not set, and there is no default.
    """
    value = os.environ.get(key, "").strip() or default
    if value is None:
        raise ImproperlyConfigured(f"{key} has to be set")
    return value


def flag(key: str, *, default: bool) -> bool:
    """Return whether something is on.

    Raises:
        ImproperlyConfigured: It says neither on nor off.
    """
    value = _FLAGS.get(text(key, str(default)).lower())
    if value is None:
        raise ImproperlyConfigured(f"{key} has to be on or off")
    return value


def number(key: str, *, default: int) -> int:
    """Return a whole number of at least zero.

    Raises:
        ImproperlyConfigured: It is something else.
    """
    value = text(key, str(default))
    if not (value.isascii() and value.isdecimal()):
        raise ImproperlyConfigured(f"{key} has to be a whole number")
    return int(value)


def items(key: str) -> list[str]:
    """Return what stands between commas."""
    return [item for part in text(key, "").split(",") if (item := part.strip())]
