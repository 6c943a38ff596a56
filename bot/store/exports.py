"""Publications of projects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select

from bot.core.runs import ExportStatus, ExportType
from bot.store import events
from bot.store.models import ExportRow
from bot.store.port import EventKind, Export
from bot.store.run_rows import held
from bot.store.session import Sessions, Transaction


class SqlExports:
    """``Exports`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def begin(
        self,
        project_id: str,
        type: ExportType,
        *,
        snapshot: int,
        repository_name: str,
        created_by: str,
        run_id: str,
        number: int,
    ) -> Export:
        """As the port says; one that is completed stays so."""
        with self._sessions.write() as tx:
            held(tx, run_id, number)
            now = tx.now()
            row = tx.scalar(
                select(ExportRow)
                .where(
                    ExportRow.run_id == run_id,
                    ExportRow.project_id == project_id,
                    ExportRow.type == type,
                    ExportRow.repository_name == repository_name,
                )
                .with_for_update()
            )
            if row is None:
                row = ExportRow(
                    id=str(uuid4()),
                    project_id=project_id,
                    run_id=run_id,
                    type=type,
                    repository_name=repository_name,
                    status=ExportStatus.PENDING,
                    config={},
                    created_by=created_by,
                    created_at=now,
                )
                tx.add(row)
            if row.status not in (ExportStatus.EXPORTING, ExportStatus.COMPLETED):
                _start(tx, row, snapshot, now)
            tx.flush()
            return _value(row)

    def complete(self, id: str, *, repository_url: str, run_id: str, number: int) -> None:
        """As the port says; a second time changes nothing. LookupError where there is none."""
        with self._sessions.write() as tx:
            held(tx, run_id, number)
            row = tx.scalar(select(ExportRow).where(ExportRow.id == id).with_for_update())
            if row is None:
                raise LookupError(f"there is no export {id}")
            if row.status == ExportStatus.COMPLETED:
                return
            now = tx.now()
            row.status = ExportStatus.COMPLETED
            row.repository_url = repository_url
            row.error_message = None
            row.completed_at = row.updated_at = now
            events.of_export(
                tx, row, EventKind.EXPORT_COMPLETED, now, repository_url=repository_url
            )

    def of_project(self, project_id: str) -> Sequence[Export]:
        """As the port says."""
        with self._sessions.read() as tx:
            rows = select(ExportRow).where(ExportRow.project_id == project_id)
            return [_value(row) for row in tx.scalars(rows.order_by(ExportRow.serial.desc()))]


def _start(tx: Transaction, row: ExportRow, snapshot: int, now: datetime) -> None:
    row.status = ExportStatus.EXPORTING
    row.snapshot = snapshot
    row.error_message = None
    row.updated_at = now
    events.of_export(
        tx,
        row,
        EventKind.EXPORT_STARTED,
        now,
        type=row.type,
        snapshot=snapshot,
        repository_name=row.repository_name,
    )


def _value(row: ExportRow) -> Export:
    return Export(
        id=row.id,
        project_id=row.project_id,
        type=ExportType(row.type),
        snapshot=row.snapshot,
        repository_name=row.repository_name,
        repository_url=row.repository_url,
        status=ExportStatus(row.status),
        error_message=row.error_message,
        created_by=row.created_by,
        created_at=row.created_at,
        completed_at=row.completed_at,
    )
