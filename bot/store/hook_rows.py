"""Rows of hooks and of deliveries to them: as values, locked, and switched off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select, update

from bot.core.hooks import HookDeliveryStatus, HookKind
from bot.errors import UserError
from bot.store.models import HookDeliveryRow, HookRow
from bot.store.port import Hook, HookDelivery
from bot.store.session import Transaction

# Whoever changes a delivery has locked the row of its hook before, as whoever removes a hook
# does: so none of them ever waits for another that waits for it.


def locked_hook(tx: Transaction, id: str | None) -> HookRow | None:
    """The row of a hook, locked; events can still be added to it."""
    return tx.scalar(select(HookRow).where(HookRow.id == id).with_for_update(key_share=True))


def locked_delivery(tx: Transaction, id: str) -> tuple[HookRow, HookDeliveryRow] | None:
    """The row of a delivery and that of its hook, both locked."""
    hook_id = tx.scalar(select(HookDeliveryRow.hook_id).where(HookDeliveryRow.id == id))
    hook = locked_hook(tx, hook_id)
    row = tx.scalar(select(HookDeliveryRow).where(HookDeliveryRow.id == id).with_for_update())
    return None if hook is None or row is None else (hook, row)


def new_delivery(
    hook_id: str, kind: str, body: dict[str, object], now: datetime
) -> dict[str, object]:
    """The columns of a delivery that is due at once."""
    return {
        "id": str(uuid4()),
        "hook_id": hook_id,
        "kind": kind,
        "body": body,
        "status": HookDeliveryStatus.PENDING,
        "attempts": 0,
        "note": "",
        "due_at": now,
        "created_at": now,
    }


def switch_off(tx: Transaction, hook: HookRow, reason: str, now: datetime) -> None:
    """Send nothing more to a hook whose row is locked; what is on its way ends."""
    hook.is_active = False
    hook.off_reason = reason
    end_pending(tx, hook, now)


def end_pending(tx: Transaction, hook: HookRow, now: datetime) -> None:
    """End what is on its way to a hook that is switched off."""
    tx.execute(
        update(HookDeliveryRow)
        .where(HookDeliveryRow.hook_id == hook.id, HookDeliveryRow.due_at.is_not(None))
        .values(
            status=HookDeliveryStatus.FAILED,
            note="The hook was switched off.",
            due_at=None,
            finished_at=now,
        )
    )


def refuse_off(hook: HookRow) -> None:
    """Raises ``UserError`` (``hook_off``) for a hook that is switched off."""
    if not hook.is_active:
        raise UserError(
            "The hook is switched off.",
            reason="hook_off",
            remedy="Switch it on again first.",
        )


def hook_value(row: HookRow) -> Hook:
    """A hook as the port has it."""
    return Hook(
        serial=row.serial,
        id=row.id,
        organisation_id=row.organisation_id,
        home=row.home,
        url=row.url,
        kinds=_kinds(row.kinds),
        is_active=row.is_active,
        off_reason=row.off_reason,
        failing_since=row.failing_since,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def delivery_value(row: HookDeliveryRow) -> HookDelivery:
    """A delivery as the port has it."""
    return HookDelivery(
        serial=row.serial,
        id=row.id,
        hook_id=row.hook_id,
        kind=row.kind,
        body=row.body,
        status=HookDeliveryStatus(row.status),
        attempts=row.attempts,
        due_at=row.due_at,
        answered=row.answered,
        note=row.note,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def _kinds(words: str) -> Sequence[HookKind]:
    return tuple(HookKind(word) for word in words.split())
