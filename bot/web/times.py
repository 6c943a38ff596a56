"""Times for people: how long ago, and how long it took."""

from __future__ import annotations

from datetime import datetime, timedelta

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def ago(at: datetime, now: datetime) -> str:
    """``just now``, ``12 s ago``, ``3 min ago``, ``5 h ago``, ``2 days ago``, else the date."""
    seconds = (now - at).total_seconds()
    if seconds < 5:
        return "just now"
    if seconds < _MINUTE:
        return f"{seconds:.0f} s ago"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min ago"
    if seconds < _DAY:
        return f"{seconds // _HOUR:.0f} h ago"
    if seconds < 14 * _DAY:
        days = int(seconds // _DAY)
        return "1 day ago" if days == 1 else f"{days} days ago"
    return f"{at:%Y-%m-%d}"


def exact(at: datetime) -> str:
    """The whole time, to hover over."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def took(started: datetime | None, finished: datetime | None, now: datetime) -> str:
    """``0.4 s``, ``12 s``, ``3 min 5 s``, ``2 h 1 min``; empty for what has not begun."""
    if started is None:
        return ""
    return duration((finished or now) - started)


def duration(length: timedelta) -> str:
    """A length of time with its two largest units."""
    seconds = max(0.0, length.total_seconds())
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
