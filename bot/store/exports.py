"""Publications of projects, and archives of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Select, select

from bot.core.runs import ExportStatus, ExportType, Failure, RunStatus
from bot.store import events, projects
from bot.store.models import ExportRow
from bot.store.port import BUILT, Archive, EventKind, Export
from bot.store.run_rows import held, known, locked
from bot.store.session import Sessions, Transaction

_LATE = Failure(reason="unfinished", message="The run ended before this was asked for.")


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

    def request(
        self,
        project_id: str,
        type: ExportType,
        *,
        snapshot: int,
        created_by: str,
        run_id: str,
        config: Mapping[str, object],
    ) -> Export:
        """As the port says: one for each thing that is asked of a snapshot."""
        with self._sessions.write() as tx:
            # Whoever asks a second time waits here until the first one is through.
            run = known(tx, run_id)
            for row in tx.scalars(_archives(run_id, project_id, type, snapshot)):
                if _asked(row) == dict(config):
                    return _value(row)
            # After that of its run, as everywhere; it stays there until this is through.
            project = projects.locked(tx, project_id)
            now = tx.now()
            row = ExportRow(
                id=str(uuid4()),
                project_id=project.id,
                run_id=run_id,
                type=type,
                snapshot=snapshot,
                status=ExportStatus.PENDING,
                config=dict(config),
                created_by=created_by,
                created_at=now,
                updated_at=now,
            )
            tx.add(row)
            tx.flush()
            events.of_export(
                tx, row, EventKind.EXPORT_REQUESTED, now, type=row.type, snapshot=snapshot
            )
            if RunStatus(run.status).is_final:
                fail(tx, row, _LATE, now)
            return _value(row)

    def start(self, id: str, *, run_id: str, number: int) -> Export:
        """As the port says."""
        with self._sessions.write() as tx:
            held(tx, run_id, number)
            row = _locked(tx, id)
            if row.status not in (ExportStatus.EXPORTING, ExportStatus.COMPLETED):
                _start(tx, row, row.snapshot, tx.now())
            return _value(row)

    def complete(
        self,
        id: str,
        *,
        run_id: str,
        number: int,
        repository_url: str | None = None,
        archive: Archive | None = None,
    ) -> Export:
        """As the port says; a second time changes nothing."""
        with self._sessions.write() as tx:
            held(tx, run_id, number)
            row = _locked(tx, id)
            if row.status == ExportStatus.COMPLETED:
                return _value(row)
            now = tx.now()
            row.status = ExportStatus.COMPLETED
            row.repository_url = repository_url
            row.error_message = None
            row.completed_at = row.updated_at = now
            told: dict[str, object] = {}
            if repository_url is not None:
                told["repository_url"] = repository_url
            if archive is not None:
                told.update(_measure(row, archive))
            events.of_export(tx, row, EventKind.EXPORT_COMPLETED, now, **told)
            return _value(row)

    def fail(self, id: str, failure: Failure, *, run_id: str, number: int) -> None:
        """As the port says. LookupError where there is none."""
        with self._sessions.write() as tx:
            held(tx, run_id, number)
            row = _locked(tx, id)
            if row.status not in (ExportStatus.COMPLETED, ExportStatus.FAILED):
                fail(tx, row, failure, tx.now())

    def measured(self, id: str, archive: Archive) -> Export:
        """As the port says."""
        with self._sessions.write() as tx:
            run_id = tx.scalar(select(ExportRow.run_id).where(ExportRow.id == id))
            if run_id is not None:
                # Before the export, as everywhere: its stream is written in order.
                locked(tx, run_id)
            row, now = _locked(tx, id), tx.now()
            told = _measure(row, archive)
            row.updated_at = now
            events.of_export(tx, row, EventKind.EXPORT_MEASURED, now, **told)
            return _value(row)

    def get(self, id: str) -> Export | None:
        """As the port says."""
        with self._sessions.read() as tx:
            row = tx.scalar(select(ExportRow).where(ExportRow.id == id))
            return None if row is None else _value(row)

    def of_project(self, project_id: str) -> Sequence[Export]:
        """As the port says."""
        with self._sessions.read() as tx:
            return [_value(row) for row in tx.scalars(_newest_of(project_id))]

    def listed(
        self, project_id: str, *, before: str | None = None, limit: int = 50
    ) -> Sequence[Export]:
        """As the port says."""
        found = _newest_of(project_id).limit(limit)
        if before is not None:
            last = select(ExportRow.serial).where(ExportRow.id == before).scalar_subquery()
            found = found.where(ExportRow.serial < last)
        with self._sessions.read() as tx:
            return [_value(row) for row in tx.scalars(found)]


def _newest_of(project_id: str) -> Select[ExportRow]:
    found = select(ExportRow).where(ExportRow.project_id == project_id)
    return found.order_by(ExportRow.serial.desc())


def _archives(run_id: str, project_id: str, type: ExportType, snapshot: int) -> Select[ExportRow]:
    return (
        select(ExportRow)
        .where(
            ExportRow.run_id == run_id,
            ExportRow.project_id == project_id,
            ExportRow.type == type,
            ExportRow.snapshot == snapshot,
            ExportRow.repository_name.is_(None),
        )
        .order_by(ExportRow.serial)
    )


def _locked(tx: Transaction, id: str) -> ExportRow:
    row = tx.scalar(select(ExportRow).where(ExportRow.id == id).with_for_update())
    if row is None:
        raise LookupError(f"there is no export {id}")
    return row


def _asked(row: ExportRow) -> dict[str, object]:
    """What somebody asked for, without what was found out since."""
    return {key: value for key, value in row.config.items() if key != BUILT}


def _measure(row: ExportRow, archive: Archive) -> dict[str, object]:
    """Note size, hash and what they depend on; gives what events tell of it."""
    row.archive_size, row.archive_hash = archive.size, archive.sha256
    row.config = {**row.config, BUILT: dict(archive.built)}
    return {"archive_size": archive.size, "archive_hash": archive.sha256}


def fail(tx: Transaction, row: ExportRow, failure: Failure, now: datetime) -> None:
    """Note that an export which is locked cannot be made, and tell of it."""
    row.status = ExportStatus.FAILED
    row.error_message = failure.message
    row.updated_at = now
    told = events.failure_data(failure)
    events.of_export(tx, row, EventKind.EXPORT_FAILED, now, **told)


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
        **({"repository_name": row.repository_name} if row.repository_name else {}),
    )


def _value(row: ExportRow) -> Export:
    return Export(
        id=row.id,
        project_id=row.project_id,
        run_id=row.run_id,
        type=ExportType(row.type),
        snapshot=row.snapshot,
        repository_name=row.repository_name,
        repository_url=row.repository_url,
        archive_size=row.archive_size,
        archive_hash=row.archive_hash,
        status=ExportStatus(row.status),
        error_message=row.error_message,
        config=row.config,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        completed_at=row.completed_at,
    )
