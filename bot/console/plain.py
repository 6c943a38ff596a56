"""Times and values as a terminal shows them."""

from __future__ import annotations

import json
from datetime import datetime

from bot.sealing import unsealed

_LONGEST = 100


def moment(at: datetime | None) -> str:
    """A time in UTC to the second; a hyphen for none."""
    return at.strftime("%Y-%m-%d %H:%M:%S") if at else "-"


def time_of_day(at: datetime | None) -> str:
    """The same without its date, to the millisecond."""
    return at.strftime("%H:%M:%S.%f")[:-3] if at else "-"


def took(begin: datetime | None, end: datetime | None) -> str:
    """How long something took; empty where it has not ended."""
    return f"{(end - begin).total_seconds():.1f} s" if begin and end else ""


def value_line(value: object, *, full: bool = False) -> str:
    """Plain data in one line of JSON, shortened unless the whole of it is wanted."""
    line = json.dumps(unsealed(value), ensure_ascii=False, default=str)
    return line if full or len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def printable(text: str) -> str:
    """A text in one line, without what a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
