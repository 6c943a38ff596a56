"""Databases with their tables, as files: making one anew takes longer than most tests."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from bot.store.opening import open_store


def place_at(path: Path) -> None:
    """Have an empty database there, unless one is there already."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_made())


@cache
def _made() -> bytes:
    with tempfile.TemporaryDirectory(prefix="fc-") as folder:
        path = Path(folder) / "store.db"
        store = open_store(f"sqlite:///{path}")
        store.database.migrate()
        store.database.close()
        return path.read_bytes()
