"""Repositories that runs and projects belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.identity import Repository


@dataclass(frozen=True, kw_only=True)
class Place:
    """A repository as it was when something was last asked for there. ``home`` is its own."""

    home: str
    repository: Repository
    organisation_id: str | None


class Places(Protocol):
    """Repositories that runs and projects belong to: whoever may see one, may see those."""

    def on(
        self, forge: str, *, since: datetime | None = None, limit: int = 1000
    ) -> Sequence[Place]:
        """Those on a forge, the last used first; with ``since``, only those used from then on."""

    def get(self, home: str) -> Place | None:
        """One of them."""
