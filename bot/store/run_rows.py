"""Rows of runs and steps: locked, checked, moved, and read as values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from bot.core.budgets import budget_from_data
from bot.core.identity import actor_from_dict, repository_from_dict, thread_from_dict
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


def wake(row: RunRow, now: datetime) -> bool:
    """Make a waiting run due, and let one that is worked on not wait; whether it did wait."""
    if row.status == RunStatus.RUNNING:
        row.woken = True
    if row.status != RunStatus.WAITING:
        return False
    if row.due_at is None or row.due_at > now:
        row.due_at = now
    return True


def step_of(tx: Transaction, run: RunRow, step_id: str) -> StepRow:
    """The row of a step or part; KeyError where the run has none of that id."""
    row = tx.scalar(select(StepRow).where(StepRow.run_id == run.id, StepRow.step_id == step_id))
    if row is None:
        raise KeyError(step_id)
    return row


def steps_of(tx: Transaction, ids: Sequence[str]) -> Mapping[str, list[StepRow]]:
    """The rows of the steps and parts of runs, in order, in one query."""
    steps: dict[str, list[StepRow]] = defaultdict(list)
    rows = select(StepRow).where(StepRow.run_id.in_(ids)).order_by(StepRow.run_id, StepRow.position)
    for step in tx.scalars(rows) if ids else ():
        steps[step.run_id].append(step)
    return steps


def runs_of(tx: Transaction, query: Select[RunRow]) -> list[Run]:
    """The runs that a query gives, in two queries whatever their number."""
    return runs_of_rows(tx, tx.scalars(query).all())


def runs_of_rows(tx: Transaction, rows: Sequence[RunRow]) -> list[Run]:
    """Rows and all their steps as values, in one query more."""
    steps = steps_of(tx, [row.id for row in rows])
    return [_run(row, steps.get(row.id, [])) for row in rows]


def run_of(tx: Transaction, row: RunRow) -> Run:
    """A row and its steps as a value."""
    return _run(row, steps_of(tx, [row.id]).get(row.id, []))


def failure_to_dict(failure: Failure | None) -> dict[str, Any] | None:
    """Plain data for a column."""
    return asdict(failure) if failure else None


def failure_from_dict(data: Mapping[str, Any] | None) -> Failure | None:
    """The reverse of `failure_to_dict`."""
    return Failure(**data) if data else None


def _run(row: RunRow, steps: Sequence[StepRow]) -> Run:
    status = RunStatus(row.status)
    return Run(
        id=row.id,
        status=status,
        workflow=row.workflow,
        inputs=row.inputs,
        source=row.source,
        policy=row.policy,
        requester=actor_from_dict(row.requester),
        thread=thread_from_dict(row.thread) if row.thread else None,
        command_id=row.command_id,
        comment_id=row.comment_id,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        destination=row.destination,
        repository=repository_from_dict(row.repository) if row.repository else None,
        home=row.home,
        steps=tuple(_step(step) for step in steps if step.parent is None),
        parts=tuple(_step(step) for step in steps if step.parent is not None),
        lease_number=row.lease_number,
        worker=row.worker,
        worked_s=row.worked_s,
        budget=budget_from_data(row.budget),
        outputs=row.outputs,
        failure=failure_from_dict(row.failure),
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
        parent=row.parent,
        status=StepStatus(row.status),
        attempts=row.attempts,
        round=row.round,
        inputs=row.inputs,
        outputs=row.outputs,
        failure=failure_from_dict(row.failure),
        waiting_for=row.waiting_for,
        resume_at=row.resume_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
