"""People, the accounts that they have shown to be theirs, and the tokens that act for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.columns import Serial, Uuid, Word
from bot.store.models.base import Base, Sha256


class PersonRow(Base):
    """Somebody who has signed in, or for whom a token was made.

    ``session_round`` rises when all their sessions are ended; cookies name the one they are of.
    """

    __tablename__ = "persons"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    session_round: Mapped[int]
    created_at: Mapped[datetime]


class AccountRow(Base):
    """An account on a forge that is a person's; of each forge a person has at most one."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("person_id", "forge"),)

    forge: Mapped[str] = mapped_column(Word, primary_key=True)
    account_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(Uuid, ForeignKey("persons.id", ondelete="CASCADE"))
    login: Mapped[str]
    linked_at: Mapped[datetime]


class TokenRow(Base):
    """A token for programs, as its SHA-256. ``person_id`` is NULL for the operator's.

    ``beginning`` is what people know it by, ``scopes`` are words with blanks between.
    """

    __tablename__ = "tokens"

    serial: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(Uuid, unique=True)
    person_id: Mapped[str | None] = mapped_column(
        Uuid, ForeignKey("persons.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(Sha256, unique=True)
    beginning: Mapped[str]
    scopes: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
