"""What models may use up, counted so that nobody who counts at the same time is left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import delete, select

from bot.core.budgets import Balance
from bot.core.model_calls import CallStatus
from bot.core.runs import RunStatus
from bot.store import budget_rows
from bot.store.models import BudgetRow, ModelCallRow, RunRow
from bot.store.port.budgets import Cap, EndedCall, NewCall, Reached
from bot.store.run_rows import held
from bot.store.session import Sessions, Transaction


class SqlBudgets:
    """``Budgets`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def reserve(self, call: NewCall, caps: Sequence[Cap]) -> str | Reached:
        """As the port says; what would exceed a cap is undone with its transaction."""
        try:
            with self._sessions.write() as tx:
                run = held(tx, call.run_id, call.number)
                _lose_those_of_others(tx, call)
                _refuse_too_much(caps, budget_rows.set_aside(tx, run, call, caps), call)
                return _record(tx, call, caps)
        except _Undone as undone:
            return undone.reached

    def settle(self, id: str, ended: EndedCall) -> bool:
        """As the port says."""
        with self._sessions.write() as tx:
            row = tx.scalar(select(ModelCallRow).where(ModelCallRow.id == id).with_for_update())
            if row is None or row.settled_at is not None:
                return False
            budget_rows.settle(tx, row, ended)
            return True

    def settle_abandoned(self, *, older_than_s: float, limit: int = 100) -> int:
        """As the port says; each in a transaction of its own."""
        with self._sessions.read() as tx:
            since = tx.now() - timedelta(seconds=older_than_s)
            ids = tx.scalars(
                select(ModelCallRow.id)
                .where(ModelCallRow.settled_at.is_(None), ModelCallRow.created_at <= since)
                .order_by(ModelCallRow.created_at)
                .limit(limit)
            ).all()
        return sum(self._lose(each) for each in ids)

    def balances(self, scopes: Collection[str]) -> Mapping[str, Balance]:
        """As the port says."""
        with self._sessions.read() as tx:
            rows = tx.scalars(select(BudgetRow).where(BudgetRow.scope.in_(scopes)))
            return {row.scope: budget_rows.balance_of(row) for row in rows}

    def history(self, workflow: str, *, limit: int = 50) -> Sequence[Balance]:
        """As the port says; newest first."""
        with self._sessions.read() as tx:
            rows = tx.scalars(
                select(BudgetRow)
                .join(RunRow, RunRow.id == BudgetRow.run_id)
                .where(
                    BudgetRow.workflow == workflow,
                    BudgetRow.calls > 0,
                    RunRow.status == RunStatus.COMPLETED,
                )
                .order_by(BudgetRow.updated_at.desc())
                .limit(limit)
            )
            return [budget_rows.balance_of(row) for row in rows]

    def purge(self, *, before_day: str) -> int:
        """As the port says; a run's own has no day and goes with the run."""
        with self._sessions.write() as tx:
            gone = tx.scalars(
                delete(BudgetRow)
                .where(BudgetRow.day != "", BudgetRow.day < before_day)
                .returning(BudgetRow.scope)
            )
            return len(gone.all())

    def _lose(self, id: str) -> bool:
        with self._sessions.write() as tx:
            row = tx.scalar(select(ModelCallRow).where(ModelCallRow.id == id).with_for_update())
            if row is None or row.settled_at is not None:
                return False
            budget_rows.lose(tx, row)
            return True


class _Undone(Exception):
    def __init__(self, reached: Reached) -> None:
        super().__init__(reached.cap.scope)
        self.reached = reached


def _lose_those_of_others(tx: Transaction, call: NewCall) -> None:
    """Whoever held the run before will settle nothing more that counts."""
    left = tx.scalars(
        select(ModelCallRow)
        .where(
            ModelCallRow.run_id == call.run_id,
            ModelCallRow.settled_at.is_(None),
            ModelCallRow.number < call.number,
        )
        .order_by(ModelCallRow.serial)
        .with_for_update()
    ).all()
    for row in left:
        budget_rows.lose(tx, row)
    tx.flush()


def _refuse_too_much(caps: Sequence[Cap], rows: Sequence[BudgetRow], call: NewCall) -> None:
    """``_Undone`` with the cap that is exceeded; with one that waiting does not help against, where
    there is one."""
    found = {row.scope: budget_rows.balance_of(row) for row in rows}
    reached = [one for cap in caps if (one := _reached(cap, found[cap.scope], call)) is not None]
    if reached:
        raise _Undone(min(reached, key=lambda one: one.busy))


def _reached(cap: Cap, after: Balance, call: NewCall) -> Reached | None:
    micro_usd = call.micro_usd or 0
    before = Balance(
        spent_tokens=after.spent_tokens,
        spent_micro_usd=after.spent_micro_usd,
        reserved_tokens=after.reserved_tokens - call.tokens,
        reserved_micro_usd=after.reserved_micro_usd - micro_usd,
        calls=after.calls,
        unpriced=after.unpriced,
    )
    tokens = _over(cap.tokens, before.spent_tokens, before.reserved_tokens, call.tokens)
    money = _over(cap.micro_usd, before.spent_micro_usd, before.reserved_micro_usd, micro_usd)
    if cap.micro_usd == 0 and call.micro_usd is None:
        # Where nothing may be spent, what costs nobody knows how much may not be asked.
        money = _FULL
    if not tokens and not money:
        return None
    return Reached(cap=cap, balance=before, busy=_FULL not in (tokens, money))


_BUSY, _FULL = 1, 2


def _over(cap: int | None, spent: int, reserved: int, more: int) -> int:
    if cap is None or spent + reserved + more <= cap:
        return 0
    return _FULL if spent + more > cap else _BUSY


def _record(tx: Transaction, call: NewCall, caps: Sequence[Cap]) -> str:
    row = ModelCallRow(
        id=str(uuid4()),
        run_id=call.run_id,
        number=call.number,
        step_id=call.step_id,
        purpose=call.purpose,
        model=call.model,
        attempt=call.attempt,
        status=CallStatus.PLANNED.value,
        scopes=[cap.scope for cap in caps],
        tokens=call.tokens,
        micro_usd=call.micro_usd,
        prompt_hash=call.prompt_hash,
        prompt=call.prompt,
        created_at=tx.now(),
    )
    tx.add(row)
    tx.flush()
    return row.id
