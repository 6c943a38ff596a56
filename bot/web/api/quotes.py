"""What a run may cost before it has asked a language model, as data."""

from __future__ import annotations

from pydantic import BaseModel, Field

from bot.budgets import Quote, quote_of, spending_of
from bot.core.runs import Run
from bot.services import Services
from bot.web.api.model_calls import usd


class HistoryAnswer(BaseModel):
    """What such runs have used up on this server."""

    runs: int
    tokens: int = Field(description="Half of them took no more.")
    tokens_90: int = Field(description="Nine in ten took no more.")
    usd: float | None = Field(description="Null where a price was unknown.")
    usd_90: float | None


class QuoteAnswer(BaseModel):
    """What a run may cost that asks language models."""

    model: str = Field(description="The first that is asked.")
    priced: bool = Field(description="Whether all prices are known; else caps are in tokens.")
    least_tokens: int = Field(description="What the first questions alone come to, at least.")
    least_usd: float | None
    history: HistoryAnswer | None = Field(description="Null where too few such runs were made.")
    cap_tokens: int | None = Field(description="Where the run ends; null is no limit.")
    cap_usd: float | None


def quote_shape(services: Services, run: Run) -> dict[str, object] | None:
    """What a run may cost; None where it asks no model, or has asked one already."""
    if spending_of(services, run) is not None:
        return None
    quote = quote_of(services, run)
    return None if quote is None else _shape(quote)


def _shape(quote: Quote) -> dict[str, object]:
    own, past = quote.caps[0].cap, quote.foretold
    history = past and {
        "runs": past.runs,
        "tokens": past.tokens,
        "tokens_90": past.tokens_90,
        "usd": usd(past.micro_usd),
        "usd_90": usd(past.micro_usd_90),
    }
    return {
        "model": quote.model,
        "priced": quote.priced,
        "least_tokens": quote.least_tokens,
        "least_usd": usd(quote.least_micro_usd),
        "history": history,
        "cap_tokens": own.tokens,
        "cap_usd": usd(own.micro_usd) if quote.priced else None,
    }
