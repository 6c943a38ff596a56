"""What a worker of the torture stands on: a SQLite file, and no forge at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot.forges.memory import MemoryForge
from bot.services import Services
from bot.store.opening import open_store
from tests.spine import Lists, services_with


def services_on(folder: Path) -> Services:
    """Services over the database of a folder; the clock is the machine's."""
    forge = MemoryForge(name="github", clock=now)
    store = open_store(f"sqlite:///{folder / 'store.db'}", clock=now)
    return services_with(folder, forge=forge, clock=now, queue=Lists(), store=store)


def now() -> datetime:
    """The present."""
    return datetime.now(UTC)
