"""Calls of models, budgets, questions of runs, and what a run may use up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UUID = sa.String(36)
SHA256 = sa.String(64)
WORD = sa.String(32)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.add_column("runs", sa.Column("budget", sa.JSON(), nullable=True))
    _make_calls()
    _make_budgets()
    _make_questions()


def downgrade() -> None:
    """Drop the tables."""
    for name in ("questions", "budgets", "model_calls"):
        op.drop_table(name)
    op.drop_column("runs", "budget")


def _make_calls() -> None:
    op.create_table(
        "model_calls",
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("run_id", UUID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("micro_usd", sa.BigInteger(), nullable=True),
        sa.Column("input_tokens", sa.BigInteger(), nullable=True),
        sa.Column("output_tokens", sa.BigInteger(), nullable=True),
        sa.Column("cached_tokens", sa.BigInteger(), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("prompt_hash", SHA256, nullable=False),
        sa.Column("answer_hash", SHA256, nullable=True),
        sa.Column("prompt", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_model_calls_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("serial", name="pk_model_calls"),
        sa.UniqueConstraint("id", name="uq_model_calls_id"),
    )
    op.create_index("ix_model_calls_run_id", "model_calls", ["run_id", "serial"])
    op.create_index("ix_model_calls_created_at", "model_calls", ["created_at"])
    _index_some("ix_model_calls_unsettled", "settled_at IS NULL")
    _index_some("ix_model_calls_with_texts", "prompt IS NOT NULL")


def _index_some(name: str, which: str) -> None:
    op.create_index(
        name,
        "model_calls",
        ["created_at"],
        sqlite_where=sa.text(which),
        postgresql_where=sa.text(which),
    )


def _make_budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("run_id", UUID, nullable=True),
        sa.Column("workflow", sa.Text(), nullable=True),
        sa.Column("spent_tokens", sa.BigInteger(), nullable=False),
        sa.Column("spent_micro_usd", sa.BigInteger(), nullable=False),
        sa.Column("reserved_tokens", sa.BigInteger(), nullable=False),
        sa.Column("reserved_micro_usd", sa.BigInteger(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("unpriced", sa.Integer(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_budgets_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("scope", name="pk_budgets"),
    )
    op.create_index("ix_budgets_day", "budgets", ["day"])
    op.create_index("ix_budgets_run_id", "budgets", ["run_id"])
    op.create_index("ix_budgets_workflow", "budgets", ["workflow", "updated_at"])


def _make_questions() -> None:
    op.create_table(
        "questions",
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("run_id", UUID, nullable=False),
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.JSON(), nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_questions_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("serial", name="pk_questions"),
        sa.UniqueConstraint("id", name="uq_questions_id"),
    )
    op.create_index("ix_questions_run_id", "questions", ["run_id", "serial"])
