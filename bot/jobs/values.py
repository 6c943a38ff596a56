"""What the references of a run's workflow stand for while it is under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.kinds import Field, problem_with
from bot.core.references import Scope, SecretName, SecretText, is_true, resolve
from bot.core.runs import Run, StepStatus
from bot.core.workflow import StepPlan, Workflow
from bot.errors import StepFailed
from bot.jobs.unfolding import MOST_ITEMS, Item
from bot.sealing import Hidden, masked, open_inputs
from bot.services import Services
from bot.steps import step_type
from bot.steps.spec import StepType

_OPAQUE = (Hidden, SecretName, SecretText)


class Values:
    """The inputs of a run, opened, and the outputs of its steps so far."""

    def __init__(self, services: Services, run: Run, workflow: Workflow) -> None:
        opened = open_inputs(services.keys, run.inputs, run.id)
        self._inputs: Mapping[str, object] = {**workflow.defaults, **opened}
        self._workflow = workflow
        #: In a dry run, a step that cannot be rehearsed gives nothing to those behind it.
        self._has_gaps = services.rehearsal and any(
            not step_type(plan.uses).rehearses for plan in workflow.steps
        )

    def holds(self, plan: StepPlan, run: Run) -> bool:
        """Whether a step's condition holds."""
        return is_true(plan.condition, self._scope(run))

    def items(self, plan: StepPlan, run: Run) -> Sequence[object]:
        """The list that a step is done for; StepFailed ``bad_list`` where it is none.

        Null is a list of nothing: it comes from a step that was skipped.
        """
        found = resolve(plan.for_each, self._scope(run))
        if found is None:
            return ()
        if not isinstance(found, Sequence) or isinstance(found, str):
            raise StepFailed(
                f"The `for_each` of the step {plan.id} is not a list.", reason="bad_list"
            )
        if len(found) > MOST_ITEMS:
            raise StepFailed(
                f"The `for_each` of the step {plan.id} has {len(found)} items; {MOST_ITEMS} are "
                "the most.",
                reason="bad_list",
            )
        return found

    def arguments(self, item: Item, kind: StepType, run: Run) -> Mapping[str, object]:
        """What a step is given, checked against what its type takes.

        Raises:
            StepFailed: ``bad_input``, naming the field.
        """
        given = resolve(item.plan.arguments, self._scope(run, item))
        arguments = dict(given) if isinstance(given, Mapping) else {}
        for name, field in kind.takes.items():
            value = arguments.get(name)
            if value is None and not field.needed:
                arguments.pop(name, None)
                if field.default is not None:
                    arguments[name] = field.default
                continue
            if value is None and self._has_gaps:
                continue
            self._check(item, name, value, field)
        return arguments

    def more(self, item: Item, outputs: Mapping[str, object]) -> Mapping[str, object]:
        """The outputs of a step with those that the workflow makes of them."""
        if not item.plan.outputs:
            return outputs
        scope = Scope(inputs=self._inputs, steps={}, result=outputs)
        made = resolve(item.plan.outputs, scope)
        return {**outputs, **(made if isinstance(made, Mapping) else {})}

    def outputs(self, run: Run) -> Mapping[str, object]:
        """The outputs of the whole workflow, with secrets masked: they are kept and shown."""
        made = masked(resolve(self._workflow.outputs, self._scope(run)))
        return made if isinstance(made, Mapping) else {}

    def _check(self, item: Item, name: str, value: object, field: Field) -> None:
        if isinstance(value, _OPAQUE):
            return
        problem = problem_with(value, field)
        if problem is not None:
            raise StepFailed(f"The step {item.id}: its {name} {problem}.", reason="bad_input")

    def _scope(self, run: Run, item: Item | None = None) -> Scope:
        steps = {
            step.id: step.outputs if step.status is StepStatus.COMPLETED else None
            for step in run.steps
        }
        if item is None or item.index is None:
            return Scope(inputs=self._inputs, steps=steps)
        return Scope(inputs=self._inputs, steps=steps, item=item.value, index=item.index)
