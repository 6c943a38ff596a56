"""How a run ends, with all that hangs on it, and how it is put back in the queue."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bot.core.runs import ExportStatus, Failure, ProjectStatus, RunStatus, StepStatus
from bot.store import events
from bot.store.models import ExportRow, ProjectRow, RunRow
from bot.store.port import EventKind
from bot.store.run_rows import failure_to_dict, move, steps_of
from bot.store.session import Transaction

_ENDED = {
    RunStatus.COMPLETED: EventKind.RUN_COMPLETED,
    RunStatus.FAILED: EventKind.RUN_FAILED,
    RunStatus.CANCELLED: EventKind.RUN_CANCELLED,
}
#: What a project and an export say that a run left unfinished without giving a reason.
_LEFT = {
    RunStatus.COMPLETED: Failure(reason="unfinished", message="The run ended before this did."),
    RunStatus.FAILED: Failure(reason="unfinished", message="The run failed."),
    RunStatus.CANCELLED: Failure(reason="cancelled", message="The run was cancelled."),
}


def end(
    tx: Transaction, run: RunRow, status: RunStatus, failure: Failure | None, now: datetime
) -> None:
    """End a run whose row is locked. What it leaves unfinished has failed."""
    move(run, status)
    run.failure = failure_to_dict(failure)
    run.finished_at = now
    run.due_at = run.worker = run.waiting_for = None
    reason = failure or _LEFT[status]
    _fail_project(tx, run, reason, now)
    _fail_exports(tx, run, reason, now)
    told = events.failure_data(failure) if failure else {}
    events.of_run(tx, run, _ENDED[status], now, **told)


def end_from_outside(
    tx: Transaction, run: RunRow, status: RunStatus, failure: Failure | None, now: datetime
) -> None:
    """As `end`, for somebody who holds no lease: whoever holds one has lost it."""
    run.lease_number += 1
    end(tx, run, status, failure, now)


def put_back(tx: Transaction, run: RunRow, now: datetime) -> None:
    """Queue an ended run again, with its unfinished steps and its project as if for the first
    time."""
    move(run, RunStatus.QUEUED)
    run.due_at = now
    run.failure = run.cancel_requested_by = run.finished_at = run.reported_at = None
    for step in steps_of(tx, [run.id]).get(run.id, []):
        if step.status in (StepStatus.COMPLETED, StepStatus.SKIPPED):
            continue
        step.status = StepStatus.PENDING
        step.attempts = 0
        step.failure = step.started_at = step.finished_at = None
    events.of_run(tx, run, EventKind.RETRY_REQUESTED, now)
    _resume_project(tx, run, now)


def _fail_project(tx: Transaction, run: RunRow, reason: Failure, now: datetime) -> None:
    project = _project(tx, run)
    if project is None or project.status not in (ProjectStatus.PENDING, ProjectStatus.GENERATING):
        return
    project.status = ProjectStatus.FAILED
    project.error_message = reason.message
    project.updated_at = now
    told = events.failure_data(reason)
    events.of_project(tx, run.id, project, EventKind.PROJECT_FAILED, now, **told)


def _resume_project(tx: Transaction, run: RunRow, now: datetime) -> None:
    project = _project(tx, run)
    if project is None or project.status != ProjectStatus.FAILED:
        return
    project.status = ProjectStatus.GENERATING if project.snapshot else ProjectStatus.PENDING
    project.error_message = None
    project.updated_at = now
    events.of_project(tx, run.id, project, EventKind.PROJECT_RESUMED, now)


def _fail_exports(tx: Transaction, run: RunRow, reason: Failure, now: datetime) -> None:
    unfinished = select(ExportRow).where(
        ExportRow.run_id == run.id,
        ExportRow.status.in_([ExportStatus.PENDING, ExportStatus.EXPORTING]),
    )
    for export in tx.scalars(unfinished.order_by(ExportRow.serial).with_for_update()):
        export.status = ExportStatus.FAILED
        export.error_message = reason.message
        export.updated_at = now
        told = events.failure_data(reason)
        events.of_export(tx, export, EventKind.EXPORT_FAILED, now, **told)


def _project(tx: Transaction, run: RunRow) -> ProjectRow | None:
    if run.project_id is None:
        return None
    return tx.scalar(
        select(ProjectRow).where(ProjectRow.id == run.project_id).with_for_update(key_share=True)
    )
