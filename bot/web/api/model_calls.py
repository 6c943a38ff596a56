"""What a run has asked language models, and what it has used up by that, as data."""

from __future__ import annotations

from datetime import datetime

from flask import Response
from pydantic import BaseModel, Field

from bot.core.access_scopes import Scope
from bot.core.budgets import MICROS
from bot.core.model_calls import CallStatus
from bot.store.port import ModelCall
from bot.web.api import rights
from bot.web.api.answering import listing, moment
from bot.web.api.operation import Call, Needs, Operation, Paging

GROUP = "Runs"


class CallQuery(Paging):
    """Which calls, and how much of them."""

    texts: bool = Field(False, description="Whether to tell what was said, where it is kept.")


class ModelCallAnswer(BaseModel):
    """A call of a language model."""

    id: str
    step: str
    purpose: str
    model: str
    attempt: int = Field(description="Counts within one question.")
    status: CallStatus
    tokens: int = Field(description="Used up; before it has ended, set aside.")
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    cost_usd: float | None = Field(description="Null where the price is unknown.")
    http_status: int | None
    duration_ms: int | None
    prompt_sha256: str
    answer_sha256: str | None
    has_texts: bool = Field(description="Whether what was said is kept.")
    prompt: str | None = Field(description="What it was told; null unless `texts` asks for it.")
    answer: str | None = Field(description="What it answered; null unless `texts` asks for it.")
    created_at: datetime
    settled_at: datetime | None


class ModelCallPage(BaseModel):
    """Some calls, oldest first."""

    items: list[ModelCallAnswer]
    next: str | None


def usd(micro_usd: int | None) -> float | None:
    """Micro-dollars as a number of dollars."""
    return None if micro_usd is None else micro_usd / MICROS


def call_shape(call: ModelCall) -> dict[str, object]:
    """A call, with its texts where they were asked for."""
    usage = call.usage
    return {
        "id": call.id,
        "step": call.step_id,
        "purpose": call.purpose,
        "model": call.model,
        "attempt": call.attempt,
        "status": call.status.value,
        "tokens": call.tokens,
        "input_tokens": usage.input_tokens if usage else None,
        "output_tokens": usage.output_tokens if usage else None,
        "cached_tokens": usage.cached_tokens if usage else None,
        "cost_usd": usd(call.micro_usd),
        "http_status": call.http_status,
        "duration_ms": call.duration_ms,
        "prompt_sha256": call.prompt_hash,
        "answer_sha256": call.answer_hash,
        "has_texts": call.has_texts,
        "prompt": call.prompt,
        "answer": call.answer,
        "created_at": moment(call.created_at),
        "settled_at": moment(call.settled_at),
    }


def _list(call: Call) -> Response:
    run = rights.run(call)
    calls, query = call.services.store.model_calls, call.query
    return listing(
        call.services,
        query,
        f"calls of {run.id}",
        lambda after, limit: calls.of_run(run.id, after=after, limit=limit, texts=query.texts),
        call_shape,
    )


OPERATIONS = (
    Operation(
        method="GET",
        address="/runs/<uuid:id>/calls",
        name="list_calls",
        group=GROUP,
        summary="What a run has asked language models, oldest first",
        needs=Needs.READER,
        scope=Scope.READ,
        query=CallQuery,
        gives={200: ModelCallPage},
        view=_list,
    ),
)
