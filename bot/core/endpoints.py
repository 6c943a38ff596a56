"""Paths of our own API as a step may name them: one reading, and never another path than it looks.

What a path is once it was decoded is what decides: ``..`` however it is spelled, an empty part,
a backslash or a control character would have it mean something else than was checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from bot.errors import UserError

_OWN = re.compile(r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)+")
_REFUSED = re.compile(r"[\x00-\x1f\x7f\\]")
_LONGEST = 4096


def check_path(path: str) -> None:
    """Nothing where a path says what it means.

    Raises:
        UserError: ``bad_endpoint``.
    """
    parts = unquote(path).split("/")[1:]
    if (
        len(path) > _LONGEST
        or not _OWN.fullmatch(path)
        or {"", ".", ".."} & set(parts)
        or _REFUSED.search(unquote(path))
    ):
        raise UserError(
            "The endpoint is no path of this API.",
            reason="bad_endpoint",
            remedy="Write it as /projects or /projects/ID/files, without query, `.` and `..`.",
        )


def check_target(target: str) -> None:
    """The same of the path and query of an address.

    Raises:
        UserError: ``bad_endpoint``.
    """
    path = unquote(target.partition("?")[0])
    if {".", ".."} & set(path.split("/")) or _REFUSED.search(path):
        raise UserError(
            "The path of the address holds `.` or `..`, a backslash or a control character.",
            reason="bad_endpoint",
        )


def query_pairs(params: Mapping[str, object] | None) -> tuple[tuple[str, str], ...]:
    """A query as it is sent: a list is written once for each entry, None is left out.

    Raises:
        UserError: ``bad_query``.
    """
    return tuple(
        (name, _text(name, part))
        for name, value in (params or {}).items()
        for part in _parts(value)
    )


def _parts(value: object) -> Iterator[object]:
    for part in value if isinstance(value, list | tuple) else [value]:
        if part is not None:
            yield part


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise UserError(f"{name[:40]!r} is no text, number, true or false.", reason="bad_query")
