"""A workflow as a value: what a run takes, the steps it goes through, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.kinds import Field, Kind


@dataclass(frozen=True, kw_only=True)
class Fields:
    """What a step type takes and gives, as far as a loader must know it.

    ``publishes``: it is not begun without what policy demands. ``summary`` is for editors.
    """

    takes: Mapping[str, Field]
    gives: Mapping[str, Field]
    publishes: bool = False
    summary: str = ""


@dataclass(frozen=True, kw_only=True)
class InputSpec:
    """One input of a workflow. It must be given where ``has_default`` is false."""

    kind: Kind
    help: str = ""
    choices: tuple[str, ...] = ()
    default: object = None
    has_default: bool = False


@dataclass(frozen=True, kw_only=True)
class RetryRule:
    """How often a step is tried again by itself, and after what.

    ``count`` is of the tries that follow the first. ``on`` holds reason codes or the words
    ``transient``, ``failed`` and ``timeout``; empty, it means ``transient``.
    """

    count: int = 0
    backoff_s: float = 5.0
    on: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StepPlan:
    """One step of a workflow, with its references still in it.

    ``needs`` are the ids of the steps that come before it, also where the file leaves them to be
    understood. ``condition`` and ``for_each`` are None where the file has none. ``outputs`` are
    made from the step's own, by ``${{ result.NAME }}``, and stand beside them. ``inserted``: the
    file lacks it, and policy asked for it.
    """

    id: str
    uses: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    condition: object | None = None
    for_each: object | None = None
    retry: RetryRule | None = None
    timeout_s: float | None = None
    outputs: Mapping[str, object] = field(default_factory=dict)
    inserted: bool = False


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """A checked workflow. A step stands behind all that it needs."""

    name: str
    summary: str = ""
    inputs: Mapping[str, InputSpec] = field(default_factory=dict)
    steps: tuple[StepPlan, ...] = ()
    outputs: Mapping[str, object] = field(default_factory=dict)
    timeout_s: float | None = None

    @property
    def defaults(self) -> Mapping[str, object]:
        """The inputs that need not be given, with what they are then."""
        return {name: spec.default for name, spec in self.inputs.items() if spec.has_default}

    def step(self, step_id: str) -> StepPlan:
        """The step of that id; KeyError where there is none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)


def to_data(workflow: Workflow) -> dict[str, object]:
    """The snapshot that a run keeps: plain data that `read_workflow` reads back."""
    inputs = {name: _input_data(spec) for name, spec in workflow.inputs.items()}
    return {
        "name": workflow.name,
        **({"summary": workflow.summary} if workflow.summary else {}),
        **({"inputs": inputs} if inputs else {}),
        "steps": [_step_data(step) for step in workflow.steps],
        **({"outputs": dict(workflow.outputs)} if workflow.outputs else {}),
        **({"timeout": workflow.timeout_s} if workflow.timeout_s is not None else {}),
    }


def _input_data(spec: InputSpec) -> dict[str, object]:
    return {
        "type": str(spec.kind),
        **({"help": spec.help} if spec.help else {}),
        **({"choices": list(spec.choices)} if spec.choices else {}),
        **({"default": spec.default} if spec.has_default else {}),
    }


def _step_data(step: StepPlan) -> dict[str, object]:
    data: dict[str, object] = {"id": step.id, "uses": step.uses, "needs": list(step.needs)}
    if step.condition is not None:
        data["if"] = step.condition
    if step.for_each is not None:
        data["for_each"] = step.for_each
    if step.arguments:
        data["with"] = dict(step.arguments)
    if step.retry is not None:
        data["retry"] = _retry_data(step.retry)
    if step.timeout_s is not None:
        data["timeout"] = step.timeout_s
    if step.outputs:
        data["outputs"] = dict(step.outputs)
    if step.inserted:
        data["inserted"] = True
    return data


def _retry_data(rule: RetryRule) -> dict[str, object]:
    data: dict[str, object] = {"count": rule.count, "backoff": rule.backoff_s}
    return {**data, "on": list(rule.on)} if rule.on else data
