"""Runs, their steps and attempts, their outside effects and their events."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.columns import Serial, Uuid, Word
from bot.store.models.base import Base, Json

_UNREPORTED = text("reported_at IS NULL AND thread_number IS NOT NULL")


class RunRow(Base):
    """A run. ``due_at`` is when somebody may take it: since when it is queued, when its wait
    ends, or when its lease lapses; NULL once it is final, and while it waits for somebody.

    ``party`` is on whose behalf it is worked, among whom workers are shared fairly: the id of
    an organisation, else the requester's forge and account id. ``held_since`` is when its
    present worker took it, and ``worked_s`` counts for how long the earlier ones held it.
    ``home`` is whose it is (`bot.core.homes`), ``repository`` where it was asked for.
    ``workflow_name`` spares lists the workflow itself. What a list shows and is in no column stands
    in `bot.store.run_lists`.
    """

    __tablename__ = "runs"
    __table_args__ = (
        Index(None, "status", "due_at"),
        Index("ix_runs_recent", "status", "serial"),
        Index(None, "home", "serial"),
        Index("ix_runs_home_status", "home", "status", "serial"),
        Index("ix_runs_home_organisation_id", "home", "organisation_id", "serial"),
        Index(None, "organisation_id", "serial"),
        Index(None, "project_id", "serial"),
        Index("ix_runs_thread", "forge", "repository_id", "thread_number", "serial"),
        Index(
            "ix_runs_unreported",
            "finished_at",
            sqlite_where=_UNREPORTED,
            postgresql_where=_UNREPORTED,
        ),
    )

    serial: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(Uuid, unique=True)
    status: Mapped[str] = mapped_column(Word)
    due_at: Mapped[datetime | None]
    lease_number: Mapped[int] = mapped_column(Integer, default=0)
    worker: Mapped[str | None]
    held_since: Mapped[datetime | None]
    worked_s: Mapped[float] = mapped_column(Float, default=0.0)
    woken: Mapped[bool] = mapped_column(default=False)
    party: Mapped[str] = mapped_column(default="")
    destination: Mapped[str] = mapped_column(default="")
    home: Mapped[str] = mapped_column(default="")
    repository: Mapped[Json | None]
    forge: Mapped[str | None] = mapped_column(Word)
    repository_id: Mapped[str | None]
    thread_number: Mapped[int | None] = mapped_column(BigInteger)
    installation: Mapped[str | None]
    workflow: Mapped[Json]
    workflow_name: Mapped[str] = mapped_column(default="")
    inputs: Mapped[Json]
    source: Mapped[Json] = mapped_column(default=dict)
    policy: Mapped[Json] = mapped_column(default=dict)
    requester: Mapped[Json]
    thread: Mapped[Json | None]
    comment_id: Mapped[str | None]
    command_id: Mapped[str | None] = mapped_column(Uuid, ForeignKey("commands.id"), unique=True)
    organisation_id: Mapped[str | None] = mapped_column(Uuid, ForeignKey("organisations.id"))
    project_id: Mapped[str | None] = mapped_column(Uuid, ForeignKey("projects.id"))
    budget: Mapped[Json | None]
    outputs: Mapped[Json | None]
    failure: Mapped[Json | None]
    cancel_requested_by: Mapped[str | None]
    waiting_for: Mapped[str | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]


class StepRow(Base):
    """One step of a run, or one part of the step ``parent``."""

    __tablename__ = "steps"
    __table_args__ = (UniqueConstraint("run_id", "step_id"),)

    run_id: Mapped[str] = mapped_column(
        Uuid, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    step_id: Mapped[str]
    parent: Mapped[str | None]
    uses: Mapped[str]
    status: Mapped[str] = mapped_column(Word)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    round: Mapped[int] = mapped_column(Integer, default=0)
    inputs: Mapped[Json | None]
    outputs: Mapped[Json | None]
    failure: Mapped[Json | None]
    waiting_for: Mapped[str | None]
    resume_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class AttemptRow(Base):
    """One try at a step. They stay when a retry drops the parts that they were made at."""

    __tablename__ = "attempts"
    __table_args__ = (Index(None, "run_id", "step_id"),)

    serial: Mapped[int] = mapped_column(Serial, primary_key=True)
    run_id: Mapped[str] = mapped_column(Uuid, ForeignKey("runs.id", ondelete="CASCADE"))
    step_id: Mapped[str]
    number: Mapped[int] = mapped_column(Integer)
    lease_number: Mapped[int] = mapped_column(Integer)
    worker: Mapped[str]
    status: Mapped[str] = mapped_column(Word)
    failure: Mapped[Json | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class EffectRow(Base):
    """A row of the ledger. ``number``: the lease under which it was intended."""

    __tablename__ = "effects"
    __table_args__ = (UniqueConstraint("owner", "key"), Index(None, "key"))

    serial: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(Uuid, unique=True)
    owner: Mapped[str]
    key: Mapped[str]
    kind: Mapped[str]
    number: Mapped[int | None] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(Word)
    external_id: Mapped[str | None]
    result: Mapped[Json]
    intended_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class EventRow(Base):
    """Something that happened to ``subject`` (``run:ID``, ``project:ID``, ``export:ID``), in
    the stream of a run."""

    __tablename__ = "events"
    # Numbers are not used again after rows were erased: readers hold the last one they saw.
    __table_args__ = (Index(None, "run_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    run_id: Mapped[str | None] = mapped_column(Uuid, ForeignKey("runs.id", ondelete="CASCADE"))
    subject: Mapped[str]
    kind: Mapped[str] = mapped_column(String(64))
    data: Mapped[Json]
    at: Mapped[datetime]
