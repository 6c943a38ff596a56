"""Outgoing webhooks, and what is to be delivered to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.columns import Serial, Uuid, Word
from bot.store.models.base import Base, Json


class HookRow(Base):
    """Where somebody wants to hear of projects: of an organisation's, of those of one ``home``, or
    (neither) of all. ``kinds`` are words with blanks between, empty for all kinds of events.

    ``old_sealed_secret`` also signs until ``old_secret_until``. ``busy_until`` is the lease of
    whoever sends to it now; after a failure nobody does before ``rests_until``.
    """

    __tablename__ = "hooks"

    serial: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(Uuid, unique=True)
    organisation_id: Mapped[str | None] = mapped_column(
        Uuid, ForeignKey("organisations.id", ondelete="CASCADE"), index=True
    )
    home: Mapped[str | None] = mapped_column(index=True)
    url: Mapped[str]
    sealed_secret: Mapped[str]
    old_sealed_secret: Mapped[str | None]
    old_secret_until: Mapped[datetime | None]
    kinds: Mapped[str]
    is_active: Mapped[bool]
    off_reason: Mapped[str] = mapped_column(default="")
    failing_since: Mapped[datetime | None]
    busy_until: Mapped[datetime | None]
    rests_until: Mapped[datetime | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class HookDeliveryRow(Base):
    """An event on its way to a hook. ``due_at`` is NULL once it has arrived or was given up.

    Nothing ties it to its project: it tells of it also when that is gone.
    """

    __tablename__ = "hook_deliveries"
    __table_args__ = (
        Index("ix_hook_deliveries_hook", "hook_id", "serial"),
        Index("ix_hook_deliveries_next", "hook_id", "due_at"),
        Index("ix_hook_deliveries_due", "due_at", "hook_id"),
    )

    serial: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(Uuid, unique=True)
    hook_id: Mapped[str] = mapped_column(Uuid, ForeignKey("hooks.id", ondelete="CASCADE"))
    event_id: Mapped[int | None] = mapped_column(BigInteger)
    project_id: Mapped[str | None] = mapped_column(Uuid, index=True)
    kind: Mapped[str]
    body: Mapped[Json]
    status: Mapped[str] = mapped_column(Word)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime | None]
    answered: Mapped[int | None] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
