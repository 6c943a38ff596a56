"""Models that answer in this process: the scripted one, or whatever a test makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from bot.agents.scripted import respond
from bot.core.model_calls import ModelName, ModelTask, Price, Unfit
from bot.errors import StepFailed
from bot.services import Accepted, Meter, Tool

Answers = Callable[[ModelTask], Mapping[str, object]]
_NO_TOOLS: Mapping[str, Tool] = MappingProxyType({})


def scripted(task: ModelTask) -> Mapping[str, object]:
    """What the model that ships says."""
    said = respond(task.prompt, task.instructions, task.schema, task.purpose)
    assert isinstance(said, Mapping)
    return said


class Told:
    """``Models`` over a function; ``asked`` has every question, ``unfit`` what was refused."""

    def __init__(self, answers: Answers = scripted) -> None:
        self.answers = answers
        self.asked: list[ModelTask] = []
        self.unfit: list[str] = []

    @property
    def chain(self) -> Sequence[ModelName]:
        return (ModelName(provider="scripted", name="sdlc"),)

    def problem(self, *, strangers: bool = False) -> str | None:
        return None

    def price(self, model: ModelName) -> Price | None:
        return None

    def ask(
        self,
        task: ModelTask,
        *,
        accept: Callable[[Mapping[str, object]], Accepted],
        meter: Meter,
        tools: Mapping[str, Tool] = _NO_TOOLS,
        poll: Callable[[], object] | None = None,
    ) -> Accepted:
        self.asked.append(task)
        for _ in range(2):
            try:
                return accept(self.answers(task))
            except Unfit as exc:
                self.unfit.append(exc.problems)
        raise StepFailed(f"No answer was fit: {self.unfit[-1]}", reason="model_answer")

    def close(self, run_id: str) -> None:
        """There is nothing to end."""
