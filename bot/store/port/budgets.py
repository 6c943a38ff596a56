"""What models may use up: set aside before a call, and replaced by what it has cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.core.budgets import Balance
from bot.core.model_calls import CallStatus, Usage


@dataclass(frozen=True, kw_only=True)
class Cap:
    """A budget that a call counts towards, and what it ends at. None: it is counted only.

    ``scope`` names it: ``run:ID``, ``person:FORGE:ID:DAY``, ``repository:FORGE:ID:DAY``,
    ``organisation:ID:DAY`` or ``server:DAY``. ``day`` is the last part of those that have one.
    """

    scope: str
    day: str = ""
    tokens: int | None = None
    micro_usd: int | None = None


@dataclass(frozen=True, kw_only=True)
class NewCall:
    """A call that is about to be made, and what it may use up at most.

    ``micro_usd`` None: its price is unknown. ``number`` is the lease under which its run is worked
    on. ``prompt`` None: texts are not kept.
    """

    run_id: str
    number: int
    step_id: str
    purpose: str
    model: str
    attempt: int
    tokens: int
    micro_usd: int | None
    prompt_hash: str
    prompt: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A cap that a call would exceed, and how its budget stands without the call.

    ``busy``: only because of what is set aside for calls that are under way.
    """

    cap: Cap
    balance: Balance
    busy: bool


@dataclass(frozen=True, kw_only=True)
class EndedCall:
    """What became of a call. ``usage`` None: nobody knows, so that all of what was set aside is
    spent. ``micro_usd`` is the cost of that usage; None: its price is unknown."""

    status: CallStatus
    duration_ms: int
    usage: Usage | None = None
    micro_usd: int | None = None
    http_status: int | None = None
    answer_hash: str | None = None
    answer: str | None = field(default=None, repr=False)


class Budgets(Protocol):
    """Counters in whole tokens and micro-dollars. What is set aside counts like what is spent."""

    def reserve(self, call: NewCall, caps: Sequence[Cap]) -> str | Reached:
        """Record a call and set aside what it may use up, in all budgets or in none; its id, or
        the cap that is in the way.

        Of what workers set aside that no longer hold the run, all is spent from now on.
        ``LeaseLost`` under an older lease number.
        """

    def settle(self, id: str, ended: EndedCall) -> bool:
        """Replace what was set aside for a call by what it has used up, in the budgets that it was
        set aside in; False where that was done before, or the call is gone."""

    def settle_abandoned(self, *, older_than_s: float, limit: int = 100) -> int:
        """Have all be spent that was set aside so long ago that nobody will settle it; how many
        calls."""

    def balances(self, scopes: Collection[str]) -> Mapping[str, Balance]:
        """How budgets stand; those that nothing was ever counted towards are left out."""

    def history(self, workflow: str, *, limit: int = 50) -> Sequence[Balance]:
        """What the newest completed runs of a workflow used up that asked a model."""

    def purge(self, *, before_day: str) -> int:
        """Drop the budgets of days before that one (``2026-11-28``); how many."""
