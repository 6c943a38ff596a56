"""Configuration files of people as they were last found."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from bot.store.columns import Word
from bot.store.models.base import Base


class KnownFileRow(Base):
    """A file of a repository. ``owner_id`` is the account that owns the repository."""

    __tablename__ = "known_files"

    forge: Mapped[str] = mapped_column(Word, primary_key=True)
    repository_id: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(default="", index=True)
    text: Mapped[str | None]
    version: Mapped[str] = mapped_column(default="")
    problem: Mapped[str] = mapped_column(default="")
    problem_version: Mapped[str] = mapped_column(default="")
