"""What a workflow publishes: which files, at which places, by which of its steps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.expressions import Path
from bot.core.kinds import Kind
from bot.core.references import parse
from bot.core.workflow import Fields, StepPlan, Workflow

_SPACE = re.compile(r"(?<=\$\{\{)\s+|\s+(?=\}\})")


@dataclass(frozen=True, kw_only=True)
class Publication:
    """Files and a place, as references, and the ids of the steps that bring the ones to the other.

    ``project`` and ``into`` are None where the workflow has no such thing. ``for_each`` is the
    list of the first step, where that has one, and ``condition`` the one of all, if they agree.
    """

    project: object
    into: object
    steps: tuple[str, ...]
    for_each: object | None = None
    condition: object | None = None


def publications(workflow: Workflow, step_types: Mapping[str, Fields]) -> tuple[Publication, ...]:
    """All of them, in the order in which their first steps are written.

    A step that is given no project (a repository is made, a change is opened) belongs to what
    goes to the same place; one that is given no place, to what is published elsewhere.
    """
    reader = _Reader(workflow, step_types)
    publishing = [plan for plan in workflow.steps if reader.publishes(plan)]
    drafts: list[_Draft] = []
    for plan in sorted(publishing, key=lambda plan: not reader.draft(plan).is_whole):
        draft = reader.draft(plan)
        host = next((other for other in drafts if draft.belongs_to(other, workflow)), None)
        if host is None:
            drafts.append(reader.completed(draft, drafts))
        else:
            host.plans.append(plan)
    order = [plan.id for plan in workflow.steps]
    found = [draft.finished(order) for draft in drafts]
    return tuple(sorted(found, key=lambda one: order.index(one.steps[0])))


def before(steps: Sequence[StepPlan], step_id: str) -> frozenset[str]:
    """The ids of all that comes before a step, also through others."""
    plans = {step.id: step for step in steps}
    found: set[str] = set()
    waiting = list(plans[step_id].needs)
    while waiting:
        need = waiting.pop()
        if need not in found:
            found.add(need)
            waiting.extend(plans[need].needs)
    return frozenset(found)


def origin(value: object, steps: Sequence[StepPlan]) -> object:
    """Where a project comes from: what ``verify`` hands on is what it was given."""
    for _ in steps:
        output = _output(value)
        if output is None or output[1] != "project":
            break
        giver = next((step for step in steps if step.id == output[0]), None)
        if giver is None or giver.uses != "verify":
            break
        value = giver.arguments.get("project")
    return value


def same(one: object, other: object) -> bool:
    """Whether two pieces of a workflow say the same, however they are spaced."""
    return _spaced(one) == _spaced(other)


@dataclass(kw_only=True)
class _Draft:
    """A publication that is being gathered."""

    project: object
    into: object
    plans: list[StepPlan]

    @property
    def is_whole(self) -> bool:
        return self.project is not None and self.into is not None

    def belongs_to(self, other: _Draft, workflow: Workflow) -> bool:
        mine, theirs = self.plans[0].for_each, other.plans[0].for_each
        if self.into is not None and not (same(self.into, other.into) and same(mine, theirs)):
            return False
        projects = (origin(one, workflow.steps) for one in (self.project, other.project))
        return self.project is None or same(*projects)

    def finished(self, order: Sequence[str]) -> Publication:
        plans = sorted(self.plans, key=lambda plan: order.index(plan.id))
        first = plans[0]
        agree = all(same(plan.condition, first.condition) for plan in plans)
        return Publication(
            project=self.project,
            into=self.into,
            steps=tuple(plan.id for plan in plans),
            for_each=first.for_each,
            condition=first.condition if agree else None,
        )


class _Reader:
    """Finds projects and places in a workflow by what its step types take and give."""

    def __init__(self, workflow: Workflow, step_types: Mapping[str, Fields]) -> None:
        self._workflow = workflow
        self._step_types = step_types

    def publishes(self, plan: StepPlan) -> bool:
        known = self._step_types.get(plan.uses)
        return known is not None and known.publishes

    def draft(self, plan: StepPlan) -> _Draft:
        return _Draft(
            project=self._given(plan, Kind.PROJECT),
            into=self._given(plan, Kind.DESTINATION),
            plans=[plan],
        )

    def completed(self, draft: _Draft, others: Sequence[_Draft]) -> _Draft:
        """With what the step is not given itself, as far as the workflow has it."""
        if draft.into is None:
            draft.into = self._input(Kind.DESTINATION)
        if draft.project is None:
            known = (one.project for one in others if one.project is not None)
            draft.project = self._made_before(draft) or next(known, self._input(Kind.PROJECT))
        return draft

    def _given(self, plan: StepPlan, kind: Kind) -> object:
        takes = self._step_types[plan.uses].takes
        names = [name for name, field in takes.items() if field.kind is kind]
        return next((plan.arguments[name] for name in names if name in plan.arguments), None)

    def _made_before(self, draft: _Draft) -> object:
        """What was approved for the same place, else the last project that was made before."""
        earlier = before(self._workflow.steps, draft.plans[0].id)
        plans = [plan for plan in reversed(self._workflow.steps) if plan.id in earlier]
        for plan in plans:
            if plan.uses == "approval" and same(plan.arguments.get("into"), draft.into):
                return plan.arguments.get("project")
        return next((made for plan in plans if (made := self._made_by(plan))), None)

    def _made_by(self, plan: StepPlan) -> object:
        known = self._step_types.get(plan.uses)
        if known is None or plan.uses == "verify" or plan.for_each is not None:
            return None
        names = [name for name, field in known.gives.items() if field.kind is Kind.PROJECT]
        return f"${{{{ steps.{plan.id}.{names[0]} }}}}" if names else None

    def _input(self, kind: Kind) -> object:
        names = [name for name, spec in self._workflow.inputs.items() if spec.kind is kind]
        return f"${{{{ inputs.{names[0]} }}}}" if names else None


def _output(value: object) -> tuple[str, str] | None:
    """The step and the output that a reference is, if it is nothing else."""
    expression = parse(value) if isinstance(value, str) else None
    if not isinstance(expression, Path) or expression.root != "steps":
        return None
    names = [part.name for part in expression.parts]
    return (str(names[0]), str(names[1])) if len(names) == 2 else None


def _spaced(value: object) -> object:
    """A piece of a workflow without the space next to the signs round its references."""
    if isinstance(value, str):
        return _SPACE.sub("", value)
    if isinstance(value, Mapping):
        return {key: _spaced(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_spaced(part) for part in value]
    return value
