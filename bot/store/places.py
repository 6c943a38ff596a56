"""Repositories that runs and projects belong to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from bot.core.identity import repository_from_dict
from bot.store.models import PlaceRow
from bot.store.port import Place
from bot.store.session import Sessions


class SqlPlaces:
    """``Places`` over SQLAlchemy. They are noted where runs are made (`run_starts`)."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def on(
        self, forge: str, *, since: datetime | None = None, limit: int = 1000
    ) -> Sequence[Place]:
        """As the port says."""
        with self._sessions.read() as tx:
            used = select(PlaceRow).where(PlaceRow.forge == forge)
            if since is not None:
                used = used.where(PlaceRow.used_at >= since)
            rows = tx.scalars(used.order_by(PlaceRow.used_at.desc()).limit(limit))
            return [_value(row) for row in rows]

    def get(self, home: str) -> Place | None:
        """As the port says."""
        with self._sessions.read() as tx:
            row = tx.get(PlaceRow, home)
            return _value(row) if row is not None else None


def _value(row: PlaceRow) -> Place:
    return Place(
        home=row.home,
        repository=repository_from_dict(row.repository),
        organisation_id=row.organisation_id,
    )
