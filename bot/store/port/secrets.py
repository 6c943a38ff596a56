"""Secrets of organisations, sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class StoredSecret:
    """An organisation's secret, without its value. ``origin`` is the only place it is sent to."""

    forge: str
    organisation: str
    name: str
    origin: str
    created_at: datetime
    used_at: datetime | None


class OrganisationSecrets(Protocol):
    """Secrets of organisations. Values come and go sealed: the key is not in the database.

    They are dropped when the account of that login is renamed or its login is taken by another.
    """

    def put(self, forge: str, organisation: str, name: str, *, origin: str, sealed: str) -> None:
        """Store or replace one. Organisations are named by login, in any case of letters."""

    def drop(self, forge: str, organisation: str, name: str) -> bool:
        """Remove one; False where there was none."""

    def listed(self, forge: str, organisation: str) -> Sequence[StoredSecret]:
        """Those of an organisation, by name."""

    def take(self, forge: str, organisation: str, name: str) -> tuple[StoredSecret, str] | None:
        """One with its sealed value, recorded as used now; None where there is none."""
