"""The evidence on generated files, kept as it was gathered."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError

from bot.errors import UserError
from bot.store.models import VerificationRow
from bot.store.port import NewVerification, Verification
from bot.store.session import Sessions, Transaction


class SqlVerifications:
    """``Verifications`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def save(self, new: NewVerification) -> Verification:
        """As the port says."""
        wanted = _same(new.run_id, new.step_id, new.round, new.project_id, new.snapshot)
        try:
            with self._sessions.write() as tx:
                row = _first(tx, *wanted) or _add(tx, new)
                return _verification_of(row)
        except IntegrityError as exc:
            # Either somebody was quicker, or what it is about is gone.
            with self._sessions.read() as tx:
                found = _first(tx, *wanted)
                if found is not None:
                    return _verification_of(found)
            raise UserError("There is no such run.", reason="unknown_run") from exc

    def found(
        self, run_id: str, step_id: str, round: int, project_id: str, snapshot: int
    ) -> Verification | None:
        """As the port says."""
        return self._one(*_same(run_id, step_id, round, project_id, snapshot))

    def of_run(self, run_id: str) -> Sequence[Verification]:
        """As the port says."""
        query = select(VerificationRow).where(VerificationRow.run_id == run_id)
        with self._sessions.read() as tx:
            return [
                _verification_of(row) for row in tx.scalars(query.order_by(VerificationRow.serial))
            ]

    def newest(self, project_id: str, snapshot: int) -> Verification | None:
        """As the port says."""
        return self._one(
            VerificationRow.project_id == project_id, VerificationRow.snapshot == snapshot
        )

    def _one(self, *wanted: ColumnElement[bool]) -> Verification | None:
        with self._sessions.read() as tx:
            row = _first(tx, *wanted)
            return None if row is None else _verification_of(row)


def _same(
    run_id: str, step_id: str, round: int, project_id: str, snapshot: int
) -> Sequence[ColumnElement[bool]]:
    return (
        VerificationRow.run_id == run_id,
        VerificationRow.step_id == step_id,
        VerificationRow.round == round,
        VerificationRow.project_id == project_id,
        VerificationRow.snapshot == snapshot,
    )


def _first(tx: Transaction, *wanted: ColumnElement[bool]) -> VerificationRow | None:
    newest_first = select(VerificationRow).where(*wanted).order_by(VerificationRow.serial.desc())
    return tx.scalar(newest_first.limit(1))


def _add(tx: Transaction, new: NewVerification) -> VerificationRow:
    row = VerificationRow(
        id=str(uuid4()),
        run_id=new.run_id,
        step_id=new.step_id,
        round=new.round,
        project_id=new.project_id,
        snapshot=new.snapshot,
        digest=new.digest,
        document=dict(new.document),
        created_at=tx.now(),
    )
    tx.add(row)
    tx.flush()
    return row


def _verification_of(row: VerificationRow) -> Verification:
    return Verification(
        id=row.id,
        run_id=row.run_id,
        step_id=row.step_id,
        round=row.round,
        project_id=row.project_id,
        snapshot=row.snapshot,
        digest=row.digest,
        document=row.document,
        created_at=row.created_at,
    )
