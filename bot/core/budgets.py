"""Money and tokens that models use up, in whole numbers.

Money is counted in micro-dollars, millionths of a US dollar: sums of floats drift, and a price of
dollars for a million tokens is one of micro-dollars for a token. Fractions are rounded up, so that
what is counted is never less than what is paid.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from bot.core.model_calls import Price, Usage

MICROS = 1_000_000
#: ``0.50`` or ``$0.50`` are dollars, ``200k`` and ``1.5m`` thousands and millions of tokens.
_USD = re.compile(r"\$?([0-9]{1,6}(?:\.[0-9]{1,6})?)")
_TOKENS = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)(k|m|tokens)")
_UNITS = {"k": 1_000, "m": 1_000_000, "tokens": 1}


@dataclass(frozen=True, kw_only=True)
class RunBudget:
    """What a run may use up at most by its requester's own wish; None: nothing is said."""

    tokens: int | None = None
    micro_usd: int | None = None


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What has been used up of a budget, and what is set aside for calls that are under way.

    ``unpriced`` counts the calls whose price nobody knew: ``spent_micro_usd`` is without them.
    """

    spent_tokens: int = 0
    spent_micro_usd: int = 0
    reserved_tokens: int = 0
    reserved_micro_usd: int = 0
    calls: int = 0
    unpriced: int = 0


def micro_usd(usd: float) -> int:
    """US dollars, as people write them, in micro-dollars."""
    return math.ceil(_exact(usd) * MICROS)


def cost_micro_usd(price: Price, usage: Usage) -> int:
    """What so many tokens cost at a price."""
    cached_usd = price.input_usd if price.cached_usd is None else price.cached_usd
    cached = min(usage.cached_tokens, usage.input_tokens)
    cost = (usage.input_tokens - cached) * _exact(price.input_usd) + cached * _exact(cached_usd)
    return math.ceil(cost + usage.output_tokens * _exact(price.output_usd))


def read_budget(text: str) -> RunBudget:
    """A budget as people write it; ValueError where it is none, or nothing."""
    given = text.strip().lower().replace("_", "")
    usd, tokens = _USD.fullmatch(given), _TOKENS.fullmatch(given)
    if usd is not None:
        budget = RunBudget(micro_usd=math.ceil(Fraction(usd[1]) * MICROS))
    elif tokens is not None:
        budget = RunBudget(tokens=int(Fraction(tokens[1]) * _UNITS[tokens[2]]))
    else:
        raise ValueError(text)
    if not (budget.tokens or budget.micro_usd):
        raise ValueError(text)
    return budget


def written(budget: RunBudget) -> str:
    """A budget of one kind as people would write it, and `read_budget` reads it."""
    if budget.micro_usd is not None:
        return usd_text(budget.micro_usd).removeprefix("$")
    tokens = budget.tokens or 0
    return f"{tokens // 1000}k" if tokens % 1000 == 0 else f"{tokens}tokens"


def usd_text(micro_usd: int) -> str:
    """Micro-dollars for people: to the cent, and small amounts to the last digit that counts."""
    whole, rest = divmod(micro_usd, MICROS)
    digits = f"{rest:06}"
    kept = digits.rstrip("0") if micro_usd < MICROS // 10 or rest % 10_000 else digits[:2]
    return f"${whole}.{kept.ljust(2, '0')}"


def tokens_text(tokens: int) -> str:
    """A number of tokens for people."""
    return f"{tokens:,} token{'' if tokens == 1 else 's'}"


def budget_to_data(budget: RunBudget | None) -> dict[str, object] | None:
    """Plain data for a column."""
    if budget is None:
        return None
    return {"tokens": budget.tokens, "micro_usd": budget.micro_usd}


def budget_from_data(data: Mapping[str, int | None] | None) -> RunBudget | None:
    """The reverse of `budget_to_data`."""
    if data is None:
        return None
    return RunBudget(tokens=data["tokens"], micro_usd=data["micro_usd"])


def _exact(usd: float) -> Fraction:
    # What was written as 0.1 is a tenth, and not the float that lies next to it.
    return Fraction(repr(usd)) if math.isfinite(usd) else Fraction(0)
