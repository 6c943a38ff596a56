"""Rows of budgets: locked in one order, moved, and read as values."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from bot.core.budgets import Balance
from bot.core.model_calls import CallStatus
from bot.store.models import BudgetRow, ModelCallRow, RunRow
from bot.store.port.budgets import Cap, EndedCall, NewCall
from bot.store.session import Transaction


def set_aside(
    tx: Transaction, run: RunRow, call: NewCall, caps: Sequence[Cap]
) -> Sequence[BudgetRow]:
    """Add what a call may use up to every budget, made where it is not there; all, locked.

    One statement, which locks them in the order of their names as everybody does, so that no two
    wait for each other.
    """
    micro_usd = call.micro_usd or 0
    rows = [
        {
            "scope": cap.scope,
            "day": cap.day,
            "run_id": call.run_id if _is_own(cap, call) else None,
            "workflow": run.workflow_name if _is_own(cap, call) else None,
            "spent_tokens": 0,
            "spent_micro_usd": 0,
            "reserved_tokens": call.tokens,
            "reserved_micro_usd": micro_usd,
            "calls": 0,
            "unpriced": 0,
            "updated_at": tx.now(),
        }
        for cap in sorted(caps, key=lambda cap: cap.scope)
    ]
    adding = tx.insert(BudgetRow).values(rows)
    return tx.scalars(
        adding.on_conflict_do_update(
            index_elements=[BudgetRow.scope],
            set_={
                "reserved_tokens": BudgetRow.reserved_tokens + adding.excluded.reserved_tokens,
                "reserved_micro_usd": (
                    BudgetRow.reserved_micro_usd + adding.excluded.reserved_micro_usd
                ),
                "updated_at": adding.excluded.updated_at,
            },
        ).returning(BudgetRow),
        execution_options={"populate_existing": True},
    ).all()


@dataclass(frozen=True, kw_only=True)
class _Spent:
    tokens: int
    micro_usd: int | None


def settle(tx: Transaction, row: ModelCallRow, ended: EndedCall) -> None:
    """Have a locked call that is not settled count for what it has used up."""
    spent = _spent(row, ended)
    _move(tx, row, spent, is_free=ended.status is CallStatus.REFUSED)
    row.status = ended.status.value
    row.tokens, row.micro_usd = spent.tokens, spent.micro_usd
    if ended.usage is not None:
        row.input_tokens = ended.usage.input_tokens
        row.output_tokens = ended.usage.output_tokens
        row.cached_tokens = ended.usage.cached_tokens
    row.http_status, row.duration_ms = ended.http_status, ended.duration_ms
    row.answer_hash, row.answer = ended.answer_hash, ended.answer
    row.settled_at = tx.now()


def lose(tx: Transaction, row: ModelCallRow) -> None:
    """Have all be spent that was set aside for a call of which nobody will hear again."""
    age_s = (tx.now() - row.created_at).total_seconds()
    settle(tx, row, EndedCall(status=CallStatus.LOST, duration_ms=max(0, int(age_s * 1000))))


def balance_of(row: BudgetRow) -> Balance:
    """A row as a value."""
    return Balance(
        spent_tokens=row.spent_tokens,
        spent_micro_usd=row.spent_micro_usd,
        reserved_tokens=row.reserved_tokens,
        reserved_micro_usd=row.reserved_micro_usd,
        calls=row.calls,
        unpriced=row.unpriced,
    )


def _is_own(cap: Cap, call: NewCall) -> bool:
    return cap.scope == f"run:{call.run_id}"


def _spent(row: ModelCallRow, ended: EndedCall) -> _Spent:
    if ended.status is CallStatus.REFUSED:
        return _Spent(tokens=0, micro_usd=0)
    if ended.usage is None:
        return _Spent(tokens=row.tokens, micro_usd=row.micro_usd)
    return _Spent(tokens=ended.usage.tokens, micro_usd=ended.micro_usd)


def _move(tx: Transaction, row: ModelCallRow, spent: _Spent, *, is_free: bool) -> None:
    scopes = sorted(row.scopes)
    _lock(tx, scopes)
    is_unpriced = spent.micro_usd is None and not is_free
    tx.execute(
        update(BudgetRow)
        .where(BudgetRow.scope.in_(scopes))
        .values(
            reserved_tokens=BudgetRow.reserved_tokens - row.tokens,
            reserved_micro_usd=BudgetRow.reserved_micro_usd - (row.micro_usd or 0),
            spent_tokens=BudgetRow.spent_tokens + spent.tokens,
            spent_micro_usd=BudgetRow.spent_micro_usd + (spent.micro_usd or 0),
            calls=BudgetRow.calls + (0 if is_free else 1),
            unpriced=BudgetRow.unpriced + int(is_unpriced),
            updated_at=tx.now(),
        )
        .execution_options(synchronize_session=False)
    )


def _lock(tx: Transaction, scopes: Collection[str]) -> None:
    order = select(BudgetRow.scope).where(BudgetRow.scope.in_(scopes)).order_by(BudgetRow.scope)
    tx.execute(order.with_for_update())
