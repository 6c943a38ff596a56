"""What a run may cost before it has spent anything, and what it has cost since."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bot.budgets.caps import HeldCap, caps_of
from bot.core.budgets import Balance, cost_micro_usd
from bot.core.model_calls import BYTES_A_TOKEN, Usage
from bot.core.runs import Run
from bot.resources import templates_dir
from bot.services import Services

#: Of fewer runs nothing is foretold.
_FEWEST_RUNS = 3
_ASKING = frozenset({"agent", "review"})
_DEEPEST = 20
#: Tokens of an answer that hardly says anything.
_SHORT_ANSWER = 100
_ROLE = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, kw_only=True)
class Foretold:
    """What half of the past runs have used up at most, and what nine of ten have.

    Money is None where the price of one of them was unknown.
    """

    runs: int
    tokens: int
    tokens_90: int
    micro_usd: int | None
    micro_usd_90: int | None


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What a run may cost. ``caps`` are those that hold it, its own first.

    ``least_tokens`` are what the questions come to that are clear before anything is answered:
    the requester's own words and the role's, told to each step that asks a model once, and a short
    answer to each. ``least_micro_usd`` is what that costs of the first model; None: its price is
    unknown.
    """

    model: str
    priced: bool
    least_tokens: int
    least_micro_usd: int | None
    foretold: Foretold | None
    caps: Sequence[HeldCap]


@dataclass(frozen=True, kw_only=True)
class Spending:
    """How a run's own budget stands, and where it ends."""

    balance: Balance
    cap_tokens: int | None
    cap_micro_usd: int | None

    @property
    def cost_micro_usd(self) -> int | None:
        """What it has cost; None where the price of a call was unknown."""
        return None if self.balance.unpriced else self.balance.spent_micro_usd


def quote_of(services: Services, run: Run) -> Quote | None:
    """What a run may cost that has not asked a model yet; None where it never will."""
    steps = asking_steps(run.workflow)
    chain = services.models.chain
    if not steps or not chain:
        return None
    prices = [services.models.price(model) for model in chain]
    priced = all(price is not None for price in prices)
    least = _least(run)
    first = prices[0]
    return Quote(
        model=str(chain[0]),
        priced=priced,
        least_tokens=least.tokens,
        least_micro_usd=None if first is None else cost_micro_usd(first, least),
        foretold=foretold_of(services, run),
        caps=caps_of(services, run, priced=priced),
    )


def foretold_of(services: Services, run: Run) -> Foretold | None:
    """What runs of the same workflow have taken; None where there were too few."""
    return _foretold(services.store.budgets.history(_workflow(run)))


def spending_of(services: Services, run: Run) -> Spending | None:
    """What a run has used up; None where it has not asked a model."""
    scope = f"run:{run.id}"
    balance = services.store.budgets.balances([scope]).get(scope)
    if balance is None:
        return None
    own = caps_of(services, run, priced=not balance.unpriced)[0].cap
    return Spending(balance=balance, cap_tokens=own.tokens, cap_micro_usd=own.micro_usd)


def asking_steps(workflow: Mapping[str, object]) -> Sequence[str]:
    """The ids of the steps of a workflow, as plain data, that ask a language model."""
    return [str(step.get("id")) for step in _asking(workflow)]


def _asking(workflow: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    steps = workflow.get("steps")
    listed = steps if isinstance(steps, list | tuple) else ()
    return [step for step in listed if isinstance(step, Mapping) and _asks(step)]


def _least(run: Run) -> Usage:
    """What a run asks and is answered at least, if each of its steps asks once."""
    steps = _asking(run.workflow)
    written = _bytes_in(run.inputs) // BYTES_A_TOKEN
    asked = sum(written + _instructions_bytes(step) // BYTES_A_TOKEN for step in steps)
    return Usage(input_tokens=asked, output_tokens=_SHORT_ANSWER * len(steps))


def _instructions_bytes(step: Mapping[str, object]) -> int:
    """What a role is told whatever it is asked; nothing of a prompt of the workflow's own."""
    given = step.get("with")
    role = given.get("role", "free") if isinstance(given, Mapping) else "free"
    name = "review" if step.get("uses") == "review" else str(role)
    if not _ROLE.fullmatch(name):
        return 0
    try:
        return (templates_dir() / "prompts" / f"{name}.md.j2").stat().st_size
    except FileNotFoundError:
        return 0


def _asks(step: Mapping[str, object]) -> bool:
    given = step.get("with")
    writes = isinstance(given, Mapping) and "files" in given and "pack" not in given
    return step.get("uses") in _ASKING or (step.get("uses") == "file_generation" and writes)


def _workflow(run: Run) -> str:
    return str(run.workflow.get("name", ""))


def _bytes_in(value: object, depth: int = 0) -> int:
    if isinstance(value, str):
        return len(value.encode("utf-8", "replace"))
    parts: Sequence[object] = ()
    if isinstance(value, Mapping):
        parts = list(value.values())
    elif isinstance(value, list | tuple):
        parts = value
    return sum(_bytes_in(part, depth + 1) for part in parts) if depth < _DEEPEST else 0


def _foretold(past: Sequence[Balance]) -> Foretold | None:
    if len(past) < _FEWEST_RUNS:
        return None
    tokens = sorted(one.spent_tokens for one in past)
    money = sorted(one.spent_micro_usd for one in past)
    unknown = any(one.unpriced for one in past)
    return Foretold(
        runs=len(past),
        tokens=round(median(tokens)),
        tokens_90=_of_ten(tokens, 9),
        micro_usd=None if unknown else round(median(money)),
        micro_usd_90=None if unknown else _of_ten(money, 9),
    )


def _of_ten(ordered: Sequence[int], tenth: int) -> int:
    """The least that so many tenths do not exceed."""
    return ordered[-(-len(ordered) * tenth // 10) - 1]
