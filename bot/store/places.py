"""Repositories that runs and projects belong to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, bindparam, select

from bot.core.identity import repository_from_dict
from bot.store.models import PlaceRow
from bot.store.port import Place
from bot.store.session import Sessions

_PLACES: Table = PlaceRow.metadata.tables[PlaceRow.__tablename__]
_ALL = select(_PLACES.c.home, _PLACES.c.repository, _PLACES.c.organisation_id)
_OF_HOME = _ALL.where(_PLACES.c.home == bindparam("home"))
_ON = (
    _ALL.where(_PLACES.c.forge == bindparam("forge"))
    .order_by(_PLACES.c.used_at.desc())
    .limit(bindparam("most"))
)
_ON_SINCE = _ON.where(_PLACES.c.used_at >= bindparam("since"))


class SqlPlaces:
    """``Places`` over SQLAlchemy. They are noted where runs are made (`run_starts`)."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def on(
        self, forge: str, *, since: datetime | None = None, limit: int = 1000
    ) -> Sequence[Place]:
        """As the port says."""
        if since is None:
            rows = self._sessions.look(_ON, forge=forge, most=limit)
        else:
            rows = self._sessions.look(_ON_SINCE, forge=forge, most=limit, since=since)
        return [_value(row) for row in rows]

    def get(self, home: str) -> Place | None:
        """As the port says."""
        rows = self._sessions.look(_OF_HOME, home=home)
        return _value(rows[0]) if rows else None


def _value(row: Row[Any]) -> Place:
    return Place(
        home=row.home,
        repository=repository_from_dict(row.repository),
        organisation_id=row.organisation_id,
    )
