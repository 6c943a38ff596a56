"""Plans that wait for approval."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.columns import Serial, Uuid, Word
from bot.store.models.base import Base, Json, Sha256


class PlanRow(Base):
    """A plan of a run. One that is pending and past ``lapses_at`` counts as lapsed."""

    __tablename__ = "plans"
    __table_args__ = (UniqueConstraint("run_id", "step_id", "digest"),)

    serial: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(Uuid, unique=True)
    run_id: Mapped[str] = mapped_column(Uuid, ForeignKey("runs.id", ondelete="CASCADE"))
    step_id: Mapped[str]
    digest: Mapped[str] = mapped_column(Sha256)
    document: Mapped[Json]
    shown: Mapped[Json]
    status: Mapped[str] = mapped_column(Word)
    created_at: Mapped[datetime]
    lapses_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")
