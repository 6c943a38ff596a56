"""Runs and their steps, held by one worker at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select

from bot.core.identity import Thread
from bot.core.runs import Failure, Run, RunStatus, StepStatus
from bot.errors import UserError
from bot.store import commands, events
from bot.store.leases import happened_by, has_lapsed, held_until, lapsed
from bot.store.models import RunRow
from bot.store.port import EventKind, NewRun, Progress
from bot.store.run_ends import end, end_from_outside, put_back
from bot.store.run_rows import (
    failure_to_dict,
    held,
    known,
    locked,
    move,
    newest_statuses,
    run_of,
    runs_of,
    step_of,
)
from bot.store.run_starts import add_project, add_steps, columns, made_before
from bot.store.session import Sessions

_UNFINISHED = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING)


class SqlRuns:
    """``Runs`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def create(self, run: NewRun) -> Run:
        """As the port says; a second call with the same id gives the first run, too."""
        with self._sessions.write() as tx:
            now = tx.now()
            new = tx.scalar(
                tx.insert(RunRow)
                .values(**columns(run), status=RunStatus.QUEUED, due_at=now, created_at=now)
                .on_conflict_do_nothing()
                .returning(RunRow.id)
            )
            if new is None:
                return run_of(tx, made_before(tx, run))
            row = known(tx, run.id)
            add_steps(tx, run)
            events.of_run(tx, row, EventKind.RUN_QUEUED, now)
            if run.project_name is not None:
                add_project(tx, row, run, run.project_name, now)
            if run.command_id is not None:
                commands.settle(tx, run.command_id, "run", now)
            return run_of(tx, row)

    def get(self, id: str) -> Run | None:
        """As the port says."""
        with self._sessions.read() as tx:
            found = runs_of(tx, select(RunRow).where(RunRow.id == id))
            return found[0] if found else None

    def in_thread(self, thread: Thread, *, limit: int = 20) -> Sequence[Run]:
        """As the port says."""
        with self._sessions.read() as tx:
            return runs_of(
                tx,
                select(RunRow)
                .where(
                    RunRow.forge == thread.repository.forge,
                    RunRow.repository_id == thread.repository.id,
                    RunRow.thread_number == thread.number,
                )
                .order_by(RunRow.serial.desc())
                .limit(limit),
            )

    def newest_statuses(
        self, forge: str, threads: Collection[tuple[str, int]]
    ) -> Mapping[tuple[str, int], RunStatus]:
        """As the port says."""
        with self._sessions.read() as tx:
            return newest_statuses(tx, forge, threads)

    def recent(self, *, limit: int = 50) -> Sequence[Run]:
        """As the port says."""
        with self._sessions.read() as tx:
            return runs_of(tx, select(RunRow).order_by(RunRow.serial.desc()).limit(limit))

    def lease(self, id: str, *, worker: str, lease_s: float) -> Run | None:
        """As the port says."""
        with self._sessions.write() as tx:
            row = locked(tx, id)
            now = tx.now()
            if row is None or not _takeable(row, now):
                return None
            move(row, RunStatus.RUNNING)
            row.lease_number += 1
            row.worker = worker
            row.due_at = held_until(now, lease_s)
            row.waiting_for = None
            row.started_at = row.started_at or now
            events.of_run(
                tx, row, EventKind.RUN_STARTED, now, lease=row.lease_number, worker=worker
            )
            return run_of(tx, row)

    def renew(self, id: str, number: int, *, lease_s: float) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            row = held(tx, id, number)
            now = tx.now()
            until = held_until(now, lease_s)
            if row.due_at is None or row.due_at < until or has_lapsed(row.due_at, now):
                row.due_at = until

    def wait(self, id: str, number: int, *, resume_in_s: float, waiting_for: str) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            row = held(tx, id, number)
            now = tx.now()
            move(row, RunStatus.WAITING)
            row.worker = None
            row.waiting_for = waiting_for
            row.due_at = now + timedelta(seconds=resume_in_s)
            events.of_run(tx, row, EventKind.RUN_WAITING, now, waiting_for=waiting_for)

    def step_started(self, id: str, number: int, step_id: str) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            run = held(tx, id, number)
            step, now = step_of(tx, run, step_id), tx.now()
            step.status = StepStatus.RUNNING
            step.attempts += 1
            step.started_at = now
            step.failure = step.finished_at = None
            events.of_run(tx, run, EventKind.STEP_STARTED, now, step=step_id, attempt=step.attempts)

    def step_completed(
        self, id: str, number: int, step_id: str, outputs: Mapping[str, object]
    ) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            run = held(tx, id, number)
            step, now = step_of(tx, run, step_id), tx.now()
            step.status = StepStatus.COMPLETED
            step.outputs = dict(outputs)
            step.failure = None
            step.finished_at = now
            events.of_run(tx, run, EventKind.STEP_COMPLETED, now, step=step_id)

    def step_skipped(self, id: str, number: int, step_id: str) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            run = held(tx, id, number)
            step, now = step_of(tx, run, step_id), tx.now()
            step.status = StepStatus.SKIPPED
            step.finished_at = now
            events.of_run(tx, run, EventKind.STEP_SKIPPED, now, step=step_id)

    def step_failed(self, id: str, number: int, step_id: str, failure: Failure) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            run = held(tx, id, number)
            step, now = step_of(tx, run, step_id), tx.now()
            step.status = StepStatus.FAILED
            step.failure = failure_to_dict(failure)
            step.finished_at = now
            told = events.failure_data(failure)
            events.of_run(tx, run, EventKind.STEP_FAILED, now, step=step_id, **told)

    def finish(
        self, id: str, number: int, status: RunStatus, failure: Failure | None = None
    ) -> None:
        """As the port says."""
        if not status.is_final:
            raise ValueError(f"a run does not end as {status.value}")
        with self._sessions.write() as tx:
            run = held(tx, id, number)
            end(tx, run, status, failure, tx.now())

    def request_cancel(self, id: str, by: str) -> Run:
        """As the port says."""
        with self._sessions.write() as tx:
            row = known(tx, id)
            now = tx.now()
            if row.status in _UNFINISHED and row.cancel_requested_by is None:
                row.cancel_requested_by = by
                events.of_run(tx, row, EventKind.CANCEL_REQUESTED, now, by=by)
            if row.status in _UNFINISHED and not _worked_on(row, now):
                end_from_outside(tx, row, RunStatus.CANCELLED, None, now)
            return run_of(tx, row)

    def cancel_requested(self, id: str) -> bool:
        """As the port says."""
        with self._sessions.read() as tx:
            return tx.scalar(select(RunRow.cancel_requested_by).where(RunRow.id == id)) is not None

    def retry(self, id: str) -> Run:
        """As the port says."""
        with self._sessions.write() as tx:
            row = known(tx, id)
            if row.status not in (RunStatus.FAILED, RunStatus.CANCELLED):
                raise UserError(
                    f"Only a failed or cancelled run can be retried; this one is {row.status}.",
                    reason="not_retryable",
                )
            put_back(tx, row, tx.now())
            return run_of(tx, row)

    def stop_of_installation(self, forge: str, installation: str, failure: Failure) -> int:
        """As the port says."""
        with self._sessions.write() as tx:
            rows = tx.scalars(
                select(RunRow)
                .where(
                    RunRow.status.in_(_UNFINISHED),
                    RunRow.forge == forge,
                    RunRow.installation == installation,
                )
                .order_by(RunRow.serial)
                .with_for_update(key_share=True)
            ).all()
            now = tx.now()
            for row in rows:
                end_from_outside(tx, row, RunStatus.FAILED, failure, now)
            return len(rows)

    def due(self, *, queued_for_s: float, limit: int = 100) -> Sequence[str]:
        """As the port says; those that have been due longest come first."""
        with self._sessions.read() as tx:
            now = tx.now()
            queued = and_(
                RunRow.status == RunStatus.QUEUED,
                happened_by(RunRow.due_at, now - timedelta(seconds=queued_for_s), now),
            )
            resumable = and_(RunRow.status == RunStatus.WAITING, RunRow.due_at <= now)
            left = and_(RunRow.status == RunStatus.RUNNING, lapsed(RunRow.due_at, now))
            return tx.scalars(
                select(RunRow.id)
                .where(or_(queued, resumable, left))
                .order_by(RunRow.due_at, RunRow.serial)
                .limit(limit)
            ).all()

    def unreported(self, *, finished_for_s: float, limit: int = 100) -> Sequence[str]:
        """As the port says."""
        with self._sessions.read() as tx:
            return tx.scalars(
                select(RunRow.id)
                .where(
                    RunRow.reported_at.is_(None),
                    RunRow.thread_number.is_not(None),
                    RunRow.finished_at <= tx.now() - timedelta(seconds=finished_for_s),
                )
                .order_by(RunRow.finished_at, RunRow.serial)
                .limit(limit)
            ).all()

    def reported(self, id: str) -> None:
        """As the port says; nothing where the run was put back in the queue meanwhile."""
        with self._sessions.write() as tx:
            row = locked(tx, id)
            if row is None or row.finished_at is None or row.reported_at is not None:
                return
            row.reported_at = tx.now()
            events.of_run(tx, row, EventKind.RUN_REPORTED, row.reported_at)

    def add_event(self, id: str, kind: str, data: Mapping[str, object]) -> None:
        """As the port says; ``UserError`` (``unknown_run``) where there is no such run."""
        with self._sessions.write() as tx:
            row = known(tx, id)
            events.of_run(tx, row, kind, tx.now(), **data)

    def events(self, id: str, *, after: int = 0, limit: int = 500) -> Sequence[Progress]:
        """As the port says."""
        with self._sessions.read() as tx:
            return events.stream(tx, id, after=after, limit=limit)


def _takeable(row: RunRow, now: datetime) -> bool:
    if row.status == RunStatus.WAITING:
        return row.due_at is not None and row.due_at <= now
    return row.status == RunStatus.QUEUED or (
        row.status == RunStatus.RUNNING and has_lapsed(row.due_at, now)
    )


def _worked_on(row: RunRow, now: datetime) -> bool:
    return row.status == RunStatus.RUNNING and not has_lapsed(row.due_at, now)
