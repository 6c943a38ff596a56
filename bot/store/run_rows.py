"""Rows of runs and steps: locked, checked, moved, and read as values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, func, select

from bot.core.identity import actor_from_dict, thread_from_dict
from bot.core.runs import RUN_MOVES, Failure, Run, RunStatus, Step, StepStatus
from bot.errors import LeaseLost, UserError
from bot.store.models import RunRow, StepRow
from bot.store.session import Transaction


def locked(tx: Transaction, id: str) -> RunRow | None:
    """The row of a run, which nobody else changes until this transaction ends."""
    # Rows that refer to the run may be added meanwhile: its key never changes.
    return tx.scalar(select(RunRow).where(RunRow.id == id).with_for_update(key_share=True))


def known(tx: Transaction, id: str) -> RunRow:
    """As `locked`; ``UserError`` where there is none."""
    row = locked(tx, id)
    if row is None:
        raise UserError("There is no such run.", reason="unknown_run")
    return row


def held(tx: Transaction, id: str, number: int) -> RunRow:
    """As `locked`; ``LeaseLost`` unless it is running under this lease number."""
    row = numbered(tx, id, number)
    if row.status != RunStatus.RUNNING:
        raise LeaseLost(f"Run {id} is {row.status} and no longer held under lease {number}.")
    return row


def numbered(tx: Transaction, id: str, number: int) -> RunRow:
    """As `locked`; ``LeaseLost`` unless this is the newest lease number."""
    row = locked(tx, id)
    if row is None or row.lease_number != number:
        raise LeaseLost(f"Lease {number} of run {id} is not the newest.")
    return row


def move(row: RunRow, status: RunStatus) -> None:
    """The one place where a run changes its state; an illegal move is a mistake of ours."""
    if status not in RUN_MOVES[RunStatus(row.status)]:
        raise ValueError(f"a {row.status} run cannot become {status.value}")
    row.status = status.value


def step_of(tx: Transaction, run: RunRow, step_id: str) -> StepRow:
    """The row of a step; KeyError where the run has none of that id."""
    row = tx.scalar(select(StepRow).where(StepRow.run_id == run.id, StepRow.step_id == step_id))
    if row is None:
        raise KeyError(step_id)
    return row


def steps_of(tx: Transaction, ids: Sequence[str]) -> Mapping[str, list[StepRow]]:
    """The rows of the steps of runs, in order, in one query."""
    steps: dict[str, list[StepRow]] = defaultdict(list)
    rows = select(StepRow).where(StepRow.run_id.in_(ids)).order_by(StepRow.run_id, StepRow.position)
    for step in tx.scalars(rows) if ids else ():
        steps[step.run_id].append(step)
    return steps


def runs_of(tx: Transaction, query: Select[RunRow]) -> list[Run]:
    """The runs that a query gives, in two queries whatever their number."""
    rows = tx.scalars(query).all()
    steps = steps_of(tx, [row.id for row in rows])
    return [_run(row, steps.get(row.id, [])) for row in rows]


def newest_statuses(
    tx: Transaction, forge: str, threads: Collection[tuple[str, int]]
) -> Mapping[tuple[str, int], RunStatus]:
    """The status of the newest run of each thread that has one."""
    # Two lists instead of one of pairs, which SQLite would not look up in the index. What they
    # find too much, number 7 of another repository, is left out here.
    newest = (
        select(func.max(RunRow.serial))
        .where(
            RunRow.forge == forge,
            RunRow.repository_id.in_({repository for repository, _ in threads}),
            RunRow.thread_number.in_({number for _, number in threads}),
        )
        .group_by(RunRow.repository_id, RunRow.thread_number)
    )
    rows = tx.execute(
        select(RunRow.repository_id, RunRow.thread_number, RunRow.status).where(
            RunRow.serial.in_(newest)
        )
    )
    found = {(str(row[0]), row[1] or 0): RunStatus(row[2]) for row in rows}
    return {thread: found[thread] for thread in threads if thread in found}


def run_of(tx: Transaction, row: RunRow) -> Run:
    """A row and its steps as a value."""
    return _run(row, steps_of(tx, [row.id]).get(row.id, []))


def failure_to_dict(failure: Failure | None) -> dict[str, Any] | None:
    """Plain data for a column."""
    return asdict(failure) if failure else None


def _failure(data: Mapping[str, Any] | None) -> Failure | None:
    return Failure(**data) if data else None


def _run(row: RunRow, steps: Sequence[StepRow]) -> Run:
    status = RunStatus(row.status)
    return Run(
        id=row.id,
        status=status,
        workflow=row.workflow,
        inputs=row.inputs,
        requester=actor_from_dict(row.requester),
        thread=thread_from_dict(row.thread) if row.thread else None,
        command_id=row.command_id,
        comment_id=row.comment_id,
        project_id=row.project_id,
        steps=tuple(_step(step) for step in steps),
        lease_number=row.lease_number,
        failure=_failure(row.failure),
        cancel_requested_by=row.cancel_requested_by,
        waiting_for=row.waiting_for,
        resume_at=row.due_at if status is RunStatus.WAITING else None,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        reported_at=row.reported_at,
    )


def _step(row: StepRow) -> Step:
    return Step(
        id=row.step_id,
        uses=row.uses,
        position=row.position,
        status=StepStatus(row.status),
        attempts=row.attempts,
        outputs=row.outputs,
        failure=_failure(row.failure),
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
