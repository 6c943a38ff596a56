"""Rows of plans: how they end, and how they are read as values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import aliased

from bot.core.runs import PlanStatus
from bot.store import events
from bot.store.models import PlanRow, RunRow
from bot.store.port import EventKind, Plan
from bot.store.session import Transaction

_TOLD = {
    PlanStatus.PENDING: EventKind.PLAN_PROPOSED,
    PlanStatus.APPROVED: EventKind.PLAN_APPROVED,
    PlanStatus.REJECTED: EventKind.PLAN_REJECTED,
    PlanStatus.LAPSED: EventKind.PLAN_LAPSED,
}


def tell(tx: Transaction, run: RunRow, plan: PlanRow, now: datetime) -> None:
    """Write into the run's stream how a plan stands."""
    data: dict[str, object] = {"plan": plan.id, "step": plan.step_id, "digest": plan.digest}
    if plan.decided_by is not None:
        data |= {"by": plan.decided_by, "note": plan.note}
    events.of_run(tx, run, _TOLD[PlanStatus(plan.status)], now, **data)


def lapse_pending(tx: Transaction, run: RunRow, now: datetime, *, but: str = "") -> None:
    """End the undecided plans of a locked run; ``but`` is the id of one that stays."""
    pending = PlanRow.run_id == run.id, PlanRow.status == PlanStatus.PENDING, PlanRow.id != but
    for plan in tx.scalars(select(PlanRow).where(*pending).order_by(PlanRow.serial)):
        plan.status = PlanStatus.LAPSED
        plan.decided_at = now
        tell(tx, run, plan, now)


def locked_with_rivals(tx: Transaction, run_id: str) -> Sequence[RunRow]:
    """A run and those of its thread that have undecided plans, locked in the order of all."""
    mine = aliased(RunRow)
    rivals = (
        select(PlanRow.run_id)
        .join(RunRow, RunRow.id == PlanRow.run_id)
        .join(mine, _is_same_thread(mine))
        .where(mine.id == run_id, PlanRow.status == PlanStatus.PENDING)
    )
    return tx.scalars(
        select(RunRow)
        .where(RunRow.id.in_({run_id, *tx.scalars(rivals)}))
        .order_by(RunRow.serial)
        .with_for_update(key_share=True)
    ).all()


def is_pending(now: datetime) -> ColumnElement[bool]:
    """Whether a plan still waits for an answer."""
    return and_(PlanRow.status == PlanStatus.PENDING, PlanRow.lapses_at > now)


def status_of(row: PlanRow, now: datetime) -> PlanStatus:
    """How a plan stands; one that nobody decided in time has lapsed by itself."""
    status = PlanStatus(row.status)
    is_late = status is PlanStatus.PENDING and row.lapses_at <= now
    return PlanStatus.LAPSED if is_late else status


def plan_of(row: PlanRow, now: datetime) -> Plan:
    """A row as a value."""
    return Plan(
        id=row.id,
        run_id=row.run_id,
        step_id=row.step_id,
        digest=row.digest,
        document=row.document,
        shown=row.shown,
        status=status_of(row, now),
        created_at=row.created_at,
        lapses_at=row.lapses_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        note=row.note,
    )


def _is_same_thread(other: type[RunRow]) -> ColumnElement[bool]:
    return and_(
        other.forge == RunRow.forge,
        other.repository_id == RunRow.repository_id,
        other.thread_number == RunRow.thread_number,
    )
