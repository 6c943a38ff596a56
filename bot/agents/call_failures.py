"""What went wrong with a call, as the one error that steps and agents are told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.agents.patient_sender import Sent
from bot.core.api_values import ApiAnswer
from bot.core.data_words import one_line
from bot.core.hidden import masker
from bot.core.secrets_scan import scan_text
from bot.errors import ApiFailed, BotError

_EXCERPT = 300
_PROBLEM = "application/problem+json"


def refused(problem: BotError) -> ApiFailed:
    """A call that was not sent, or that ended before there was an answer."""
    return ApiFailed(problem.message, reason=problem.reason, remedy=problem.remedy)


def failed(sent: Sent, answer: ApiAnswer) -> ApiFailed:
    """An answer that says that it was not done."""
    said = _problem(answer) if sent.is_ours else {}
    detail = one_line(said.get("detail"), _EXCERPT)
    return ApiFailed(
        f"{sent.shown} answered {answer.status}{': ' if detail else '.'}{detail}",
        reason=one_line(said.get("reason"), 60) or _reason(answer.status),
        remedy=one_line(said.get("remedy"), _EXCERPT),
        status=answer.status,
        excerpt=excerpt(sent, answer),
    )


def excerpt(sent: Sent, answer: ApiAnswer) -> str:
    """The beginning of a body, without anything that is, or looks like, a secret."""
    text = masker(sent.secrets)(answer.body[: 4 * MOST_READ].decode("utf-8", "replace"))
    shown = one_line(text, _EXCERPT)
    # A scan names lines and no places, and this is one line.
    return "(it held something like a secret)" if scan_text("answer", shown) else shown


MOST_READ = 2_000


def _problem(answer: ApiAnswer) -> Mapping[str, Any]:
    if not answer.headers.get("content-type", "").startswith(_PROBLEM):
        return {}
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _reason(status: int) -> str:
    if status == 429:
        return "rate_limited"
    return "api_unavailable" if status in (502, 503, 504) else "unexpected_status"
