"""Runs and their steps, held by one worker at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import select

from bot.core.budgets import RunBudget, budget_to_data
from bot.core.identity import Repository, Thread
from bot.core.runs import Attempt, Failure, Run, RunStatus
from bot.store import commands, events, run_leases, run_lists, run_shares, step_records
from bot.store.models import RunRow
from bot.store.port import Crowd, EventKind, NewRun, Page, Progress, RunFilter, RunLine, RunSummary
from bot.store.run_ends import end, end_from_outside, put_back
from bot.store.run_rows import held, known, locked, run_of, runs_of, wake
from bot.store.run_starts import (
    add_place,
    add_project,
    add_steps,
    columns,
    made_before,
    move_in,
)
from bot.store.session import Sessions, Turn

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
            if run.whose is not None:
                add_place(tx, run.whose, run.organisation_id, now)
            events.of_run(tx, row, EventKind.RUN_QUEUED, now)
            if run.project_name is not None:
                add_project(tx, row, run, run.project_name, now)
            if run.command_id is not None:
                commands.settle(tx, run.command_id, "run", now)
            return run_of(tx, row)

    def settle(self, id: str, number: int, repository: Repository) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            move_in(tx, held(tx, id, number), repository, tx.now())

    def get(self, id: str) -> Run | None:
        """As the port says."""
        with self._sessions.read() as tx:
            found = runs_of(tx, select(RunRow).where(RunRow.id == id))
            return found[0] if found else None

    def in_thread(self, thread: Thread, *, limit: int = 20) -> Sequence[Run]:
        """As the port says."""
        with self._sessions.read() as tx:
            return runs_of(tx, run_lists.in_thread(thread).limit(limit))

    def newest_statuses(
        self, forge: str, threads: Collection[tuple[str, int]]
    ) -> Mapping[tuple[str, int], RunStatus]:
        """As the port says."""
        with self._sessions.read() as tx:
            return run_lists.newest_statuses(tx, forge, threads)

    def recent(
        self, *, limit: int = 50, status: RunStatus | None = None, before: str | None = None
    ) -> Sequence[Run]:
        """As the port says; nothing behind a run that is not known."""
        with self._sessions.read() as tx:
            return runs_of(tx, run_lists.recent(status=status, before=before).limit(limit))

    def listed(
        self, wanted: RunFilter, *, after: str | None = None, limit: int = 50
    ) -> Page[RunSummary]:
        """As the port says."""
        return run_lists.listed(self._sessions, wanted, after=after, limit=limit)

    def lines(
        self, wanted: RunFilter, *, after: str | None = None, limit: int = 50
    ) -> Page[RunLine]:
        """As the port says."""
        return run_lists.lines(self._sessions, wanted, after=after, limit=limit)

    def named(self, prefix: str, *, limit: int = 2) -> Sequence[Run]:
        """As the port says; hyphens and capital letters do not matter."""
        query = run_lists.named(prefix)
        if query is None:
            return []
        with self._sessions.read() as tx:
            return runs_of(tx, query.limit(limit))

    def choose(self, id: str, *, crowd: Crowd, settled_for_s: float = 0.0) -> str | None:
        """As the port says."""
        with self._sessions.read() as tx:
            return run_shares.choose(tx, id, crowd, settled_for_s)

    def lease(
        self, id: str, *, worker: str, lease_s: float, crowd: Crowd | None = None
    ) -> Run | None:
        """As the port says; whoever takes a run over that nobody renewed needs no new room."""
        with self._sessions.write() as tx:
            # Two at once would not see each other's, and one too many would be taken.
            tx.take_turn(Turn.TAKING)
            row = locked(tx, id)
            now = tx.now()
            if row is None or not run_shares.may_take(tx, row, crowd, now):
                return None
            run_leases.take(tx, row, worker=worker, lease_s=lease_s, now=now)
            return run_of(tx, row)

    def renew(self, id: str, number: int, *, lease_s: float) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            run_leases.hold_longer(held(tx, id, number), lease_s, tx.now())

    def wait(self, id: str, number: int, *, resume_in_s: float | None, waiting_for: str) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            row = held(tx, id, number)
            run_leases.give_back(
                tx, row, resume_in_s=resume_in_s, waiting_for=waiting_for, now=tx.now()
            )

    def wake(self, id: str) -> bool:
        """As the port says; False where there is no such run, too."""
        with self._sessions.write() as tx:
            row = locked(tx, id)
            return row is not None and wake(row, tx.now())

    def add_parts(self, id: str, number: int, step_id: str, count: int) -> Run:
        """As the port says."""
        with self._sessions.write() as tx:
            run = held(tx, id, number)
            step_records.add_parts(tx, run, step_id, count)
            return run_of(tx, run)

    def step_started(
        self, id: str, number: int, step_id: str, *, inputs: Mapping[str, object] | None = None
    ) -> None:
        """As the port says; without ``inputs`` those of the last attempt stay."""
        with self._sessions.write() as tx:
            step_records.started(tx, held(tx, id, number), step_id, inputs, tx.now())

    def step_completed(
        self, id: str, number: int, step_id: str, outputs: Mapping[str, object]
    ) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            step_records.completed(tx, held(tx, id, number), step_id, outputs, tx.now())

    def step_skipped(self, id: str, number: int, step_id: str) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            step_records.skipped(tx, held(tx, id, number), step_id, tx.now())

    def step_failed(self, id: str, number: int, step_id: str, failure: Failure) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            step_records.failed(tx, held(tx, id, number), step_id, failure, tx.now())

    def step_waiting(
        self, id: str, number: int, step_id: str, *, resume_in_s: float | None, waiting_for: str
    ) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            run = held(tx, id, number)
            step_records.waiting(
                tx, run, step_id, resume_in_s=resume_in_s, waiting_for=waiting_for, now=tx.now()
            )

    def attempts(self, id: str) -> Sequence[Attempt]:
        """As the port says."""
        with self._sessions.read() as tx:
            return step_records.attempts(tx, id)

    def finish(
        self,
        id: str,
        number: int,
        status: RunStatus,
        failure: Failure | None = None,
        outputs: Mapping[str, object] | None = None,
    ) -> None:
        """As the port says."""
        if not status.is_final:
            raise ValueError(f"a run does not end as {status.value}")
        with self._sessions.write() as tx:
            run = held(tx, id, number)
            end(tx, run, status, failure, tx.now(), outputs=outputs)

    def request_cancel(self, id: str, by: str) -> Run:
        """As the port says."""
        with self._sessions.write() as tx:
            row = known(tx, id)
            now = tx.now()
            if row.status in _UNFINISHED and row.cancel_requested_by is None:
                row.cancel_requested_by = by
                events.of_run(tx, row, EventKind.CANCEL_REQUESTED, now, by=by)
            if row.status in _UNFINISHED and not run_leases.is_worked_on(row, now):
                end_from_outside(tx, row, RunStatus.CANCELLED, None, now)
            return run_of(tx, row)

    def cancel_requested(self, id: str) -> bool:
        """As the port says."""
        with self._sessions.read() as tx:
            return tx.scalar(select(RunRow.cancel_requested_by).where(RunRow.id == id)) is not None

    def retry(
        self,
        id: str,
        *,
        steps: Collection[str] = (),
        outputs: Mapping[str, Mapping[str, object]] = MappingProxyType({}),
        budget: RunBudget | None = None,
    ) -> Run:
        """As the port says; ``UserError`` (``unknown_step``) for a step that the run lacks."""
        with self._sessions.write() as tx:
            row = known(tx, id)
            put_back(tx, row, frozenset(steps), tx.now(), outputs=outputs)
            if budget is not None:
                row.budget = budget_to_data(budget)
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
            return run_lists.due(tx, queued_for_s=queued_for_s, limit=limit)

    def unreported(self, *, finished_for_s: float, limit: int = 100) -> Sequence[str]:
        """As the port says."""
        with self._sessions.read() as tx:
            return run_lists.unreported(tx, finished_for_s=finished_for_s, limit=limit)

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
