"""The calls of models that runs have made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.core.model_calls import CallStatus, Usage
from bot.store.port.paging import Page


@dataclass(frozen=True, kw_only=True)
class ModelCall:
    """One call. ``micro_usd`` None: unknown. ``usage`` None: not known (yet).

    ``tokens`` and ``micro_usd`` are what it counts for: what it may use up at most until it is
    settled, then what it has used up. Hashes are SHA-256 of the whole texts; the texts are None
    where they are not kept, and in lists.
    """

    id: str
    run_id: str
    step_id: str
    purpose: str
    model: str
    attempt: int
    status: CallStatus
    tokens: int
    micro_usd: int | None
    usage: Usage | None
    http_status: int | None
    duration_ms: int | None
    prompt_hash: str
    answer_hash: str | None
    created_at: datetime
    settled_at: datetime | None
    has_texts: bool = False
    prompt: str | None = field(default=None, repr=False)
    answer: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Repeats:
    """How often the same has been asked, and the same was answered, in this stretch of work.

    ``answers`` counts the last answers in a row to one step's repeated questions (all but the
    first call of each) that are the same as the newest of them.
    """

    prompts: int = 0
    answers: int = 0


@dataclass(frozen=True, kw_only=True)
class CallSum:
    """How many calls of a model ended (or, ``PLANNED``, are under way) alike, and what they count
    for together. ``micro_usd`` is without the calls of unknown price."""

    model: str
    status: CallStatus
    calls: int
    tokens: int
    micro_usd: int


class ModelCalls(Protocol):
    """What was asked of models. `Budgets` records and settles them."""

    def get(self, run_id: str, id: str) -> ModelCall | None:
        """One call of a run, with its texts where they are kept."""

    def of_run(
        self, run_id: str, *, after: str | None = None, limit: int = 50, texts: bool = False
    ) -> Page[ModelCall]:
        """A page of a run's calls, oldest first, behind the one that ended at ``after``.

        Args:
            texts: Whether with their texts, where they are kept.
        """

    def repeats(
        self, run_id: str, number: int, step_id: str, purpose: str, prompt_hash: str
    ) -> Repeats:
        """What has come again and again while the run was held under that lease number."""

    def sums(self, *, within_s: float) -> Sequence[CallSum]:
        """What was begun within so many seconds and has ended, and all that is under way; a sum
        for each model and status."""

    def purge_texts(self, *, older_than_days: int = 30) -> int:
        """Drop the texts of calls that old; of how many."""
