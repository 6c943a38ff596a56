"""Repositories that runs and projects belong to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.columns import Uuid, Word
from bot.store.models.base import Base, Json


class PlaceRow(Base):
    """A repository in which something was asked for: who may see it is asked from its forge."""

    __tablename__ = "places"
    __table_args__ = (Index(None, "forge", "used_at"),)

    home: Mapped[str] = mapped_column(primary_key=True)
    forge: Mapped[str] = mapped_column(Word)
    repository: Mapped[Json]
    organisation_id: Mapped[str | None] = mapped_column(
        Uuid, ForeignKey("organisations.id", ondelete="CASCADE"), index=True
    )
    used_at: Mapped[datetime]
