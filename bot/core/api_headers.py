"""Which headers a workflow may send."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.errors import UserError

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?|")
#: They say how the call itself is carried, which is not the workflow's to say.
_OURS = frozenset(
    {
        *("accept-encoding", "connection", "content-length", "expect", "host", "http2-settings"),
        *("keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "via"),
    }
)
_MOST = 64
_MOST_CHARACTERS = 16_384


def check_headers(headers: Mapping[str, str]) -> None:
    """Nothing where all of them may be sent.

    Raises:
        UserError: ``bad_header``, naming the header and never its value.
    """
    if len(headers) > _MOST or sum(map(len, [*headers, *headers.values()])) > _MOST_CHARACTERS:
        raise _bad(f"There are more than {_MOST} headers, or they are too long.")
    seen: set[str] = set()
    for name, value in headers.items():
        lowered = name.lower()
        if not _NAME.fullmatch(name):
            raise _bad(f"{name[:40]!r} is no name of a header.")
        if lowered in _OURS or lowered.startswith("proxy-"):
            raise _bad(f"The header {name} is not for a workflow to set.")
        if lowered in seen:
            raise _bad(f"The header {name} is given twice.")
        if not _VALUE.fullmatch(value):
            raise _bad(f"The header {name} holds a line end, or something that is not ASCII.")
        seen.add(lowered)


def _bad(message: str) -> UserError:
    return UserError(message, reason="bad_header")
