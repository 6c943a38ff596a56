"""Accounts on forges that have installed us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """An account on a forge that has installed us."""

    id: str
    forge: str
    account_id: str
    login: str
    is_person: bool
    installation: str
    suspended: bool
    removed_at: datetime | None


class Organisations(Protocol):
    """Accounts under which repositories lie, and the grants under which we act for them."""

    def seen(
        self, forge: str, account_id: str, login: str, *, is_person: bool, installation: str
    ) -> Organisation:
        """The organisation, made or brought up to date. Unsuspends and restores nothing."""

    def installed(
        self, forge: str, account_id: str, login: str, *, is_person: bool, installation: str
    ) -> Organisation:
        """As `seen`, and in force again whatever it was before."""

    def suspend(self, forge: str, installation: str, *, suspended: bool) -> None:
        """Record that the grant is suspended, or in force again."""

    def remove(self, forge: str, installation: str) -> None:
        """Record that the grant is gone; its data goes later."""

    def find(self, forge: str, account_id: str) -> Organisation | None:
        """The organisation of an account."""

    def all(self) -> Sequence[Organisation]:
        """Every organisation by forge and login."""

    def erase_removed(self, *, removed_for_days: int = 30) -> int:
        """Drop the runs, projects, exports, events and commands of organisations removed that
        long ago, and the organisations; how many."""
