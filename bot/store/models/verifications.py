"""What was verified of a snapshot."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.columns import Serial, Uuid
from bot.store.models.base import Base, Json, Sha256


class VerificationRow(Base):
    """The evidence that one step of a run has gathered on one snapshot."""

    __tablename__ = "verifications"
    __table_args__ = (
        UniqueConstraint("run_id", "step_id", "round", "project_id", "snapshot"),
        Index("ix_verifications_project_id", "project_id", "snapshot"),
    )

    serial: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(Uuid, unique=True)
    run_id: Mapped[str] = mapped_column(Uuid, ForeignKey("runs.id", ondelete="CASCADE"))
    step_id: Mapped[str]
    round: Mapped[int]
    project_id: Mapped[str] = mapped_column(Uuid, ForeignKey("projects.id", ondelete="CASCADE"))
    snapshot: Mapped[int]
    digest: Mapped[str] = mapped_column(Sha256)
    document: Mapped[Json]
    created_at: Mapped[datetime]
