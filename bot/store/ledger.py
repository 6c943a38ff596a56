"""Outside effects, written down before and after they are done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, delete, select, update

from bot.store.models import EffectRow
from bot.store.port import Effect, EffectStatus
from bot.store.run_rows import held
from bot.store.session import Sessions, Transaction


class SqlLedger:
    """``Ledger`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def intend(self, owner: str, key: str, *, kind: str, number: int | None = None) -> Effect:
        """As the port says."""
        with self._sessions.write() as tx:
            if number is not None:
                # A run that has ended does nothing more, whoever ended it.
                held(tx, _run_id(owner), number)
            new = tx.scalar(
                tx.insert(EffectRow)
                .values(
                    id=str(uuid4()),
                    owner=owner,
                    key=key,
                    kind=kind,
                    number=number,
                    status=EffectStatus.INTENDED,
                    result={},
                    intended_at=tx.moment,
                )
                .on_conflict_do_nothing(index_elements=[EffectRow.owner, EffectRow.key])
                .returning(EffectRow.id)
            )
            rows = _rows(tx, EffectRow.owner == owner, EffectRow.key == key)
            return replace(rows[0], fresh=new is not None)

    def confirm(
        self, id: str, *, external_id: str, result: Mapping[str, object] | None = None
    ) -> Effect | None:
        """As the port says."""
        with self._sessions.write() as tx:
            tx.execute(
                update(EffectRow)
                .where(EffectRow.id == id, EffectRow.status == EffectStatus.INTENDED)
                .values(
                    status=EffectStatus.CONFIRMED,
                    external_id=external_id,
                    result=dict(result or {}),
                    confirmed_at=tx.moment,
                )
                .execution_options(synchronize_session=False)
            )
            rows = _rows(tx, EffectRow.id == id)
            return rows[0] if rows else None

    def note(self, id: str, result: Mapping[str, object]) -> None:
        """As the port says; a confirmed row stays as it is."""
        with self._sessions.write() as tx:
            tx.execute(
                update(EffectRow)
                .where(EffectRow.id == id, EffectRow.status == EffectStatus.INTENDED)
                .values(result=dict(result))
                .execution_options(synchronize_session=False)
            )

    def forget(self, id: str) -> None:
        """As the port says; a confirmed row stays."""
        with self._sessions.write() as tx:
            tx.execute(
                delete(EffectRow).where(
                    EffectRow.id == id, EffectRow.status == EffectStatus.INTENDED
                )
            )

    def find(self, owner: str, key: str) -> Effect | None:
        """As the port says."""
        with self._sessions.read() as tx:
            rows = _rows(tx, EffectRow.owner == owner, EffectRow.key == key)
            return rows[0] if rows else None

    def confirmed(self, key: str) -> Sequence[Effect]:
        """As the port says."""
        with self._sessions.read() as tx:
            return _rows(tx, EffectRow.key == key, EffectRow.status == EffectStatus.CONFIRMED)

    def of(self, owner: str) -> Sequence[Effect]:
        """As the port says."""
        with self._sessions.read() as tx:
            return _rows(tx, EffectRow.owner == owner)


def _run_id(owner: str) -> str:
    kind, _, run_id = owner.partition(":")
    if kind != "run":
        raise ValueError(f"only runs have lease numbers, not {owner!r}")
    return run_id


def _rows(tx: Transaction, *conditions: ColumnElement[bool]) -> list[Effect]:
    """The effects, oldest first, with their ages by the clock that intended them."""
    rows = select(EffectRow, tx.moment).where(*conditions).order_by(EffectRow.serial)
    return [_value(row, now) for row, now in tx.execute(rows)]


def _value(row: EffectRow, now: datetime) -> Effect:
    return Effect(
        id=row.id,
        owner=row.owner,
        key=row.key,
        status=EffectStatus(row.status),
        external_id=row.external_id,
        result=row.result,
        fresh=False,
        intended_at=row.intended_at,
        confirmed_at=row.confirmed_at,
        age_s=(now - row.intended_at).total_seconds(),
    )
