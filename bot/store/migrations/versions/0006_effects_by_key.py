"""Effects by their key alone: which runs have made a change, and which have amended it."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_effects_key", "effects", ["key"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_effects_key", table_name="effects")
