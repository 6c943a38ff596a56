"""What is recorded of steps, their parts and the attempts at them, for a run that is held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from bot.core.runs import Attempt, Failure, StepStatus
from bot.store import events
from bot.store.models import AttemptRow, RunRow, StepRow
from bot.store.port import EventKind
from bot.store.run_rows import failure_from_dict, failure_to_dict, step_of
from bot.store.session import Transaction


def add_parts(tx: Transaction, run: RunRow, step_id: str, count: int) -> None:
    """Pending parts for a step, behind those that it has already."""
    step = step_of(tx, run, step_id)
    mine = select(StepRow.step_id).where(StepRow.run_id == run.id, StepRow.parent == step_id)
    there = set(tx.scalars(mine))
    last = tx.scalars(select(func.max(StepRow.position)).where(StepRow.run_id == run.id)).one()
    missing = [part for part in (f"{step_id}[{n}]" for n in range(count)) if part not in there]
    for position, part_id in enumerate(missing, start=last + 1):
        tx.add(
            StepRow(
                run_id=run.id,
                position=position,
                step_id=part_id,
                parent=step_id,
                uses=step.uses,
                round=step.round,
                status=StepStatus.PENDING,
            )
        )


def started(
    tx: Transaction,
    run: RunRow,
    step_id: str,
    inputs: Mapping[str, object] | None,
    now: datetime,
) -> None:
    """One more attempt at a step."""
    step = step_of(tx, run, step_id)
    step.status = StepStatus.RUNNING
    step.attempts += 1
    step.started_at = now
    step.failure = step.finished_at = step.waiting_for = step.resume_at = None
    if inputs is not None:
        step.inputs = dict(inputs)
    tx.add(
        AttemptRow(
            run_id=run.id,
            step_id=step_id,
            number=step.attempts,
            lease_number=run.lease_number,
            worker=run.worker or "",
            status=StepStatus.RUNNING,
            started_at=now,
        )
    )
    events.of_run(tx, run, EventKind.STEP_STARTED, now, step=step_id, attempt=step.attempts)


def completed(
    tx: Transaction, run: RunRow, step_id: str, outputs: Mapping[str, object], now: datetime
) -> None:
    """The outputs of a step that is done."""
    step = step_of(tx, run, step_id)
    _end(tx, run, step, StepStatus.COMPLETED, now)
    step.outputs = dict(outputs)
    events.of_run(tx, run, EventKind.STEP_COMPLETED, now, step=step_id)


def skipped(tx: Transaction, run: RunRow, step_id: str, now: datetime) -> None:
    """A step that does not have to be done."""
    _end(tx, run, step_of(tx, run, step_id), StepStatus.SKIPPED, now)
    events.of_run(tx, run, EventKind.STEP_SKIPPED, now, step=step_id)


def failed(tx: Transaction, run: RunRow, step_id: str, failure: Failure, now: datetime) -> None:
    """Why a step stopped."""
    _end(tx, run, step_of(tx, run, step_id), StepStatus.FAILED, now, failure=failure)
    told = events.failure_data(failure)
    events.of_run(tx, run, EventKind.STEP_FAILED, now, step=step_id, **told)


def waiting(
    tx: Transaction,
    run: RunRow,
    step_id: str,
    *,
    resume_in_s: float | None,
    waiting_for: str,
    now: datetime,
) -> None:
    """What a step waits for, and until when at the latest."""
    step = step_of(tx, run, step_id)
    _end(tx, run, step, StepStatus.WAITING, now)
    step.finished_at = None
    step.waiting_for = waiting_for
    step.resume_at = None if resume_in_s is None else now + timedelta(seconds=resume_in_s)
    events.of_run(tx, run, EventKind.STEP_WAITING, now, step=step_id, waiting_for=waiting_for)


def attempts(tx: Transaction, run_id: str) -> Sequence[Attempt]:
    """Every attempt of a run, oldest first."""
    rows = select(AttemptRow).where(AttemptRow.run_id == run_id).order_by(AttemptRow.serial)
    return [
        Attempt(
            step=row.step_id,
            number=row.number,
            lease_number=row.lease_number,
            worker=row.worker,
            status=StepStatus(row.status),
            failure=failure_from_dict(row.failure),
            started_at=row.started_at,
            finished_at=row.finished_at,
        )
        for row in tx.scalars(rows)
    ]


def _end(
    tx: Transaction,
    run: RunRow,
    step: StepRow,
    status: StepStatus,
    now: datetime,
    *,
    failure: Failure | None = None,
) -> None:
    """The end of an attempt; those that other workers left behind stay as they are."""
    step.status = status
    step.failure = failure_to_dict(failure)
    step.finished_at = now
    step.waiting_for = step.resume_at = None
    tx.execute(
        update(AttemptRow)
        .where(
            AttemptRow.run_id == run.id,
            AttemptRow.step_id == step.step_id,
            AttemptRow.lease_number == run.lease_number,
            AttemptRow.status == StepStatus.RUNNING,
        )
        .values(status=status, failure=failure_to_dict(failure), finished_at=now)
        .execution_options(synchronize_session=False)
    )
