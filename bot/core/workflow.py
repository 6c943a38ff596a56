"""A workflow: what a run takes, and the steps that it goes through in order."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.core.kinds import Field
from bot.core.references import Reference, parse
from bot.errors import ConfigurationError, UserError

INPUT_TYPES = (
    "string",
    "text",
    "integer",
    "boolean",
    "choice",
    "choices",
    "list",
    "secret",
    "object",
    "project",
    "destination",
)

_ID = re.compile(r"[a-z][a-z0-9_-]{0,62}")


@dataclass(frozen=True, kw_only=True)
class Fields:
    """What a step type takes and gives, as far as a loader must know: names and needs."""

    takes: Mapping[str, Field]
    gives: Mapping[str, Field]
    publishes: bool = False


@dataclass(frozen=True, kw_only=True)
class StepPlan:
    """One step of a workflow. ``arguments`` still hold their references."""

    id: str
    uses: str
    arguments: Mapping[str, object]
    condition: object


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """A checked workflow. ``defaults`` has the inputs that need not be given."""

    name: str
    inputs: Mapping[str, str]
    defaults: Mapping[str, object]
    steps: tuple[StepPlan, ...]


def read_workflow(data: object, step_types: Mapping[str, Fields], *, source: str) -> Workflow:
    """Check plain data against the step registry and give the workflow that it says.

    Raises:
        ConfigurationError: ``bad_workflow``, for all that is wrong at once, each with its place.
    """
    reader = _Reader(source=source, step_types=step_types)
    workflow = reader.workflow(data)
    if reader.problems:
        raise ConfigurationError("; ".join(reader.problems), reason="bad_workflow")
    return workflow


def to_data(workflow: Workflow) -> dict[str, object]:
    """The snapshot that a run keeps: plain data that `read_workflow` reads back."""
    inputs: dict[str, object] = {}
    for name, kind in workflow.inputs.items():
        inputs[name] = {"type": kind}
        if name in workflow.defaults:
            inputs[name] = {"type": kind, "default": workflow.defaults[name]}
    steps: list[dict[str, object]] = []
    for step in workflow.steps:
        data: dict[str, object] = {"id": step.id, "uses": step.uses, "with": dict(step.arguments)}
        if step.condition is not None:
            data["if"] = step.condition
        steps.append(data)
    return {"name": workflow.name, "inputs": inputs, "steps": steps}


class _Reader:
    """Collects every problem of one file, so that they can be mended in one go."""

    def __init__(self, *, source: str, step_types: Mapping[str, Fields]) -> None:
        self.problems: list[str] = []
        self._source = source
        self._step_types = step_types

    def workflow(self, data: object) -> Workflow:
        top = self._mapping(data, "the file")
        self._known(top, ("name", "inputs", "steps"), "the file")
        inputs, defaults = self._inputs(self._mapping(top.get("inputs", {}), "inputs"))
        steps = self._steps(top.get("steps"), inputs)
        name = top.get("name")
        if not isinstance(name, str) or not _ID.fullmatch(name):
            self._say("name", "must be lower-case letters, digits, - and _")
        return Workflow(name=str(name), inputs=inputs, defaults=defaults, steps=tuple(steps))

    def _inputs(self, data: Mapping[str, object]) -> tuple[dict[str, str], dict[str, object]]:
        kinds: dict[str, str] = {}
        defaults: dict[str, object] = {}
        for name, value in data.items():
            spec = self._mapping(value, f"inputs.{name}")
            self._known(spec, ("type", "default", "help"), f"inputs.{name}")
            kind = str(spec.get("type"))
            if kind not in INPUT_TYPES:
                self._say(f"inputs.{name}", f"unknown type {kind!r}{_near(kind, INPUT_TYPES)}")
            kinds[name] = kind
            if "default" in spec:
                defaults[name] = spec["default"]
        return kinds, defaults

    def _steps(self, data: object, inputs: Mapping[str, str]) -> list[StepPlan]:
        if not isinstance(data, Sequence) or isinstance(data, str) or not data:
            self._say("steps", "must be a list of at least one step")
            return []
        plans: list[StepPlan] = []
        for position, item in enumerate(data, start=1):
            plan = self._step(self._mapping(item, f"step {position}"), position)
            if any(plan.id == other.id for other in plans):
                self._say(f"step {position}", f"the id {plan.id!r} is taken by an earlier step")
            self._references(plan, plans, inputs)
            plans.append(plan)
        return plans

    def _step(self, data: Mapping[str, object], position: int) -> StepPlan:
        place = f"step {position}"
        self._known(data, ("id", "uses", "with", "if"), place)
        step_id, uses = str(data.get("id", "")), str(data.get("uses", ""))
        if not _ID.fullmatch(step_id):
            self._say(place, "needs an id of lower-case letters, digits, - and _")
        arguments = self._mapping(data.get("with", {}), f"{place} with")
        if uses in self._step_types:
            self._arguments(arguments, self._step_types[uses], f"step {step_id}")
        else:
            self._say(place, f"unknown step type {uses!r}{_near(uses, tuple(self._step_types))}")
        return StepPlan(id=step_id, uses=uses, arguments=arguments, condition=data.get("if"))

    def _arguments(self, given: Mapping[str, object], fields: Fields, place: str) -> None:
        self._known(given, tuple(fields.takes), f"{place} with")
        for name, field in fields.takes.items():
            if field.needed and name not in given:
                self._say(place, f"lacks {name!r} in its with")

    def _references(
        self, plan: StepPlan, before: Sequence[StepPlan], inputs: Mapping[str, str]
    ) -> None:
        known = {other.id: other.uses for other in before}
        try:
            for reference in _references_in([plan.arguments, plan.condition]):
                self._reference(reference, plan, known, inputs)
        except UserError as exc:
            self._say(f"step {plan.id}", exc.message)

    def _reference(
        self,
        reference: Reference,
        plan: StepPlan,
        known: Mapping[str, str],
        inputs: Mapping[str, str],
    ) -> None:
        place, name = f"step {plan.id}", reference.path[1]
        if reference.step is None:
            if name not in inputs:
                self._say(place, f"there is no input {name!r}{_near(name, tuple(inputs))}")
            return
        if name not in known:
            self._say(place, f"no step {name!r} comes before it{_near(name, tuple(known))}")
            return
        fields = self._step_types.get(known[name])
        output = reference.path[2]
        if fields is not None and output not in fields.gives:
            near = _near(output, tuple(fields.gives))
            self._say(place, f"step {name!r} gives no {output!r}{near}")

    def _mapping(self, data: object, place: str) -> Mapping[str, object]:
        if isinstance(data, Mapping) and all(isinstance(key, str) for key in data):
            return data
        self._say(place, "must be a mapping of names")
        return {}

    def _known(self, data: Mapping[str, object], known: Sequence[str], place: str) -> None:
        for key in data:
            if key not in known:
                self._say(place, f"unknown field {key!r}{_near(key, known)}")

    def _say(self, place: str, problem: str) -> None:
        self.problems.append(f"{self._source}: {place}: {problem}")


def _references_in(value: object) -> Iterator[Reference]:
    if isinstance(value, str):
        reference = parse(value)
        if reference is not None:
            yield reference
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _references_in(part)
    elif isinstance(value, Sequence):
        for part in value:
            yield from _references_in(part)


def _near(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
