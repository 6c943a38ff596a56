"""Outgoing webhooks, and what is on its way to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.core.hooks import HookDeliveryStatus, HookKind, HookOutcome


@dataclass(frozen=True, kw_only=True)
class NewHook:
    """A hook to be stored: an organisation's, that of one home, or (neither) the operator's."""

    id: str
    organisation_id: str | None = None
    home: str | None = None
    url: str = field(repr=False)
    kinds: Sequence[HookKind]
    sealed_secret: str = field(repr=False)
    created_by: str


@dataclass(frozen=True, kw_only=True)
class Hook:
    """Where somebody wants to hear of projects; no ``kinds`` are all. The address may be secret.

    ``off_reason`` says why it is not active. ``failing_since``: when the first of those attempts
    failed after which none has succeeded.
    """

    serial: int
    id: str
    organisation_id: str | None
    home: str | None
    url: str = field(repr=False)
    kinds: Sequence[HookKind]
    is_active: bool
    off_reason: str
    failing_since: datetime | None
    created_by: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class HookDelivery:
    """Something that a hook is told. ``kind`` is a `HookKind` or ``ping``.

    ``due_at`` is when it is tried next, None once it has ended. ``answered`` and ``note`` tell of
    the last attempt.
    """

    serial: int
    id: str
    hook_id: str
    kind: str
    body: Mapping[str, object]
    status: HookDeliveryStatus
    attempts: int
    due_at: datetime | None
    answered: int | None
    note: str
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Sending:
    """A delivery that one sender has now, and what it needs for it.

    ``sealed_secrets`` all sign; there are two for a while after one was replaced. The number of
    this attempt is ``delivery.attempts``.
    """

    hook: Hook
    delivery: HookDelivery
    sealed_secrets: Sequence[str] = field(repr=False)
    failing_for_s: float | None


@dataclass(frozen=True, kw_only=True)
class Whose:
    """Of whom hooks are listed; of nobody where nothing is said. ``everybody``: all there are."""

    organisation_ids: frozenset[str] = frozenset()
    homes: frozenset[str] = frozenset()
    everybody: bool = False


class Hooks(Protocol):
    """Outgoing webhooks. Secrets come and go sealed: the key is not in the database."""

    def create(self, new: NewHook) -> Hook:
        """Store one, active.

        Raises ``UserError`` (``too_many_hooks``), and LookupError where the organisation is gone.
        """

    def get(self, id: str) -> Hook | None:
        """One hook."""

    def listed(self, whose: Whose, *, before: int | None = None, limit: int = 50) -> Sequence[Hook]:
        """The newest first, from the one before the serial ``before``."""

    def count_off(self) -> int:
        """How many are switched off, for whatever reason."""

    def change(
        self,
        id: str,
        *,
        url: str | None = None,
        kinds: Sequence[HookKind] | None = None,
        active: bool | None = None,
    ) -> Hook | None:
        """Change what is given; None where there is no such hook.

        Another address, or being switched on again, makes it forget that it was failing. What is
        on its way to a hook that is switched off ends.
        """

    def replace_secret(self, id: str, sealed: str, *, old_valid_s: float) -> Hook | None:
        """Have another secret sign, and the old one beside it for a while."""

    def remove(self, id: str) -> bool:
        """Drop a hook and all deliveries to it; False where there was none."""


class HookDeliveries(Protocol):
    """What is on its way to hooks. Events add to it in the transaction that they happen in."""

    def due(self, *, limit: int = 50) -> Sequence[str]:
        """The hooks to which something may be sent now: those that work before those that fail,
        then whoever waits longest."""

    def take(self, hook_id: str, *, lease_s: float) -> Sending | None:
        """Take what is due next to a hook, for a while in which nobody else sends to it.

        None where nothing is, or somebody else sends, or the hook rests. What is due to a hook that
        is switched off ends.
        """

    def settle(self, id: str, attempt: int, outcome: HookOutcome) -> bool:
        """Record what came of an attempt; False where it was no longer the last one."""

    def get(self, id: str) -> HookDelivery | None:
        """One delivery."""

    def listed(
        self, hook_id: str, *, before: int | None = None, limit: int = 50
    ) -> Sequence[HookDelivery]:
        """The newest first, from the one before the serial ``before``."""

    def ended(self, *, within_s: float) -> Mapping[HookDeliveryStatus, int]:
        """How many were delivered, and how many given up, in so many seconds until now."""

    def redeliver(self, id: str) -> HookDelivery | None:
        """Have one sent (again) at once, under the same id; None where there is no such delivery.

        Raises ``UserError`` (``hook_off``).
        """

    def ping(self, hook_id: str) -> HookDelivery | None:
        """A new delivery that tells nothing; None where there is no such hook.

        Raises ``UserError`` (``hook_off``).
        """

    def purge(self, *, older_than_days: int = 30) -> int:
        """Drop deliveries that ended that long ago; how many."""
