"""Webhook deliveries: stored once at the door, worked on by one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

from sqlalchemy import Select, delete, or_, select, update

from bot.store import row_pages
from bot.store.leases import happened_by, has_lapsed, held_until, lapsed
from bot.store.models import DeliveryBodyRow, DeliveryRow
from bot.store.port import Claim, Delivery, DeliveryFilter, DeliveryStatus, Page
from bot.store.session import Sessions, Transaction


class SqlDeliveries:
    """``Deliveries`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def claim(
        self, *, forge: str, delivery_id: str, kind: str, body: bytes, malformed: bool = False
    ) -> Claim:
        """As the port says."""
        digest = sha256(body).hexdigest()
        status = DeliveryStatus.MALFORMED if malformed else DeliveryStatus.RECEIVED
        with self._sessions.write() as tx:
            new = tx.scalar(
                tx.insert(DeliveryRow)
                .values(
                    id=str(uuid4()),
                    forge=forge,
                    delivery_id=delivery_id,
                    kind=kind,
                    body_sha256=digest,
                    status=status,
                    received_at=tx.moment,
                    waiting_since=tx.moment,
                )
                .on_conflict_do_nothing()
                .returning(DeliveryRow.id)
            )
            claim = (
                Claim(id=new, fresh=True)
                if new is not None
                else _claim_again(tx, (forge, delivery_id, digest), status)
            )
            if claim.fresh:
                _keep_body(tx, claim.id, body)
            return claim

    def begin(self, id: str, *, lease_s: float) -> Delivery | None:
        """As the port says."""
        with self._sessions.write() as tx:
            row = tx.scalar(select(DeliveryRow).where(DeliveryRow.id == id).with_for_update())
            now = tx.now()
            if row is None or row.status != DeliveryStatus.RECEIVED:
                return None
            if row.lease_until is not None and not has_lapsed(row.lease_until, now):
                return None
            row.attempts += 1
            row.lease_until = held_until(now, lease_s)
            return _value(row, _body(tx, id))

    def settle(self, id: str, status: DeliveryStatus, note: str = "") -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            tx.execute(
                update(DeliveryRow)
                .where(DeliveryRow.id == id)
                .values(status=status, note=note, lease_until=None, retry_at=None)
            )

    def postpone(self, id: str, *, retry_in_s: float, note: str) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            now = tx.now()
            tx.execute(
                update(DeliveryRow)
                .where(DeliveryRow.id == id, DeliveryRow.status == DeliveryStatus.RECEIVED)
                .values(
                    note=note,
                    lease_until=None,
                    waiting_since=now,
                    retry_at=now + timedelta(seconds=retry_in_s),
                )
            )

    def due(self, *, older_than_s: float, limit: int = 100) -> Sequence[str]:
        """As the port says."""
        with self._sessions.read() as tx:
            now = tx.now()
            return tx.scalars(
                select(DeliveryRow.id)
                .where(
                    DeliveryRow.status == DeliveryStatus.RECEIVED,
                    happened_by(
                        DeliveryRow.waiting_since, now - timedelta(seconds=older_than_s), now
                    ),
                    or_(DeliveryRow.retry_at.is_(None), DeliveryRow.retry_at <= now),
                    or_(DeliveryRow.lease_until.is_(None), lapsed(DeliveryRow.lease_until, now)),
                )
                .order_by(DeliveryRow.waiting_since, DeliveryRow.serial)
                .limit(limit)
            ).all()

    def get(self, id: str) -> Delivery | None:
        """As the port says."""
        with self._sessions.read() as tx:
            row = tx.scalar(select(DeliveryRow).where(DeliveryRow.id == id))
            return None if row is None else _value(row, _body(tx, id))

    def recent(self, *, limit: int = 50) -> Sequence[Delivery]:
        """As the port says."""
        with self._sessions.read() as tx:
            newest = select(DeliveryRow).order_by(DeliveryRow.serial.desc()).limit(limit)
            return [_value(row, None) for row in tx.scalars(newest)]

    def listed(
        self, wanted: DeliveryFilter, *, after: str | None = None, limit: int = 50
    ) -> Page[Delivery]:
        """As the port says."""
        serial = DeliveryRow.serial
        found = row_pages.newest_first(_chosen(wanted), serial, after=after, limit=limit)
        with self._sessions.read() as tx:
            rows = tx.scalars(found).all()
            items = [_value(row, None) for row in rows]
            return row_pages.page(items, [row.serial for row in rows], limit)

    def forget_body(self, id: str) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            tx.execute(
                delete(DeliveryBodyRow)
                .where(DeliveryBodyRow.delivery_id == id)
                .execution_options(synchronize_session=False)
            )

    def purge(self, *, older_than_days: int = 30) -> int:
        """As the port says."""
        with self._sessions.write() as tx:
            unsettled = (
                select(DeliveryRow.serial)
                .where(
                    DeliveryRow.id == DeliveryBodyRow.delivery_id,
                    DeliveryRow.status == DeliveryStatus.RECEIVED,
                )
                .exists()
            )
            dropped = tx.execute(
                delete(DeliveryBodyRow)
                .where(
                    DeliveryBodyRow.received_at <= tx.now() - timedelta(days=older_than_days),
                    ~unsettled,
                )
                .returning(DeliveryBodyRow.delivery_id)
                .execution_options(synchronize_session=False)
            )
            return len(dropped.all())


def _chosen(wanted: DeliveryFilter) -> Select[DeliveryRow]:
    """Each column has an index that goes on by serial, so that what is rare is found as soon."""
    found = select(DeliveryRow)
    if wanted.forge:
        found = found.where(DeliveryRow.forge == wanted.forge)
    if wanted.kind:
        found = found.where(DeliveryRow.kind == wanted.kind)
    if wanted.status is not None:
        found = found.where(DeliveryRow.status == wanted.status)
    return found


def _claim_again(tx: Transaction, key: tuple[str, str, str], status: DeliveryStatus) -> Claim:
    """The row that has this key, and whether it had failed and is now received again."""
    forge, delivery_id, digest = key
    row = tx.scalars(
        select(DeliveryRow)
        .where(
            DeliveryRow.forge == forge,
            DeliveryRow.delivery_id == delivery_id,
            DeliveryRow.body_sha256 == digest,
        )
        .with_for_update()
    ).one()
    if row.status != DeliveryStatus.FAILED:
        return Claim(id=row.id, fresh=False)
    row.status = status
    row.attempts = 0
    row.waiting_since = tx.now()
    row.retry_at = row.lease_until = None
    row.note = ""
    return Claim(id=row.id, fresh=True)


def _keep_body(tx: Transaction, id: str, body: bytes) -> None:
    # A delivery that failed may still have its body, or may have lost it to `purge`.
    tx.execute(
        tx.insert(DeliveryBodyRow)
        .values(delivery_id=id, received_at=tx.moment, body=body)
        .on_conflict_do_nothing()
    )


def _body(tx: Transaction, id: str) -> bytes | None:
    return tx.scalar(select(DeliveryBodyRow.body).where(DeliveryBodyRow.delivery_id == id))


def _value(row: DeliveryRow, body: bytes | None) -> Delivery:
    return Delivery(
        id=row.id,
        forge=row.forge,
        delivery_id=row.delivery_id,
        kind=row.kind,
        body=body,
        body_sha256=row.body_sha256,
        status=DeliveryStatus(row.status),
        attempts=row.attempts,
        note=row.note,
        received_at=row.received_at,
    )
