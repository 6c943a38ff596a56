"""Steps that are done once for each item of a list: their parts, and what these come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.runs import Run, StepStatus
from bot.core.workflow import StepPlan
from bot.steps import step_type
from bot.store.port import Runs

#: A list may have so many items.
MOST_ITEMS = 100


@dataclass(frozen=True, kw_only=True)
class Item:
    """A step, or a part of one: its own id, and the item that it is done for."""

    plan: StepPlan
    id: str
    index: int | None = None
    value: object = None


class Lists(Protocol):
    """Knows the list of a step."""

    def items(self, plan: StepPlan, run: Run) -> Sequence[object]:
        """The list that a step is done for."""


def unfold(
    runs: Runs, run: Run, number: int, plan: StepPlan, lists: Lists
) -> tuple[Sequence[Item], Run]:
    """The parts of a step, made where there are none yet, and the run that has them."""
    values = lists.items(plan, run)
    if run.step(plan.id).status is not StepStatus.RUNNING:
        runs.step_started(run.id, number, plan.id, inputs={"for_each": len(values)})
    if len(run.parts_of(plan.id)) < len(values):
        # A worker may have been killed right before this.
        run = runs.add_parts(run.id, number, plan.id, len(values))
    items = [
        Item(plan=plan, id=f"{plan.id}[{index}]", index=index, value=value)
        for index, value in enumerate(values)
    ]
    return items, run


def close(plan: StepPlan, run: Run, items: Sequence[Item]) -> Mapping[str, object]:
    """What a step gives whose parts are all done: of each output, the list of theirs."""
    parts = [run.step(item.id).outputs or {} for item in items]
    names = (*step_type(plan.uses).gives, *plan.outputs)
    return {name: [part.get(name) for part in parts] for name in names}
