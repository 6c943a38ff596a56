"""What parent and child say to each other: a line of JSON each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

#: Of one line, either way: an answer of a provider, whole, with room to spare.
MOST_BYTES = 32 * 1024 * 1024


class BadLine(Exception):
    """A line that nobody who keeps to the protocol says."""


def packed(message: Mapping[str, object]) -> bytes:
    """A message as a line, without its end."""
    return json.dumps(message, separators=(",", ":")).encode("ascii")


def unpacked(line: bytes) -> dict[str, Any]:
    """The message of a line.

    Raises:
        BadLine: Where it is none.
    """
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise BadLine("The line is no JSON.") from exc
    if not isinstance(message, dict):
        raise BadLine("The line is no object.")
    return message
