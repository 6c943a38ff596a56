"""Calls of models, the budgets that they count towards, and the questions of runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.columns import Data, Serial, Uuid, Word
from bot.store.models.base import Base, Json, Sha256

_UNSETTLED = text("settled_at IS NULL")
_WITH_TEXTS = text("prompt IS NOT NULL")


class ModelCallRow(Base):
    """A call of a model. ``tokens`` and ``micro_usd`` are set aside in ``scopes`` until
    ``settled_at``, and spent there from then on; ``micro_usd`` NULL: its price is unknown.

    ``number`` is the lease of the run under which it was made.
    """

    __tablename__ = "model_calls"
    __table_args__ = (
        Index(None, "run_id", "serial"),
        Index(
            "ix_model_calls_unsettled",
            "created_at",
            sqlite_where=_UNSETTLED,
            postgresql_where=_UNSETTLED,
        ),
        Index(
            "ix_model_calls_with_texts",
            "created_at",
            sqlite_where=_WITH_TEXTS,
            postgresql_where=_WITH_TEXTS,
        ),
    )

    serial: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(Uuid, unique=True)
    run_id: Mapped[str] = mapped_column(Uuid, ForeignKey("runs.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    step_id: Mapped[str]
    purpose: Mapped[str]
    model: Mapped[str]
    attempt: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(Word)
    scopes: Mapped[list[Any]] = mapped_column(Data)
    tokens: Mapped[int] = mapped_column(BigInteger)
    micro_usd: Mapped[int | None] = mapped_column(BigInteger)
    input_tokens: Mapped[int | None] = mapped_column(BigInteger)
    output_tokens: Mapped[int | None] = mapped_column(BigInteger)
    cached_tokens: Mapped[int | None] = mapped_column(BigInteger)
    http_status: Mapped[int | None] = mapped_column(Integer)
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    prompt_hash: Mapped[str] = mapped_column(Sha256)
    answer_hash: Mapped[str | None] = mapped_column(Sha256)
    prompt: Mapped[str | None]
    answer: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]


class BudgetRow(Base):
    """Counters of a budget. ``run_id`` and ``workflow`` are of one that is a run's own."""

    __tablename__ = "budgets"
    __table_args__ = (Index(None, "workflow", "updated_at"),)

    scope: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[str] = mapped_column(String(10), index=True)
    run_id: Mapped[str | None] = mapped_column(
        Uuid, ForeignKey("runs.id", ondelete="CASCADE"), index=True
    )
    workflow: Mapped[str | None]
    spent_tokens: Mapped[int] = mapped_column(BigInteger)
    spent_micro_usd: Mapped[int] = mapped_column(BigInteger)
    reserved_tokens: Mapped[int] = mapped_column(BigInteger)
    reserved_micro_usd: Mapped[int] = mapped_column(BigInteger)
    calls: Mapped[int] = mapped_column(Integer)
    unpriced: Mapped[int] = mapped_column(Integer)
    updated_at: Mapped[datetime]


class QuestionRow(Base):
    """What a step of a run has asked the people of its thread."""

    __tablename__ = "questions"
    __table_args__ = (Index(None, "run_id", "serial"),)

    serial: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(Uuid, unique=True)
    run_id: Mapped[str] = mapped_column(Uuid, ForeignKey("runs.id", ondelete="CASCADE"))
    step_id: Mapped[str]
    text: Mapped[str]
    asked_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_by: Mapped[Json | None]
    answered_at: Mapped[datetime | None]
