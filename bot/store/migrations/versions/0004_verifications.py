"""What was verified of each snapshot, and what came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UUID = sa.String(36)
SHA256 = sa.String(64)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "verifications",
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("run_id", UUID, nullable=False),
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("project_id", UUID, nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=False),
        sa.Column("digest", SHA256, nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_verifications_run_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_verifications_project_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("serial", name="pk_verifications"),
        sa.UniqueConstraint("id", name="uq_verifications_id"),
        sa.UniqueConstraint(
            "run_id", "step_id", "round", "project_id", "snapshot", name="uq_verifications_run_id"
        ),
    )
    op.create_index("ix_verifications_project_id", "verifications", ["project_id", "snapshot"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("verifications")
