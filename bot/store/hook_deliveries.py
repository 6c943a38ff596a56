"""What is on its way to hooks: found, taken by one sender at a time, and settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select

from bot.core.hooks import LONGEST_WAIT_S, PING, HookDeliveryStatus, HookOutcome
from bot.store.hook_bodies import body_of
from bot.store.hook_rows import (
    delivery_value,
    end_pending,
    hook_value,
    locked_delivery,
    locked_hook,
    new_delivery,
    refuse_off,
    switch_off,
)
from bot.store.leases import has_lapsed, held_until, lapsed
from bot.store.models import HookDeliveryRow, HookRow
from bot.store.port import HookDelivery, Sending
from bot.store.session import Sessions, Transaction


class SqlHookDeliveries:
    """``HookDeliveries`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def due(self, *, limit: int = 50) -> Sequence[str]:
        """As the port says."""
        with self._sessions.read() as tx:
            now = tx.now()
            is_due = HookDeliveryRow.due_at <= now
            # Mostly nothing is due, and then nothing but that is looked at.
            waiting = select(HookDeliveryRow.hook_id).where(is_due)
            since = select(func.min(HookDeliveryRow.due_at)).where(
                is_due, HookDeliveryRow.hook_id == HookRow.id
            )
            return tx.scalars(
                select(HookRow.id)
                .where(HookRow.id.in_(waiting), _is_free(now))
                .order_by(HookRow.failing_since.is_not(None), since.scalar_subquery())
                .limit(limit)
            ).all()

    def take(self, hook_id: str, *, lease_s: float) -> Sending | None:
        """As the port says."""
        with self._sessions.write() as tx:
            hook = locked_hook(tx, hook_id)
            now = tx.now()
            if hook is None or _is_held(hook, now):
                return None
            if not hook.is_active:
                # Events that were under way when it was switched off may have added something.
                end_pending(tx, hook, now)
                return None
            row = _next(tx, hook, now)
            if row is None:
                return None
            row.attempts += 1
            hook.busy_until = held_until(now, lease_s)
            return _sending(hook, row, now)

    def settle(self, id: str, attempt: int, outcome: HookOutcome) -> bool:
        """As the port says."""
        with self._sessions.write() as tx:
            found = locked_delivery(tx, id)
            if found is None:
                return False
            hook, row = found
            if row.due_at is None or row.attempts != attempt:
                return False
            now = tx.now()
            _end_attempt(row, outcome, now)
            _note_health(hook, outcome, now)
            if outcome.off_reason:
                switch_off(tx, hook, outcome.off_reason, now)
            return True

    def get(self, id: str) -> HookDelivery | None:
        """As the port says."""
        with self._sessions.read() as tx:
            row = tx.scalar(select(HookDeliveryRow).where(HookDeliveryRow.id == id))
            return None if row is None else delivery_value(row)

    def listed(
        self, hook_id: str, *, before: int | None = None, limit: int = 50
    ) -> Sequence[HookDelivery]:
        """As the port says."""
        wanted = select(HookDeliveryRow).where(HookDeliveryRow.hook_id == hook_id)
        if before is not None:
            wanted = wanted.where(HookDeliveryRow.serial < before)
        with self._sessions.read() as tx:
            rows = tx.scalars(wanted.order_by(HookDeliveryRow.serial.desc()).limit(limit))
            return [delivery_value(row) for row in rows]

    def ended(self, *, within_s: float) -> Mapping[HookDeliveryStatus, int]:
        """As the port says."""
        with self._sessions.read() as tx:
            since = tx.now() - timedelta(seconds=within_s)
            found = tx.execute(
                select(HookDeliveryRow.status, func.count())
                .where(HookDeliveryRow.finished_at > since)
                .group_by(HookDeliveryRow.status)
            )
            counts = {HookDeliveryStatus(status): number for status, number in found}
        ends = (HookDeliveryStatus.DELIVERED, HookDeliveryStatus.FAILED)
        return {status: counts.get(status, 0) for status in ends}

    def redeliver(self, id: str) -> HookDelivery | None:
        """As the port says; what had ended has all its attempts before it again."""
        with self._sessions.write() as tx:
            found = locked_delivery(tx, id)
            if found is None:
                return None
            hook, row = found
            refuse_off(hook)
            if row.due_at is None:
                row.status = HookDeliveryStatus.PENDING
                row.attempts = 0
                row.finished_at = None
            row.due_at = tx.now()
            hook.rests_until = None
            return delivery_value(row)

    def ping(self, hook_id: str) -> HookDelivery | None:
        """As the port says."""
        with self._sessions.write() as tx:
            hook = locked_hook(tx, hook_id)
            if hook is None:
                return None
            refuse_off(hook)
            now = tx.now()
            body = body_of(PING, now, {"hook_id": hook.id})
            row = HookDeliveryRow(**new_delivery(hook.id, PING, body, now))
            tx.add(row)
            hook.rests_until = None
            tx.flush()
            return delivery_value(row)

    def purge(self, *, older_than_days: int = 30) -> int:
        """As the port says."""
        with self._sessions.write() as tx:
            until = tx.now() - timedelta(days=older_than_days)
            dropped = tx.execute(
                delete(HookDeliveryRow)
                .where(HookDeliveryRow.finished_at <= until)
                .returning(HookDeliveryRow.serial)
                .execution_options(synchronize_session=False)
            )
            return len(dropped.all())


#: Nothing rests for longer; a later time was written before a clock was set back.
_LONGEST_REST = timedelta(seconds=LONGEST_WAIT_S)


def _is_free(now: datetime) -> ColumnElement[bool]:
    """Whether nobody sends to a hook, and it does not rest."""
    return and_(
        or_(HookRow.busy_until.is_(None), lapsed(HookRow.busy_until, now)),
        or_(
            HookRow.rests_until.is_(None),
            HookRow.rests_until <= now,
            HookRow.rests_until > now + _LONGEST_REST,
        ),
    )


def _is_held(hook: HookRow, now: datetime) -> bool:
    """The contrary of `_is_free`, of a row."""
    if hook.busy_until is not None and not has_lapsed(hook.busy_until, now):
        return True
    return hook.rests_until is not None and now < hook.rests_until <= now + _LONGEST_REST


def _next(tx: Transaction, hook: HookRow, now: datetime) -> HookDeliveryRow | None:
    """What is due first: the oldest event, but what is tried again as of when that is."""
    return tx.scalar(
        select(HookDeliveryRow)
        .where(HookDeliveryRow.hook_id == hook.id, HookDeliveryRow.due_at <= now)
        .order_by(HookDeliveryRow.due_at, HookDeliveryRow.serial)
        .limit(1)
        .with_for_update()
    )


def _sending(hook: HookRow, row: HookDeliveryRow, now: datetime) -> Sending:
    old = hook.old_sealed_secret
    is_old_good = hook.old_secret_until is not None and now < hook.old_secret_until
    since = hook.failing_since
    return Sending(
        hook=hook_value(hook),
        delivery=delivery_value(row),
        sealed_secrets=(hook.sealed_secret, old) if old and is_old_good else (hook.sealed_secret,),
        failing_for_s=None if since is None else max(0.0, (now - since).total_seconds()),
    )


def _end_attempt(row: HookDeliveryRow, outcome: HookOutcome, now: datetime) -> None:
    row.status = outcome.status
    row.answered = outcome.answered
    row.note = outcome.note
    if outcome.retry_in_s is None:
        row.due_at, row.finished_at = None, now
    else:
        row.due_at = now + timedelta(seconds=outcome.retry_in_s)


def _note_health(hook: HookRow, outcome: HookOutcome, now: datetime) -> None:
    hook.busy_until = None
    if outcome.status is HookDeliveryStatus.DELIVERED:
        hook.failing_since = hook.rests_until = None
    else:
        hook.failing_since = hook.failing_since or now
        hook.rests_until = now + timedelta(seconds=outcome.rest_s)
