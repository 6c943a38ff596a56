"""What a run costs as its page shows it: the quote, the meter, its calls step by step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.budgets import Quote, Spending, quote_of, spending_of
from bot.core.budgets import tokens_text, usd_text
from bot.core.model_calls import CallStatus
from bot.core.runs import Run
from bot.services import Services
from bot.store.port import ModelCall
from bot.web.times import duration

#: More calls than that are left to the API.
SHOWN = 200
UNKNOWN = "price unknown"
#: The state that each is drawn as, and the word beside it.
_LOOKS = {
    CallStatus.PLANNED: ("running", "Under way"),
    CallStatus.ANSWERED: ("completed", "Answered"),
    CallStatus.FAILED: ("failed", "Failed"),
    CallStatus.REFUSED: ("cancelled", "Refused"),
    CallStatus.LOST: ("waiting", "Lost"),
}


@dataclass(frozen=True, kw_only=True)
class CallView:
    """One call. ``tokens`` and ``cost`` are set aside while it is under way."""

    id: str
    purpose: str
    model: str
    attempt: int
    look: str
    status: str
    tokens: str
    cost: str
    took: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class StepCalls:
    """The calls of one step, oldest first, and what they come to."""

    step: str
    calls: tuple[CallView, ...]
    tokens: str
    cost: str


@dataclass(frozen=True, kw_only=True)
class MeterView:
    """What has been used up. ``parts`` are of a thousand, of the cap that is nearest: used up, and
    set aside as well; None where no cap holds the run."""

    used: str
    calls: str
    reserved: str
    ends: str
    priced: bool
    parts: tuple[int, int] | None


@dataclass(frozen=True, kw_only=True)
class CostView:
    """What a run costs; ``more``: it has further calls."""

    quote: tuple[tuple[str, str], ...]
    meter: MeterView | None
    steps: tuple[StepCalls, ...]
    more: bool


def cost_view(services: Services, run: Run) -> CostView | None:
    """What a run costs; None where it asks no language model."""
    spending = spending_of(services, run)
    quote = None if run.status.is_final else quote_of(services, run)
    if spending is None and quote is None:
        return None
    page = services.store.model_calls.of_run(run.id, limit=SHOWN)
    return CostView(
        quote=() if quote is None else tuple(_quoted(quote, has_spent=spending is not None)),
        meter=None if spending is None else _meter(spending),
        steps=_by_step(page.items),
        more=page.next is not None,
    )


def _quoted(quote: Quote, *, has_spent: bool) -> Iterable[tuple[str, str]]:
    past, own = quote.foretold, quote.caps[0].cap
    if past is not None:
        half = _amount(past.tokens, past.micro_usd)
        most = _amount(past.tokens_90, past.micro_usd_90)
        yield "Expected", f"up to {half} in half of {past.runs} such runs, {most} in nine of ten"
    elif not has_spent:
        least = _amount(quote.least_tokens, quote.least_micro_usd)
        yield "Expected", f"at least {least}: too few such runs were made here to tell"
    if has_spent:
        return
    yield "First model", quote.model
    ends = _ends(own.tokens, own.micro_usd if quote.priced else None)
    if ends:
        yield "Ends at", ends
    if not quote.priced:
        yield "Price", "unknown, so that tokens alone are held to a cap"


def _meter(spending: Spending) -> MeterView:
    balance = spending.balance
    is_priced = not balance.unpriced
    held = balance.reserved_micro_usd if is_priced else None
    count = balance.calls
    return MeterView(
        used=_amount(balance.spent_tokens, spending.cost_micro_usd),
        calls=f"{count:,} call{'' if count == 1 else 's'}",
        reserved=_amount(balance.reserved_tokens, held) if balance.reserved_tokens else "",
        ends=_ends(spending.cap_tokens, spending.cap_micro_usd),
        priced=is_priced,
        parts=_parts(spending),
    )


def _parts(spending: Spending) -> tuple[int, int] | None:
    balance = spending.balance
    kinds = (
        (spending.cap_tokens, balance.spent_tokens, balance.reserved_tokens),
        (spending.cap_micro_usd, balance.spent_micro_usd, balance.reserved_micro_usd),
    )
    found = [
        (min(1000, spent * 1000 // cap), min(1000, (spent + reserved) * 1000 // cap))
        for cap, spent, reserved in kinds
        if cap
    ]
    return max(found, default=None, key=lambda parts: parts[1])


def _by_step(calls: Sequence[ModelCall]) -> tuple[StepCalls, ...]:
    steps: dict[str, list[ModelCall]] = {}
    for call in calls:
        steps.setdefault(call.step_id, []).append(call)
    return tuple(_step(step, made) for step, made in steps.items())


def _step(step: str, calls: Sequence[ModelCall]) -> StepCalls:
    costs = [call.micro_usd for call in calls if call.micro_usd is not None]
    return StepCalls(
        step=step,
        calls=tuple(_call(call) for call in calls),
        tokens=tokens_text(sum(call.tokens for call in calls)),
        cost=usd_text(sum(costs)) if len(costs) == len(calls) else UNKNOWN,
    )


def _call(call: ModelCall) -> CallView:
    look, word = _LOOKS[call.status]
    ms = call.duration_ms
    return CallView(
        id=call.id,
        purpose=call.purpose,
        model=call.model,
        attempt=call.attempt,
        look=look,
        status=word if call.http_status in (None, 200) else f"{word} ({call.http_status})",
        tokens=f"{call.tokens:,}",
        cost=UNKNOWN if call.micro_usd is None else usd_text(call.micro_usd),
        took="" if ms is None else duration(timedelta(milliseconds=ms)),
        at=call.created_at,
    )


def _amount(tokens: int, micro_usd: int | None) -> str:
    money = "" if micro_usd is None else f" and {usd_text(micro_usd)}"
    return f"{tokens_text(tokens)}{money}"


def _ends(tokens: int | None, micro_usd: int | None) -> str:
    parts = [] if micro_usd is None else [usd_text(micro_usd)]
    return " or ".join(parts if tokens is None else [*parts, tokens_text(tokens)])
