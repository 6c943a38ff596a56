"""Models that answer in this process, as they are told to: for tests of what asks them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from bot.agents.scripted import ToolUse
from bot.core.model_calls import (
    BYTES_A_TOKEN,
    CallStatus,
    MadeCall,
    ModelName,
    ModelTask,
    PlannedCall,
    Price,
    Unfit,
    Usage,
)
from bot.errors import StepFailed
from bot.services import Accepted, Meter, Tool

_NO_TOOLS: Mapping[str, Tool] = MappingProxyType({})
#: From a question and what was said since (what tools gave, what was unfit) to what a model says.
Answers = Callable[[ModelTask, Sequence[str]], object]


class PretendedModels:
    """``Models`` without a process, a network or a model.

    Args:
        answers: What is answered: in turn, whoever asks, or as computed from the question. Each is
            an answer, a `ToolUse`, or an exception to raise.
    """

    def __init__(
        self,
        answers: Answers | Sequence[object],
        *,
        chain: Sequence[ModelName] = (ModelName(provider="scripted", name="pretended"),),
        price: Price | None = None,
        problem: str | None = None,
    ) -> None:
        self._answers = answers if callable(answers) else _in_turn(answers)
        self._chain = tuple(chain)
        self._price = price
        self._problem = problem
        #: Every question that was put, and every run that was closed.
        self.asked: list[ModelTask] = []
        self.closed: list[str] = []

    @property
    def chain(self) -> Sequence[ModelName]:
        """As given."""
        return self._chain

    def problem(self, *, strangers: bool = False) -> str | None:
        """As given."""
        return self._problem

    def price(self, model: ModelName) -> Price | None:
        """As given, for all of them."""
        return self._price

    def ask(
        self,
        task: ModelTask,
        *,
        accept: Callable[[Mapping[str, object]], Accepted],
        meter: Meter,
        tools: Mapping[str, Tool] = _NO_TOOLS,
        poll: Callable[[], object] | None = None,
    ) -> Accepted:
        """The answer to a question, as ``accept`` gives it."""
        self.asked.append(task)
        since: list[str] = []
        problems, used_a_tool = "", False
        for attempt in range(1, task.limits.calls + 1):
            if poll is not None:
                poll()
            said = self._call(task, since, meter, attempt)
            used_a_tool = isinstance(said, ToolUse)
            try:
                if isinstance(said, ToolUse):
                    since.append(json.dumps(_used(task, tools, said)))
                    continue
                if not isinstance(said, Mapping):
                    raise Unfit("The answer must be a JSON object.")
                return accept(said)
            except Unfit as exc:
                problems = exc.problems
                since.append(problems)
        if used_a_tool:
            raise StepFailed("The calls are used up.", reason="model_calls")
        raise StepFailed(f"No answer was fit: {problems}", reason="model_answer")

    def close(self, run_id: str) -> None:
        """Noted."""
        self.closed.append(run_id)

    def _call(self, task: ModelTask, since: Sequence[str], meter: Meter, attempt: int) -> object:
        prompt = "\n\n".join((task.instructions, task.prompt, *since))
        planned = PlannedCall(
            model=self._chain[0],
            purpose=task.purpose,
            input_tokens=_tokens(prompt),
            output_tokens=task.limits.output_tokens,
            prompt=prompt,
            attempt=attempt,
        )
        call_id = meter.reserve(planned)
        began = time.monotonic()
        made = MadeCall(status=CallStatus.LOST, duration_s=0.0)
        try:
            said = self._answers(task, tuple(since))
            if isinstance(said, BaseException):
                raise said
            text = json.dumps(vars(said) if isinstance(said, ToolUse) else said)
            made = MadeCall(
                status=CallStatus.ANSWERED,
                duration_s=time.monotonic() - began,
                usage=Usage(input_tokens=planned.input_tokens, output_tokens=_tokens(text)),
                answer=text,
                http_status=200,
            )
        finally:
            meter.settle(call_id, made)
        return said


def _used(task: ModelTask, tools: Mapping[str, Tool], said: ToolUse) -> object:
    if said.name not in {tool.name for tool in task.tools}:
        raise Unfit(f"There is no tool {said.name}.")
    return tools[said.name](said.arguments)


def _in_turn(answers: Sequence[object]) -> Answers:
    left = iter(answers)
    lock = threading.Lock()

    def answer(task: ModelTask, since: Sequence[str]) -> object:
        with lock:
            try:
                return next(left)
            except StopIteration:
                raise AssertionError(f"{task.purpose} was not expected to be asked.") from None

    return answer


def _tokens(text: str) -> int:
    return -(-len(text.encode("utf-8", "replace")) // BYTES_A_TOKEN)
