"""What Alembic runs to migrate; `bot/store/migration.py` gives it a connection."""

from __future__ import annotations

from alembic import context

from bot.store.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
