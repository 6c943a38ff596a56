"""How a run ends, with all that hangs on it, and how it is put back in the queue."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select

from bot.core.runs import RETRYABLE, ExportStatus, Failure, ProjectStatus, RunStatus, StepStatus
from bot.errors import UserError
from bot.store import events, exports
from bot.store.models import ExportRow, ProjectRow, RunRow, StepRow
from bot.store.plan_rows import lapse_pending
from bot.store.port import EventKind
from bot.store.run_leases import count_work
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
    tx: Transaction,
    run: RunRow,
    status: RunStatus,
    failure: Failure | None,
    now: datetime,
    *,
    outputs: Mapping[str, object] | None = None,
) -> None:
    """End a run whose row is locked. What it leaves unfinished has failed."""
    move(run, status)
    count_work(run, now)
    run.outputs = None if outputs is None else dict(outputs)
    run.failure = failure_to_dict(failure)
    run.finished_at = now
    run.woken = False
    run.due_at = run.worker = run.waiting_for = None
    for step in steps_of(tx, [run.id]).get(run.id, []):
        if step.status in (StepStatus.WAITING, StepStatus.RUNNING):
            # Nothing goes on by itself any more.
            step.status = StepStatus.PENDING
            step.waiting_for = step.resume_at = None
    reason = failure or _LEFT[status]
    _fail_project(tx, run, reason, now)
    _fail_exports(tx, run, reason, now)
    lapse_pending(tx, run, now)
    told = events.failure_data(failure) if failure else {}
    events.of_run(tx, run, _ENDED[status], now, **told)


def end_from_outside(
    tx: Transaction, run: RunRow, status: RunStatus, failure: Failure | None, now: datetime
) -> None:
    """As `end`, for somebody who holds no lease: whoever holds one has lost it."""
    run.lease_number += 1
    count_work(run, min(now, run.due_at) if run.due_at else now)
    end(tx, run, status, failure, now)


def put_back(
    tx: Transaction,
    run: RunRow,
    again: Collection[str],
    now: datetime,
    *,
    outputs: Mapping[str, Mapping[str, object]],
) -> None:
    """Queue an ended run again, with its unfinished steps and its project as if for the first
    time, and with the steps named as if they had never been done."""
    steps = steps_of(tx, [run.id]).get(run.id, [])
    _refuse(run, steps, again)
    move(run, RunStatus.QUEUED)
    run.due_at = now
    run.failure = run.cancel_requested_by = run.finished_at = run.reported_at = None
    run.outputs = None
    run.worked_s = 0.0
    for step in steps:
        if step.parent in again:
            tx.delete(step)
        elif step.step_id in again:
            step.round += 1
            step.outputs = step.inputs = None
            _reset(step)
        elif step.step_id in outputs and step.status == StepStatus.COMPLETED:
            step.outputs = dict(outputs[step.step_id])
        elif step.status not in (StepStatus.COMPLETED, StepStatus.SKIPPED):
            _reset(step)
    events.of_run(tx, run, EventKind.RETRY_REQUESTED, now, **_named(again))
    _resume_project(tx, run, now)


def _named(again: Collection[str]) -> Mapping[str, object]:
    return {"steps": sorted(again)} if again else {}


def _refuse(run: RunRow, steps: Collection[StepRow], again: Collection[str]) -> None:
    """Raises for a run that cannot be put back, and for steps that it does not have."""
    if run.status not in RETRYABLE and not (again and run.status == RunStatus.COMPLETED):
        raise UserError(
            f"Only a failed or cancelled run can be retried; this one is {run.status}.",
            reason="not_retryable",
        )
    unknown = set(again) - {step.step_id for step in steps if step.parent is None}
    if unknown:
        named = ", ".join(sorted(unknown))
        raise UserError(f"The run has no step named {named}.", reason="unknown_step")


def _reset(step: StepRow) -> None:
    step.status = StepStatus.PENDING
    step.attempts = 0
    step.failure = step.waiting_for = step.resume_at = None
    step.started_at = step.finished_at = None


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
        exports.fail(tx, export, reason, now)


def _project(tx: Transaction, run: RunRow) -> ProjectRow | None:
    if run.project_id is None:
        return None
    return tx.scalar(
        select(ProjectRow).where(ProjectRow.id == run.project_id).with_for_update(key_share=True)
    )
