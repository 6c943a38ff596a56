"""How the budgets of the present day stand, for those who may see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.budgets.caps import HeldCap, Whose, caps_today, within
from bot.core.budgets import Balance, tokens_text, usd_text
from bot.core.policy import ModelRule
from bot.services import Services

EVERYBODYS = frozenset(Whose)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A budget of today. What is set aside for calls under way is not left for others."""

    held: HeldCap
    balance: Balance

    @property
    def left_tokens(self) -> int | None:
        """None where nothing holds it."""
        used = self.balance.spent_tokens + self.balance.reserved_tokens
        return _left(self.held.cap.tokens, used)

    @property
    def left_micro_usd(self) -> int | None:
        """None where nothing holds it."""
        used = self.balance.spent_micro_usd + self.balance.reserved_micro_usd
        return _left(self.held.cap.micro_usd, used)


def standing_today(
    services: Services,
    rule: ModelRule,
    owners: Mapping[Whose, str],
    *,
    sees: Collection[Whose] = EVERYBODYS,
) -> Sequence[Standing]:
    """How the budgets of `owners_of` stand, under a rule within the operator's.

    Args:
        sees: Whose of them whoever asks may see.
    """
    seen = {whose: owner for whose, owner in owners.items() if whose in sees}
    caps = caps_today(services, within(rule, services.policy.models), seen)
    balances = services.store.budgets.balances([held.cap.scope for held in caps])
    return [Standing(held=held, balance=balances.get(held.cap.scope, Balance())) for held in caps]


def standing_text(one: Standing) -> str:
    """In one line: what was used up, what is set aside, and what is left of which cap."""
    balance, cap = one.balance, one.held.cap
    unknown = " and what has no price" if balance.unpriced else ""
    parts = [f"{_both(balance.spent_micro_usd, balance.spent_tokens)}{unknown} used up today"]
    if balance.reserved_tokens:
        parts.append(f"{_both(balance.reserved_micro_usd, balance.reserved_tokens)} set aside")
    if cap.micro_usd is not None and one.left_micro_usd is not None:
        parts.append(f"{usd_text(one.left_micro_usd)} left of {usd_text(cap.micro_usd)}")
    if cap.tokens is not None and one.left_tokens is not None:
        parts.append(f"{one.left_tokens:,} left of {tokens_text(cap.tokens)}")
    return ", ".join(parts)


def _both(micro_usd: int, tokens: int) -> str:
    return f"{tokens_text(tokens)} and {usd_text(micro_usd)}"


def _left(cap: int | None, used: int) -> int | None:
    return None if cap is None else max(0, cap - used)
