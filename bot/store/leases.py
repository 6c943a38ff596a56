"""Until when something is held, by a clock that may have been set back meanwhile.

A database server's clock is kept; SQLite has only this machine's, which may jump by hours. What
was written before such a jump lies in a future that no lease can reach.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import InstrumentedAttribute

from bot.store.port import LONGEST_LEASE_S

#: Clocks that are kept in step differ by less.
_MARGIN_S = 15.0
_REACH = timedelta(seconds=LONGEST_LEASE_S + _MARGIN_S)

_Column = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]


def held_until(now: datetime, lease_s: float) -> datetime:
    """When a lease taken now ends; ValueError for one that would be taken for an old clock's."""
    if lease_s > LONGEST_LEASE_S:
        raise ValueError(f"nothing is held for {lease_s} s at a time")
    return now + timedelta(seconds=lease_s)


def has_lapsed(until: datetime | None, now: datetime) -> bool:
    """Whether nobody holds what was held until then; False where it was not held at all."""
    return until is not None and (until <= now or until > now + _REACH)


def lapsed(until: _Column, now: datetime) -> ColumnElement[bool]:
    """`has_lapsed` of a column."""
    return or_(until <= now, until > now + _REACH)


def happened_by(at: _Column, moment: datetime, now: datetime) -> ColumnElement[bool]:
    """Whether a column's time is no later than ``moment``, or was told by an old clock."""
    return or_(at <= moment, at > now + timedelta(seconds=_MARGIN_S))
