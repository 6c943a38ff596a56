"""Who and what comes in: deliveries, organisations, commands and sign-ins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.columns import Serial, Uuid, Word
from bot.store.models.base import Base, Json, Sha256


class DeliveryRow(Base):
    """A webhook delivery. ``waiting_since``: when it was received, claimed again or postponed."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("forge", "delivery_id", "body_sha256"),
        Index(None, "status", "waiting_since"),
        Index("ix_deliveries_forge", "forge", "serial"),
        Index("ix_deliveries_kind", "kind", "serial"),
        Index("ix_deliveries_listed", "status", "serial"),
    )

    serial: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(Uuid, unique=True)
    forge: Mapped[str] = mapped_column(Word)
    delivery_id: Mapped[str]
    kind: Mapped[str]
    body_sha256: Mapped[str] = mapped_column(Sha256)
    status: Mapped[str] = mapped_column(Word)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    note: Mapped[str] = mapped_column(default="")
    received_at: Mapped[datetime]
    waiting_since: Mapped[datetime]
    retry_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]


class DeliveryBodyRow(Base):
    """The bytes of a delivery: apart from it, so that changing its state copies no body."""

    __tablename__ = "delivery_bodies"

    delivery_id: Mapped[str] = mapped_column(
        Uuid, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True
    )
    received_at: Mapped[datetime] = mapped_column(index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class OrganisationRow(Base):
    """An account under which repositories lie; ``installation`` is its present grant."""

    __tablename__ = "organisations"
    __table_args__ = (UniqueConstraint("forge", "account_id"),)

    id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    forge: Mapped[str] = mapped_column(Word)
    account_id: Mapped[str]
    login: Mapped[str]
    is_person: Mapped[bool]
    installation: Mapped[str]
    created_at: Mapped[datetime]


class InstallationRow(Base):
    """A grant under which we act, or acted, for an organisation."""

    __tablename__ = "installations"
    __table_args__ = (Index(None, "forge", "installation"),)

    organisation_id: Mapped[str] = mapped_column(
        Uuid, ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True
    )
    installation: Mapped[str] = mapped_column(primary_key=True)
    forge: Mapped[str] = mapped_column(Word)
    suspended: Mapped[bool] = mapped_column(default=False)
    removed_at: Mapped[datetime | None] = mapped_column(index=True)


class CommandRecord(Base):
    """A command. ``owner_id`` is the account that owns the repository it was asked for in, and
    ``request_sha256`` of what came by the API tells whether the same is asked for again.
    ``settled_at``, while there is no outcome: since when somebody carries it out.
    """

    __tablename__ = "commands"
    __table_args__ = (
        Index("ix_commands_actor", "actor_forge", "actor_id", "settled_at"),
        Index("ix_commands_owner", "owner_forge", "owner_id"),
    )

    id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    delivery_id: Mapped[str | None] = mapped_column(Uuid)
    actor_forge: Mapped[str] = mapped_column(Word)
    actor_id: Mapped[str]
    actor: Mapped[Json]
    owner_forge: Mapped[str | None] = mapped_column(Word)
    owner_id: Mapped[str | None]
    thread: Mapped[Json | None]
    comment_id: Mapped[str | None]
    source: Mapped[str]
    request_sha256: Mapped[str | None] = mapped_column(Sha256)
    outcome: Mapped[str | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class SignInRow(Base):
    """A one-time code, as its SHA-256."""

    __tablename__ = "sign_ins"

    code_sha256: Mapped[str] = mapped_column(Sha256, primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
