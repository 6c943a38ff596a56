"""Secrets of organisations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from bot.store.columns import Word
from bot.store.models.base import Base


class SecretRow(Base):
    """A sealed secret. ``organisation`` is a login in small letters."""

    __tablename__ = "secrets"

    forge: Mapped[str] = mapped_column(Word, primary_key=True)
    organisation: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    origin: Mapped[str]
    sealed: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
