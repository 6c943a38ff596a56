"""What a language model is asked, what that may cost, and what became of it, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: About so many bytes of UTF-8 make a token; low, so that an estimate is rather too high.
BYTES_A_TOKEN = 3


@dataclass(frozen=True, kw_only=True)
class ModelName:
    """A model as settings write it: ``openai:NAME`` or ``anthropic:NAME``.

    ``scripted:NAME`` is the one that ships with the program and answers without a network.
    """

    provider: str
    name: str

    def __str__(self) -> str:
        return f"{self.provider}:{self.name}"


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens as the provider counted them. ``cached`` ones are among those of the input."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0

    @property
    def tokens(self) -> int:
        """Both together, as caps in tokens count them."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars for a million tokens. ``cached`` None: as other input."""

    input_usd: float
    output_usd: float
    cached_usd: float | None = None

    def of(self, usage: Usage) -> float:
        """What so many tokens cost, in US dollars."""
        cached_usd = self.input_usd if self.cached_usd is None else self.cached_usd
        fresh = max(0, usage.input_tokens - usage.cached_tokens)
        cost = fresh * self.input_usd + usage.cached_tokens * cached_usd
        return (cost + usage.output_tokens * self.output_usd) / 1_000_000


class CallStatus(StrEnum):
    """What became of one call of a model. Each but the first two may have cost something."""

    PLANNED = "planned"
    REFUSED = "refused"
    ANSWERED = "answered"
    FAILED = "failed"
    #: Nobody knows: the worker ended before the answer, or the connection did.
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class PlannedCall:
    """One call as it is about to be sent: what it may use up at most.

    ``prompt`` is everything that is sent as text; ``attempt`` counts from 1 within one question.
    """

    model: ModelName
    purpose: str
    input_tokens: int
    output_tokens: int
    prompt: str = field(repr=False)
    attempt: int = 1


@dataclass(frozen=True, kw_only=True)
class MadeCall:
    """What came of it. ``usage`` None: the provider did not say, so the whole plan counts.

    ``status`` REFUSED is for calls that the provider threw away unread (401, 404, 429): they
    cost nothing.
    """

    status: CallStatus
    duration_s: float
    usage: Usage | None = None
    answer: str = field(default="", repr=False)
    http_status: int | None = None


@dataclass(frozen=True, kw_only=True)
class ToolSpec:
    """A tool that a model may call; ``schema`` is a JSON Schema of its arguments, an object."""

    name: str
    description: str
    schema: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class TaskLimits:
    """How much one question may take: calls of a model (repairs and tools included), tokens of
    each answer, and seconds for all of it."""

    calls: int = 8
    output_tokens: int = 16_000
    time_s: float = 300.0


@dataclass(frozen=True, kw_only=True)
class ModelTask:
    """One question to a model, which may take several calls.

    Attributes:
        run_id: Of one run all questions are put by one process.
        purpose: What it is for, a word for records: ``requirements``, ``file``, ``review``.
        instructions: What the model is told to be and to heed; ours alone.
        prompt: The question, with everything that it needs to be answered.
        schema: A JSON Schema of the answer, whose root is an object.
        strangers: Whether people without write access wrote some of it.
    """

    run_id: str
    purpose: str
    instructions: str = field(repr=False)
    prompt: str = field(repr=False)
    schema: Mapping[str, object] = field(repr=False)
    tools: tuple[ToolSpec, ...] = ()
    strangers: bool = False
    limits: TaskLimits = TaskLimits()


class Unfit(Exception):
    """An answer that cannot be used: what is wrong with it, for the model to mend."""

    def __init__(self, problems: str) -> None:
        super().__init__(problems)
        self.problems = problems
