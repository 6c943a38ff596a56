"""Outgoing webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select

from bot.core.hooks import HookKind
from bot.errors import UserError
from bot.store.hook_rows import hook_value, locked_hook, switch_off
from bot.store.models import HookRow, OrganisationRow
from bot.store.port import Hook, NewHook, Whose
from bot.store.session import Sessions, Transaction

#: Each event is written once for each hook that hears of it.
MOST_HOOKS = 20


class SqlHooks:
    """``Hooks`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def create(self, new: NewHook) -> Hook:
        """As the port says; ValueError for one that has both an organisation and a home."""
        if new.home == "" or (new.home and new.organisation_id):
            raise ValueError("a hook belongs to an organisation, to a home or to the operator")
        with self._sessions.write() as tx:
            _demand_organisation(tx, new.organisation_id)
            _refuse_many(tx, new)
            now = tx.now()
            row = HookRow(
                id=new.id,
                organisation_id=new.organisation_id,
                home=new.home,
                url=new.url,
                sealed_secret=new.sealed_secret,
                kinds=" ".join(new.kinds),
                is_active=True,
                created_by=new.created_by,
                created_at=now,
                updated_at=now,
            )
            tx.add(row)
            tx.flush()
            return hook_value(row)

    def get(self, id: str) -> Hook | None:
        """As the port says."""
        with self._sessions.read() as tx:
            row = tx.scalar(select(HookRow).where(HookRow.id == id))
            return None if row is None else hook_value(row)

    def listed(self, whose: Whose, *, before: int | None = None, limit: int = 50) -> Sequence[Hook]:
        """As the port says."""
        wanted = select(HookRow).order_by(HookRow.serial.desc()).limit(limit)
        if not whose.everybody:
            wanted = wanted.where(_is_of(whose))
        if before is not None:
            wanted = wanted.where(HookRow.serial < before)
        with self._sessions.read() as tx:
            return [hook_value(row) for row in tx.scalars(wanted)]

    def count_off(self) -> int:
        """As the port says."""
        with self._sessions.read() as tx:
            return tx.scalar(select(func.count()).where(HookRow.is_active.is_(False))) or 0

    def change(
        self,
        id: str,
        *,
        url: str | None = None,
        kinds: Sequence[HookKind] | None = None,
        active: bool | None = None,
    ) -> Hook | None:
        """As the port says."""
        with self._sessions.write() as tx:
            row = locked_hook(tx, id)
            if row is None:
                return None
            now = tx.now()
            if kinds is not None:
                row.kinds = " ".join(kinds)
            if url is not None and url != row.url:
                row.url = url
                _forgive(row)
            if active is False and row.is_active:
                switch_off(tx, row, "It was switched off by hand.", now)
            if active and not row.is_active:
                row.is_active, row.off_reason = True, ""
                _forgive(row)
            row.updated_at = now
            return hook_value(row)

    def replace_secret(self, id: str, sealed: str, *, old_valid_s: float) -> Hook | None:
        """As the port says."""
        with self._sessions.write() as tx:
            row = locked_hook(tx, id)
            if row is None:
                return None
            now = tx.now()
            row.old_sealed_secret, row.sealed_secret = row.sealed_secret, sealed
            row.old_secret_until = now + timedelta(seconds=old_valid_s)
            row.updated_at = now
            return hook_value(row)

    def remove(self, id: str) -> bool:
        """As the port says; its deliveries go with its row."""
        with self._sessions.write() as tx:
            gone = tx.scalar(delete(HookRow).where(HookRow.id == id).returning(HookRow.id))
            return gone is not None


def _forgive(row: HookRow) -> None:
    row.failing_since = row.rests_until = None


def _is_of(whose: Whose) -> ColumnElement[bool]:
    return or_(
        HookRow.organisation_id.in_(sorted(whose.organisation_ids)),
        HookRow.home.in_(sorted(whose.homes)),
    )


def _demand_organisation(tx: Transaction, id: str | None) -> None:
    """Sees to it that the organisation is not dropped before the end of the transaction."""
    if id is None:
        return
    found = select(OrganisationRow.id).where(OrganisationRow.id == id)
    if tx.scalar(found.with_for_update(read=True, key_share=True)) is None:
        raise LookupError(f"there is no organisation {id}")


def _refuse_many(tx: Transaction, new: NewHook) -> None:
    # None is asked for as IS NULL, so that the operator's own are counted as well.
    same = (HookRow.organisation_id == new.organisation_id, HookRow.home == new.home)
    if (tx.scalar(select(func.count()).where(*same)) or 0) >= MOST_HOOKS:
        raise UserError(
            f"There are {MOST_HOOKS} hooks already, and no more can be made.",
            reason="too_many_hooks",
            remedy="Remove one that is not needed, or change its address.",
        )
