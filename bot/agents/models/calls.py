"""The calls of one question: within its budgets, again as the provider asks, down the chain."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.agents.call_time import CallTime
from bot.agents.models.lines import BadLine
from bot.agents.models.providers import SPEECHES
from bot.agents.models.reading import BadRequest
from bot.agents.models.verdicts import Verdict, mentions, unreachable, verdict
from bot.agents.models.wire import Wire, WireAnswer, WireRequest
from bot.core.model_calls import (
    BYTES_A_TOKEN,
    CallStatus,
    MadeCall,
    ModelName,
    ModelTask,
    PlannedCall,
)
from bot.errors import BotError, Transient
from bot.services import Meter

#: What a child is told where it is to ask the next model of the chain.
NEXT = 599
#: What it is told where a server knows no tools: it asks for the answer as text.
NO_TOOLS = 400
#: Of what is left of a question's time, a model may take so much while there is another one.
_SHARE = 2 / 3


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often a call is tried, and how long one waits in between: doubling from the first."""

    tries: int = 4
    first_s: float = 1.0
    longest_s: float = 20.0

    def pause_s(self, tries: int, asked_s: float | None) -> float:
        """Seconds to wait after so many tries. A provider that says how long knows best."""
        if asked_s is not None:
            return asked_s
        return min(self.longest_s, self.first_s * 2.0 ** (tries - 1))


class Away:
    """Which models did not answer lately, so that not every question waits for them anew."""

    def __init__(self, *, for_s: float = 60.0) -> None:
        self._for_s = for_s
        self._until: dict[ModelName, float] = {}

    def note(self, model: ModelName, retry_after_s: float | None) -> None:
        """It did not."""
        self._until[model] = time.monotonic() + (retry_after_s or self._for_s)

    def has(self, model: ModelName) -> bool:
        """Whether it is better not asked now."""
        return self._until.get(model, 0.0) > time.monotonic()


@dataclass(kw_only=True)
class Chain:
    """The models that are asked, and what was found out about them.

    Attributes:
        wires: By provider.
        newer: Models whose servers want to be told the length of answers by its newer name.
    """

    names: Sequence[ModelName]
    wires: Mapping[str, Wire]
    newer: set[ModelName] = field(default_factory=set)
    away: Away = field(default_factory=Away)
    patience: Patience = field(default_factory=Patience)

    def is_last(self, model: ModelName) -> bool:
        """Whether no other stands behind it."""
        return model == self.names[-1]


class Watched:
    """Whoever may end a question; keeps apart what they raise from what goes wrong by itself."""

    def __init__(self, poll: Callable[[], object] | None) -> None:
        self._poll = poll
        self.raised: BaseException | None = None

    def __call__(self) -> None:
        """Raises what they raise."""
        try:
            if self._poll is not None:
                self._poll()
        except BaseException as exc:
            self.raised = exc
            raise


class Calls:
    """Makes the calls of one question."""

    def __init__(
        self,
        task: ModelTask,
        chain: Chain,
        meter: Meter,
        within: CallTime,
        watched: Watched,
    ) -> None:
        """Args:
        within: The question's time, which ``watched`` can end.
        """
        self._task = task
        self._chain = chain
        self._meter = meter
        self._time = within
        self._watched = watched
        self._attempts = 0
        #: Answers of models that were given on.
        self.answered = 0

    @property
    def models(self) -> Sequence[ModelName]:
        """The models that can be asked, by their index."""
        return self._chain.names

    def make(self, index: object, body: object) -> Mapping[str, Any]:
        """What the child is told: a status and, with 200, the provider's answer.

        Raises:
            BotError: What ends the question.
            BadLine: For what no child of ours asks for.
            TimeoutError: Where the question's time is over.
        """
        names = self._chain.names
        if not isinstance(index, int) or not 0 <= index < len(names):
            raise BadLine("There is no such model.")
        if not isinstance(body, Mapping):
            raise BadLine("There is no request.")
        model = names[index]
        if self._chain.away.has(model) and not self._chain.is_last(model):
            return {"status": NEXT}
        return self._told(model, self._persist(model, body))

    def _told(self, model: ModelName, found: Verdict) -> Mapping[str, Any]:
        if found.answer is not None:
            self.answered += 1
            return {"status": 200, "body": found.answer}
        if found.error is None:
            return {"status": NO_TOOLS}
        if not found.another:
            raise found.error
        self._chain.away.note(model, found.retry_after_s)
        if self._chain.is_last(model):
            raise found.error
        return {"status": NEXT}

    def _persist(self, model: ModelName, body: Mapping[str, Any]) -> Verdict:
        """Ask a model until there is an answer, or no sense in asking it again.

        Neither an answer nor an error: its server knows no tools.
        """
        patience = self._chain.patience
        tries = 0
        while True:
            tries += 1
            found, got = self._once(model, body)
            if found.error is None:
                return found
            if got is not None and self._is_mended(model, got):
                continue
            if got is not None and self._knows_no_tools(body, got):
                return Verdict()
            if not found.again or tries >= patience.tries:
                return found
            pause_s = patience.pause_s(tries, found.retry_after_s)
            if pause_s >= self._time.left_s:
                return found
            self._time.pause(pause_s)

    def _is_mended(self, model: ModelName, got: WireAnswer) -> bool:
        """Whether it was only the name of a limit that its server did not know."""
        if model in self._chain.newer or not mentions(got, "max_completion_tokens"):
            return False
        self._chain.newer.add(model)
        return True

    def _knows_no_tools(self, body: Mapping[str, Any], got: WireAnswer) -> bool:
        """Without tools of its own, a question can be answered as text."""
        asked_by_tool = bool(body.get("tools")) and not self._task.tools
        return asked_by_tool and mentions(got, "tool", "function call")

    def _once(self, model: ModelName, body: Mapping[str, Any]) -> tuple[Verdict, WireAnswer | None]:
        request = self._request(model, body)
        text = request.text
        self._attempts += 1
        call_id = self._meter.reserve(
            PlannedCall(
                model=model,
                purpose=self._task.purpose,
                input_tokens=-(-len(text.encode("utf-8", "replace")) // BYTES_A_TOKEN),
                output_tokens=self._task.limits.output_tokens,
                prompt=text,
                attempt=self._attempts,
            )
        )
        began = time.monotonic()
        # Whatever happens: the answer was not seen, and may have been paid for.
        made = MadeCall(status=CallStatus.LOST, duration_s=0.0)
        try:
            found, got = self._exchanged(request)
            made = _made(found, got, time.monotonic() - began)
        finally:
            if made.status is CallStatus.LOST:
                made = MadeCall(status=CallStatus.LOST, duration_s=time.monotonic() - began)
            self._meter.settle(call_id, made)
        return found, got

    def _request(self, model: ModelName, body: Mapping[str, Any]) -> WireRequest:
        try:
            cleaned = SPEECHES[model.provider].sent(
                body, model.name, self._task.limits.output_tokens, newer=model in self._chain.newer
            )
        except BadRequest as exc:
            raise BadLine(str(exc)) from exc
        return WireRequest(model=model, purpose=self._task.purpose, body=cleaned)

    def _exchanged(self, request: WireRequest) -> tuple[Verdict, WireAnswer | None]:
        within = self._time
        if not self._chain.is_last(request.model):
            within = within.shorter(within.left_s * _SHARE)
        try:
            got = self._chain.wires[request.model.provider].exchange(request, within)
        except BotError as exc:
            if self._watched.raised is not None:
                raise
            # The network tells a question's end as its own.
            self._time.tick_s()
            return unreachable(request.model, exc), None
        return verdict(request.model, got), got


def _made(found: Verdict, got: WireAnswer | None, duration_s: float) -> MadeCall:
    if found.unread:
        status = CallStatus.REFUSED
    elif got is None:
        status = CallStatus.LOST
    else:
        status = CallStatus.FAILED if isinstance(found.error, Transient) else CallStatus.ANSWERED
    return MadeCall(
        status=status,
        duration_s=duration_s,
        usage=found.usage,
        answer="" if got is None else got.body.decode("utf-8", errors="replace"),
        http_status=None if got is None else got.status,
    )
