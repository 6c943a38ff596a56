"""Plans that wait for approval, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Select, select

from bot.core.identity import Thread
from bot.core.runs import PlanStatus
from bot.errors import UserError
from bot.store.models import PlanRow, RunRow
from bot.store.plan_rows import (
    is_pending,
    lapse_pending,
    locked_with_rivals,
    plan_of,
    status_of,
    tell,
)
from bot.store.port import NewPlan, Plan
from bot.store.run_rows import held, known, wake
from bot.store.session import Sessions, Transaction, Turn


class SqlPlans:
    """``Plans`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def propose(self, plan: NewPlan, *, number: int) -> Plan:
        """As the port says."""
        with self._sessions.write() as tx:
            # Two at once would not see each other's, and a thread would have two to answer.
            tx.take_turn(Turn.PROPOSING)
            runs = locked_with_rivals(tx, plan.run_id)
            mine, now = held(tx, plan.run_id, number), tx.now()
            row = _same(tx, plan)
            if row is None:
                row = _add(tx, plan, now)
                tell(tx, mine, row, now)
                for run in runs:
                    lapse_pending(tx, run, now, but=row.id)
                    if run is not mine:
                        wake(run, now)
            return plan_of(row, now)

    def get(self, id: str) -> Plan | None:
        """As the port says."""
        return self._first(select(PlanRow).where(PlanRow.id == id))

    def pending(self, thread: Thread) -> Plan | None:
        """As the port says."""
        with self._sessions.read() as tx:
            now = tx.now()
            return _first(tx, _in_thread(thread).where(is_pending(now)), now)

    def newest(self, thread: Thread) -> Plan | None:
        """As the port says."""
        return self._first(_in_thread(thread))

    def of_run(self, run_id: str) -> Sequence[Plan]:
        """As the port says."""
        with self._sessions.read() as tx:
            now = tx.now()
            rows = select(PlanRow).where(PlanRow.run_id == run_id).order_by(PlanRow.serial)
            return [plan_of(row, now) for row in tx.scalars(rows)]

    def decide(self, id: str, status: PlanStatus, *, by: str, note: str = "") -> Plan:
        """As the port says; ValueError for *pending*, which is no decision."""
        if status is PlanStatus.PENDING:
            raise ValueError("a plan is approved, rejected or lapsed")
        with self._sessions.write() as tx:
            run, row = _locked(tx, id)
            now = tx.now()
            stands = status_of(row, now)
            if stands not in (PlanStatus.PENDING, status):
                raise UserError(f"The plan is already {stands.value}.", reason="plan_decided")
            if row.status == PlanStatus.PENDING:
                row.status = status
                row.decided_by, row.decided_at, row.note = by, now, note
                tell(tx, run, row, now)
                wake(run, now)
                # It waits for a worker now, and for nobody's answer.
                run.waiting_for = None
            return plan_of(row, now)

    def _first(self, query: Select[PlanRow]) -> Plan | None:
        with self._sessions.read() as tx:
            return _first(tx, query, tx.now())


def _first(tx: Transaction, query: Select[PlanRow], now: datetime) -> Plan | None:
    row = tx.scalar(query.order_by(PlanRow.serial.desc()).limit(1))
    return None if row is None else plan_of(row, now)


def _in_thread(thread: Thread) -> Select[PlanRow]:
    return (
        select(PlanRow)
        .join(RunRow, RunRow.id == PlanRow.run_id)
        .where(
            RunRow.forge == thread.repository.forge,
            RunRow.repository_id == thread.repository.id,
            RunRow.thread_number == thread.number,
        )
    )


def _same(tx: Transaction, plan: NewPlan) -> PlanRow | None:
    return tx.scalar(
        select(PlanRow).where(
            PlanRow.run_id == plan.run_id,
            PlanRow.step_id == plan.step_id,
            PlanRow.digest == plan.digest,
        )
    )


def _add(tx: Transaction, plan: NewPlan, now: datetime) -> PlanRow:
    row = PlanRow(
        id=str(uuid4()),
        run_id=plan.run_id,
        step_id=plan.step_id,
        digest=plan.digest,
        document=dict(plan.document),
        shown=dict(plan.shown),
        status=PlanStatus.PENDING,
        created_at=now,
        lapses_at=now + timedelta(seconds=plan.valid_s),
        note="",
    )
    tx.add(row)
    tx.flush()
    return row


def _locked(tx: Transaction, id: str) -> tuple[RunRow, PlanRow]:
    """A plan that nobody else changes until this transaction ends, and its run."""
    run_id = tx.scalar(select(PlanRow.run_id).where(PlanRow.id == id))
    if run_id is None:
        raise UserError("There is no such plan.", reason="unknown_plan")
    # Whatever changes a plan holds the row of its run.
    run = known(tx, run_id)
    return run, tx.scalars(select(PlanRow).where(PlanRow.id == id)).one()
