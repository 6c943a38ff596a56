"""The gates that policy demands and a workflow's file lacks, put in where they can be seen.

Whether a step may publish is decided when it is about to (`bot.steps.gates`). What stands here
lets a workflow reach that point: whoever looks at it sees where it will stop and for what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.core.policy import Approval, Verify
from bot.core.workflow import Fields, StepPlan, Workflow
from bot.core.workflow_names import names_item, steps_named
from bot.core.workflow_publications import Publication, before, origin, publications, same
from bot.errors import UserError

APPROVAL_STEP = "approval"
VERIFY_STEP = "verify"
GATE_ID = "policy-gate"
VERIFY_ID = "policy-verify"
#: Step types whose files a language model writes.
MODEL_STEPS = frozenset({"agent"})


def gated(
    workflow: Workflow, step_types: Mapping[str, Fields], *, approval: Approval, verify: Verify
) -> Workflow:
    """The workflow with every gate that is demanded before its first publishing step.

    A gate that the file has is used, without an ``if`` of its own: whatever stands before all
    steps that publish the same files at the same place. The others are put in, marked as
    ``inserted``. A workflow that publishes nothing stays as it is.

    Raises:
        UserError: ``ungated_workflow`` where there is nothing that could be looked at: no project,
            or no destination.
    """
    asks = approval is Approval.ALWAYS or (
        approval is Approval.MODEL and any(step.uses in MODEL_STEPS for step in workflow.steps)
    )
    weaving = _Weaving(workflow, step_types)
    found = publications(workflow, step_types)
    if verify is Verify.REQUIRE:
        for one in found:
            _refuse_shapeless(workflow, one, "verification", ("project",))
            weaving.gate(one, VERIFY_STEP, VERIFY_ID, {"project": one.project})
    if asks:
        for one in found:
            _refuse_shapeless(workflow, one, "approval", ("project", "into"))
            given = {"project": one.project, "into": one.into}
            weaving.gate(one, APPROVAL_STEP, GATE_ID, given)
    return replace(workflow, steps=tuple(weaving.steps))


_LACKING = {"project": "generated files", "into": "destination"}


def _refuse_shapeless(
    workflow: Workflow, publication: Publication, demanded: str, wanted: Sequence[str]
) -> None:
    for name in wanted:
        if getattr(publication, name) is None:
            raise UserError(
                f"Policy asks for {demanded} before anything is published, and the workflow "
                f"{workflow.name} has no {_LACKING[name]} to look at before its step "
                f"{publication.steps[0]}.",
                reason="ungated_workflow",
                remedy="Let a step generate the files, or take them and where they go as inputs, "
                "before the first step that publishes.",
            )


class _Weaving:
    """The steps of one workflow while gates are put between them."""

    def __init__(self, workflow: Workflow, step_types: Mapping[str, Fields]) -> None:
        self.steps = list(workflow.steps)
        self._publishers = frozenset(
            step.id
            for step in workflow.steps
            if step.uses in step_types and step_types[step.uses].publishes
        )

    def gate(
        self, publication: Publication, uses: str, id: str, given: Mapping[str, object]
    ) -> None:
        """See to it that a publication stands behind a gate of that type."""
        for_each = publication.for_each if names_item(given) else None
        # A plan shows one place, and the plans of a list's items would lapse each other.
        if for_each is not None and uses == APPROVAL_STEP:
            raise _many_places(publication)
        present = self._present(publication, uses, given, for_each)
        if present is not None:
            if not same(present.condition, publication.condition):
                self._change(present.id, condition=None)
            return
        plan = StepPlan(
            id=self._free(id),
            uses=uses,
            arguments=given,
            for_each=for_each,
            condition=publication.condition,
            inserted=True,
        )
        self._insert(plan, publication)

    def _present(
        self,
        publication: Publication,
        uses: str,
        given: Mapping[str, object],
        for_each: object,
    ) -> StepPlan | None:
        """The gate that each of these steps comes after already; rather one of ours."""
        for step in sorted(self.steps, key=lambda step: not step.inserted):
            if step.uses != uses or not same(step.for_each, for_each):
                continue
            if self._looks_at(step, given) and all(
                step.id in before(self.steps, publishing) for publishing in publication.steps
            ):
                return step
        return None

    def _looks_at(self, step: StepPlan, given: Mapping[str, object]) -> bool:
        return all(
            same(origin(step.arguments.get(name), self.steps), origin(value, self.steps))
            for name, value in given.items()
        )

    def _insert(self, plan: StepPlan, publication: Publication) -> None:
        """Put a gate before everything that is published, but for what comes before its files."""
        named = steps_named([plan.arguments, plan.for_each])
        earlier = self._with_before(named)
        if earlier & set(publication.steps):
            raise _too_late(plan, publication)
        behind = {step.id for step in self.steps if step.id in self._publishers - earlier}
        when = steps_named(plan.condition)
        if self._with_before(when) & behind:
            # Known only when it is too late to ask.
            plan, when = replace(plan, condition=None), frozenset()
        needs = [*named, *when, *self._waits_for(plan, publication)]
        free = [need for need in needs if not self._with_before([need]) & behind]
        at = min(number for number, step in enumerate(self.steps) if step.id in behind)
        self.steps.insert(at, replace(plan, needs=self._fewest(free)))
        for step in self.steps:
            if step.id in behind:
                self._change(step.id, needs=self._fewest((*step.needs, plan.id)))
        self.steps = in_order(self.steps)

    def _waits_for(self, plan: StepPlan, publication: Publication) -> list[str]:
        """What an approval comes after besides its files: what the file lets come before.

        Two plans of a thread never wait side by side, since the newer would lapse the older.
        """
        if plan.uses != APPROVAL_STEP:
            return []
        first = next(step for step in self.steps if step.id == publication.steps[0])
        gates = [step.id for step in self.steps if step.uses in (APPROVAL_STEP, VERIFY_STEP)]
        return [*first.needs, *gates]

    def _with_before(self, ids: Iterable[str]) -> set[str]:
        given = set(ids)
        return given.union(*(before(self.steps, one) for one in given))

    def _fewest(self, needs: Iterable[str]) -> tuple[str, ...]:
        """Without those that come before another one of them anyway."""
        order = [step.id for step in self.steps]
        given = tuple(sorted(set(needs), key=order.index))
        reached = {one for need in given for one in before(self.steps, need)}
        return tuple(need for need in given if need not in reached)

    def _change(self, id: str, **changes: object) -> None:
        at = [step.id for step in self.steps].index(id)
        self.steps[at] = replace(self.steps[at], **changes)  # type: ignore[arg-type]

    def _free(self, id: str) -> str:
        taken = {step.id for step in self.steps}
        names: Sequence[str] = [id, *(f"{id}-{number}" for number in range(2, len(taken) + 3))]
        return next(name for name in names if name not in taken)


def in_order(steps: Sequence[StepPlan]) -> list[StepPlan]:
    """The steps with each behind all that it needs, and otherwise as they were."""
    waiting, ordered, done = list(steps), list[StepPlan](), set[str]()
    while waiting:
        step = next(step for step in waiting if done.issuperset(step.needs))
        waiting.remove(step)
        ordered.append(step)
        done.add(step.id)
    return ordered


def _many_places(publication: Publication) -> UserError:
    return UserError(
        "Policy asks for approval before anything is published, and the step "
        f"{publication.steps[0]} publishes for each item of a list, of which nobody can approve "
        "the whole.",
        reason="ungated_workflow",
        remedy="Give each destination a step of its own.",
    )


def _too_late(plan: StepPlan, publication: Publication) -> UserError:
    return UserError(
        f"Policy asks for a gate of the type {plan.uses} before the step {publication.steps[0]}, "
        "and what it would have to look at is made only after that.",
        reason="ungated_workflow",
        remedy="Let the steps that generate files come before those that publish.",
    )
