"""Webhook deliveries: claimed at the door, taken by intake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.store.port.paging import Page


class DeliveryStatus(StrEnum):
    """Where a delivery stands; only a failed one may be claimed again."""

    RECEIVED = "received"
    DONE = "done"
    FAILED = "failed"
    MALFORMED = "malformed"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A verified webhook delivery. ``body`` is None once it was purged."""

    id: str
    forge: str
    delivery_id: str
    kind: str
    body: bytes | None = field(repr=False)
    body_sha256: str
    status: DeliveryStatus
    attempts: int
    note: str
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The row of a delivery, and whether this call has claimed it (else: a duplicate)."""

    id: str
    fresh: bool


@dataclass(frozen=True, kw_only=True)
class DeliveryFilter:
    """Which deliveries; all of them where nothing is said. ``kind`` is as the forge calls it."""

    forge: str = ""
    kind: str = ""
    status: DeliveryStatus | None = None


class Deliveries(Protocol):
    """Webhook deliveries: claimed at the door, taken by intake."""

    def claim(
        self, *, forge: str, delivery_id: str, kind: str, body: bytes, malformed: bool = False
    ) -> Claim:
        """Store a delivery once, by (forge, delivery id, SHA-256 of the body).

        A failed one becomes *received* again and counts as fresh.
        """

    def begin(self, id: str, *, lease_s: float) -> Delivery | None:
        """Take a received delivery for ``lease_s``; None where it is settled or being worked on."""

    def settle(self, id: str, status: DeliveryStatus, note: str = "") -> None:
        """Record how it ended; for FAILED the note says why. Gives up the lease."""

    def postpone(self, id: str, *, retry_in_s: float, note: str) -> None:
        """Give up the lease so that `due` names it again after ``retry_in_s``."""

    def due(self, *, older_than_s: float, limit: int = 100) -> Sequence[str]:
        """Received ones that nobody works on, received or postponed that long ago, oldest first."""

    def get(self, id: str) -> Delivery | None:
        """One delivery."""

    def recent(self, *, limit: int = 50) -> Sequence[Delivery]:
        """The newest first, without their bodies."""

    def listed(
        self, wanted: DeliveryFilter, *, after: str | None = None, limit: int = 50
    ) -> Page[Delivery]:
        """A page of them, the newest first, without their bodies."""

    def forget_body(self, id: str) -> None:
        """Drop the body (not the hash) of one: it holds what nobody should have written."""

    def purge(self, *, older_than_days: int = 30) -> int:
        """Drop the bodies (not the hashes) of settled deliveries; how many."""
