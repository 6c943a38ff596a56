"""Asks models from one process a run, which has nothing worth stealing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from bot.agents.call_time import CallTime
from bot.agents.models.calls import Calls, Chain, Patience, Watched
from bot.agents.models.question import Question
from bot.agents.models.rooms import Rooms
from bot.agents.models.wire import Wire
from bot.core.model_calls import ModelName, ModelTask, Price
from bot.errors import StepFailed
from bot.services import Accepted, Meter, Tool

_NO_TOOLS: Mapping[str, Tool] = MappingProxyType({})


class SandboxedModels:
    """``Models``, each run's in a process of its own."""

    def __init__(
        self,
        chain: Sequence[ModelName],
        wires: Mapping[str, Wire],
        rooms: Rooms,
        *,
        price: Callable[[ModelName], Price | None] = lambda _: None,
        newer: Iterable[ModelName] = (),
        patience: Patience | None = None,
    ) -> None:
        """Args:
        wires: By provider.
        newer: Models whose servers want to be told the length of answers by its newer name.
        """
        self._chain = Chain(
            names=tuple(chain), wires=wires, newer=set(newer), patience=patience or Patience()
        )
        self._rooms = rooms
        self._price = price

    @property
    def chain(self) -> Sequence[ModelName]:
        """As the operator ordered them."""
        return self._chain.names

    def problem(self, *, strangers: bool = False) -> str | None:
        """A key that is missing; a sandbox that is."""
        lacking = self._lacking()
        return lacking or (self._unguarded() if strangers else None)

    def price(self, model: ModelName) -> Price | None:
        """What a model costs; None where nobody knows."""
        return self._price(model)

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
        self._refuse_unless_possible(task)
        watched = Watched(poll)
        within = CallTime(task.limits.time_s, watched)
        calls = Calls(task, self._chain, meter, within, watched)
        question = Question(task, calls, within, accept=accept, tools=tools)
        return question.put(self._rooms.of(task.run_id))

    def close(self, run_id: str) -> None:
        """End the process of a run, if there is one; it is started anew where it is needed."""
        self._rooms.close(run_id)

    def _refuse_unless_possible(self, task: ModelTask) -> None:
        if (lacking := self._lacking()) is not None:
            raise StepFailed(
                lacking,
                reason="model_key",
                remedy="Whoever operates this server sets it.",
            )
        if task.strangers and (unguarded := self._unguarded()) is not None:
            raise StepFailed(
                unguarded,
                reason="no_sandbox",
                remedy="Whoever operates this server makes bubblewrap work (`firstcommit doctor` "
                "says how), or accepts the risk with FIRSTCOMMIT_UNSANDBOXED=models.",
            )

    def _lacking(self) -> str | None:
        wires = (self._chain.wires[model.provider] for model in self._chain.names)
        return next((problem for wire in wires if (problem := wire.problem())), None)

    def _unguarded(self) -> str | None:
        problem = self._rooms.unguarded()
        if problem is None:
            return None
        return (
            "Some of what a model would read was written by strangers, and no sandbox can be had "
            f"here to read it in: {problem}"
        )
