"""What the workflow engine keeps: parts, attempts and waits, plans, secrets and known files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UUID = sa.String(36)
WORD = sa.String(32)
PROSE = sa.Text()
DATA = sa.JSON()
MOMENT = sa.DateTime(timezone=True)

NEW_OF_RUNS = (
    "held_since",
    "worked_s",
    "woken",
    "party",
    "destination",
    "source",
    "policy",
    "outputs",
)
NEW_OF_STEPS = ("parent", "round", "inputs", "waiting_for", "resume_at")

#: On whose behalf the runs that are there were asked for.
FILL_PARTY = {
    "sqlite": """
        UPDATE runs SET party = COALESCE(
            organisation_id,
            json_extract(requester, '$.forge') || ':' || json_extract(requester, '$.account_id')
        )""",
    "postgresql": """
        UPDATE runs SET party = COALESCE(
            organisation_id, (requester->>'forge') || ':' || (requester->>'account_id')
        )""",
}


def upgrade() -> None:
    """Add to runs and steps, and make the new tables."""
    _add_to_runs()
    _add_to_steps()
    _make_attempts()
    _make_plans()
    _make_secrets()
    _make_known_files()


def downgrade() -> None:
    """Drop what was added; parts of steps go with it."""
    for table in ("known_files", "secrets", "plans", "attempts"):
        op.drop_table(table)
    op.execute("DELETE FROM steps WHERE parent IS NOT NULL")
    for column in NEW_OF_STEPS:
        op.drop_column("steps", column)
    op.drop_index("ix_runs_recent", "runs")
    for column in NEW_OF_RUNS:
        op.drop_column("runs", column)


def _add_to_runs() -> None:
    nothing = sa.text("'{}'")
    for column in (
        sa.Column("held_since", MOMENT),
        sa.Column("worked_s", sa.Float(), nullable=False, server_default="0"),
        sa.Column("woken", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("party", PROSE, nullable=False, server_default=""),
        sa.Column("destination", PROSE, nullable=False, server_default=""),
        sa.Column("source", DATA, nullable=False, server_default=nothing),
        sa.Column("policy", DATA, nullable=False, server_default=nothing),
        sa.Column("outputs", DATA),
    ):
        op.add_column("runs", column)
    op.create_index("ix_runs_recent", "runs", ["status", "serial"])
    op.execute(FILL_PARTY[op.get_bind().dialect.name])


def _add_to_steps() -> None:
    for column in (
        sa.Column("parent", PROSE),
        sa.Column("round", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("inputs", DATA),
        sa.Column("waiting_for", PROSE),
        sa.Column("resume_at", MOMENT),
    ):
        op.add_column("steps", column)


def _make_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("run_id", UUID, nullable=False),
        sa.Column("step_id", PROSE, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lease_number", sa.Integer(), nullable=False),
        sa.Column("worker", PROSE, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("failure", DATA),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_attempts_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_run_id"), "attempts", ["run_id", "step_id"])


def _make_plans() -> None:
    op.create_table(
        "plans",
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("run_id", UUID, nullable=False),
        sa.Column("step_id", PROSE, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("document", DATA, nullable=False),
        sa.Column("shown", DATA, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("lapses_at", MOMENT, nullable=False),
        sa.Column("decided_by", PROSE),
        sa.Column("decided_at", MOMENT),
        sa.Column("note", PROSE, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_plans_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_plans")),
        sa.UniqueConstraint("id", name=op.f("uq_plans_id")),
        sa.UniqueConstraint("run_id", "step_id", "digest", name=op.f("uq_plans_run_id")),
    )


def _make_secrets() -> None:
    op.create_table(
        "secrets",
        sa.Column("forge", WORD, nullable=False),
        sa.Column("organisation", PROSE, nullable=False),
        sa.Column("name", PROSE, nullable=False),
        sa.Column("origin", PROSE, nullable=False),
        sa.Column("sealed", PROSE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("forge", "organisation", "name", name=op.f("pk_secrets")),
    )


def _make_known_files() -> None:
    op.create_table(
        "known_files",
        sa.Column("forge", WORD, nullable=False),
        sa.Column("repository_id", PROSE, nullable=False),
        sa.Column("path", PROSE, nullable=False),
        sa.Column("owner_id", PROSE, nullable=False),
        sa.Column("text", PROSE),
        sa.Column("version", PROSE, nullable=False),
        sa.Column("problem", PROSE, nullable=False),
        sa.Column("problem_version", PROSE, nullable=False),
        sa.PrimaryKeyConstraint("forge", "repository_id", "path", name=op.f("pk_known_files")),
    )
    op.create_index(op.f("ix_known_files_owner_id"), "known_files", ["owner_id"])
