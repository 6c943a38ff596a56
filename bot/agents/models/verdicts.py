"""What a provider's answer means for a call: give it on, try again, ask another, or stop."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.agents.models.providers import SPEECHES
from bot.agents.models.reading import Ended
from bot.agents.models.wire import WireAnswer
from bot.core.model_calls import ModelName, Usage
from bot.errors import BotError, StepFailed, Transient

_OVERLOADED = 529
_MOST_SAID = 200
_NOT_SHOWN = re.compile(r"[^ -~]+")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is to be done.

    Attributes:
        answer: To give on; None where there is none.
        error: What comes of it, if nothing else helps.
        again: Whether the same may work if it is asked again.
        another: Whether another model may be asked instead.
        unread: Whether the provider threw the request away, so that it costs nothing.
    """

    answer: Mapping[str, Any] | None = None
    usage: Usage | None = None
    error: BotError | None = None
    again: bool = False
    another: bool = False
    unread: bool = False
    retry_after_s: float | None = field(default=None)


def verdict(model: ModelName, got: WireAnswer) -> Verdict:
    """What an answer means."""
    if got.status == 200:
        return _of_answer(model, got)
    if got.status == 429 and "insufficient_quota" not in _said(got.body):
        return Verdict(
            error=_busy(model, got.retry_after_s),
            again=True,
            another=True,
            unread=True,
            retry_after_s=got.retry_after_s,
        )
    if got.status in (408, 409, _OVERLOADED) or got.status >= 500:
        return Verdict(
            error=_away(model, f"It answered with status {got.status}."),
            usage=Usage(),
            again=True,
            another=True,
            retry_after_s=got.retry_after_s,
        )
    return _of_refusal(model, got.status, _said(got.body))


def _of_refusal(model: ModelName, status: int, said: str) -> Verdict:
    """It was not taken, and asking again changes nothing."""
    if status in (401, 403):
        return Verdict(error=_wrong_key(model, status), unread=True)
    if status in (402, 429) or "credit balance" in said:
        return Verdict(error=_no_quota(model), unread=True)
    if status == 404 or "model_not_found" in said:
        return Verdict(error=_unknown(model), another=True, unread=True)
    return Verdict(error=_not_taken(model, status, said), unread=True)


def unreachable(model: ModelName, problem: BotError) -> Verdict:
    """No answer, or none that can be read."""
    if problem.reason in ("unreachable", "no_answer", "bad_answer"):
        return Verdict(
            error=_away(model, problem.message),
            again=True,
            another=True,
            unread=problem.reason == "unreachable",
        )
    stopped = StepFailed(
        f"{model} cannot be asked: {problem.message}",
        reason="model_address" if problem.reason != "answer_too_large" else "answer_too_long",
        remedy=problem.remedy or "Whoever operates this server looks at its address.",
    )
    return Verdict(error=stopped, unread=problem.reason != "answer_too_large")


def _of_answer(model: ModelName, got: WireAnswer) -> Verdict:
    speech = SPEECHES[model.provider]
    try:
        answer = json.loads(got.body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        broken = _away(model, "Its answer stops in the middle, or is none.")
        return Verdict(error=broken, again=True, another=True)
    usage, ended = speech.usage(answer), speech.ended(answer)
    if ended is Ended.BROKEN:
        broken = _away(model, "Its answer is not in the protocol that it was asked in.")
        return Verdict(error=broken, usage=usage, again=True, another=True)
    if ended is Ended.WHOLE:
        return Verdict(answer=answer, usage=usage)
    return Verdict(error=_refused(model) if ended is Ended.REFUSED else _too_long(), usage=usage)


def mentions(got: WireAnswer, *words: str) -> bool:
    """Whether a refused request was refused for what one of these words names."""
    said = _said(got.body).lower()
    return got.status in (400, 404, 422, 501) and any(word in said for word in words)


def _said(body: bytes) -> str:
    return body[:4096].decode("utf-8", errors="replace")


def _wrong_key(model: ModelName, status: int) -> StepFailed:
    return StepFailed(
        f"{model} was not asked: its provider does not take the key of this server ({status}).",
        reason="model_key",
        remedy=f"Whoever operates this server mends {model.provider.upper()}_API_KEY.",
    )


def _no_quota(model: ModelName) -> StepFailed:
    return StepFailed(
        f"{model} was not asked: the account behind the key of this server has nothing left.",
        reason="model_key",
        remedy=f"Whoever operates this server tops it up, or changes {model.provider.upper()}"
        "_API_KEY.",
    )


def _unknown(model: ModelName) -> StepFailed:
    return StepFailed(
        f"{model} is not known where it was asked for.",
        reason="unknown_model",
        remedy="Whoever operates this server mends FIRSTCOMMIT_MODEL or "
        f"{model.provider.upper()}_BASE_URL.",
    )


def _busy(model: ModelName, retry_after_s: float | None) -> Transient:
    return Transient(
        f"{model} is busy: its provider takes no more requests at the moment.",
        reason="model_busy",
        retry_after_s=retry_after_s,
    )


def _away(model: ModelName, why: str) -> Transient:
    return Transient(f"{model} did not answer. {why}", reason="model_away")


def _not_taken(model: ModelName, status: int, said: str) -> StepFailed:
    shown = " ".join(_NOT_SHOWN.sub(" ", said).split())[:_MOST_SAID]
    return StepFailed(
        f"{model} did not take what it was asked ({status}): {shown}",
        reason="model_request",
        remedy="Mostly it was more than the model can read at once: ask for less, or have another "
        "model.",
    )


def _refused(model: ModelName) -> StepFailed:
    return StepFailed(
        f"{model} refuses to answer this.",
        reason="model_refusal",
        remedy="Put it in other words.",
    )


def _too_long() -> StepFailed:
    return StepFailed(
        "The model's answer is longer than one answer may be.",
        reason="answer_too_long",
        remedy="Ask for less at a time.",
    )
