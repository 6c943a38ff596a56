"""What has to hold before anything is changed: ``If-Match`` and ``If-None-Match``.

https://www.rfc-editor.org/rfc/rfc9110#section-13.1
"""

from __future__ import annotations

import re

from flask import request

from bot.store.port import WHATEVER
from bot.web.api.answering import etag_of
from bot.web.api.operation import Operation
from bot.web.api.problem import Refused

_ETAG = re.compile(r'(W/)?"([^"]*)"')
_READING = ("GET", "HEAD")
_NAMES = ("If-Match", "If-None-Match", "If-Unmodified-Since")


def refuse_unheeded(operation: Operation) -> None:
    """Nothing is changed under a condition that nobody looks at.

    Raises:
        Refused: 422 naming the header.
    """
    if operation.method in _READING:
        return
    for name in _NAMES:
        if name in request.headers and name not in operation.headers:
            raise _unfit(name, "is not heeded here; leave it out")


def wanted() -> frozenset[str] | None:
    """The ETags that `If-Match` names, as `FileEdit` has them: empty where there must be nothing
    yet, None where nothing is said."""
    named = request.headers.get("If-Match")
    if not _must_be_new():
        return None if named is None else _strong(named)
    if named is not None:
        raise _unfit("If-Match", "excludes `If-None-Match: *`; send one of them")
    return frozenset()


def is_wanted(data: object) -> bool:
    """Whether what is there, as a GET answers it, is what `If-Match` names; where it names none
    it is."""
    named = request.headers.get("If-Match")
    if named is None:
        return True
    return bool(_strong(named) & {etag_of(data).strip('"'), WHATEVER})


def _must_be_new() -> bool:
    given = request.headers.get("If-None-Match")
    if given is None:
        return False
    if given.strip() != "*":
        raise _unfit("If-None-Match", "can only be `*` where something is written")
    return True


def _strong(header: str) -> frozenset[str]:
    """The ETags of a list. A weak one says that something like it was seen, which is not enough;
    and what is no ETag fits nothing."""
    if header.strip() == "*":
        return frozenset({WHATEVER})
    found = {etag for weak, etag in _ETAG.findall(header) if not weak}
    # An empty list is one that nothing fits, and not one that says that there is nothing.
    return frozenset(found - {WHATEVER}) or frozenset({"none"})


def _unfit(name: str, message: str) -> Refused:
    return Refused(
        422,
        "does_not_fit",
        f"header.{name}: {message}",
        errors=[{"at": f"header.{name}", "message": message}],
    )
