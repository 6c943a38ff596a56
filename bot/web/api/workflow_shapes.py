"""Workflows and step types as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bot.core.kinds import Field as StepField
from bot.core.kinds import Kind
from bot.core.located import Problem
from bot.core.workflow import InputSpec, StepPlan, Workflow
from bot.steps.registry import Registered
from bot.steps.spec import RIGHTS_WORDS, Rights
from bot.workflows import Available


class SourceAnswer(BaseModel):
    """Where a workflow comes from. All but the kind is null for one that ships."""

    kind: str = Field(description="`shipped` or `organisation`.")
    forge: str | None
    repository: str | None
    commit: str | None
    path: str | None


class WorkflowAnswer(BaseModel):
    """A workflow, as lists show it."""

    name: str
    summary: str
    source: SourceAnswer
    inputs: list[str] = Field(description="Their names.")
    problem: str = Field(description="Why it cannot be run; empty where it can.")


class WorkflowPage(BaseModel):
    """Some workflows, by name."""

    items: list[WorkflowAnswer]
    next: str | None


class InputAnswer(BaseModel):
    """What a workflow asks for."""

    name: str
    type: Kind
    help: str
    choices: list[str]
    required: bool
    default: Any = None


class PlannedStepAnswer(BaseModel):
    """A step of a workflow, with its references still in it."""

    model_config = ConfigDict(populate_by_name=True)

    id: str
    uses: str
    needs: list[str]
    condition: Any = Field(None, alias="if", description="Null where it is always done.")
    for_each: Any = Field(None, description="A list, or a reference to one.")
    arguments: dict[str, Any] = Field(alias="with")
    timeout_s: float | None
    retries: int = Field(description="How often it is tried again by itself.")
    inserted: bool = Field(description="The file has no such step: policy asks for it.")


class WholeWorkflowAnswer(BaseModel):
    """A workflow with its inputs and steps."""

    name: str
    summary: str
    source: SourceAnswer
    inputs: list[InputAnswer]
    steps: list[PlannedStepAnswer]
    outputs: dict[str, Any]
    timeout_s: float | None
    text: str = Field(description="As a file, in YAML; what policy has put in is marked.")


class FieldAnswer(BaseModel):
    """One thing that a step takes or gives."""

    name: str
    type: Kind
    summary: str
    required: bool
    choices: list[str]
    default: Any = None
    secrets: bool = Field(description="Whether an organisation's secrets may be named in it.")


class StepTypeAnswer(BaseModel):
    """What a workflow's `uses` can name."""

    name: str
    package: str = Field(description="The installed package that brings it; empty for ours.")
    summary: str
    description: str
    inputs: list[FieldAnswer]
    outputs: list[FieldAnswer]
    rights: Rights
    rights_words: str = Field(description="What it needs to be allowed, in words.")
    publishes: bool
    rehearses: bool = Field(description="Whether a dry run does it; else it is only named there.")
    longest_s: float = Field(description="What one try may take, where no `timeout` is set.")


class StepTypeList(BaseModel):
    """All step types there are."""

    items: list[StepTypeAnswer]
    next: str | None


class ProblemAnswer(BaseModel):
    """One thing that is wrong with a file."""

    line: int | None = Field(description="From 1; null where it is no single line.")
    column: int | None
    place: str = Field(description="In words, such as `step files, with.pack`.")
    message: str


class CheckedWorkflow(BaseModel):
    """What a file of a workflow is."""

    valid: bool
    name: str | None = Field(description="What the workflow is called; null if not valid.")
    steps: int
    problems: list[ProblemAnswer]
    more: int = Field(description="How many problems there are besides.")


def workflow_shape(found: Available) -> dict[str, object]:
    """A workflow as lists show it."""
    return {
        "name": found.name,
        "summary": found.summary,
        "source": source_shape(found.source),
        "inputs": list(found.workflow.inputs) if found.workflow else [],
        "problem": found.problem,
    }


def whole_shape(workflow: Workflow, source: Mapping[str, object], text: str) -> dict[str, object]:
    """A workflow with all that it says."""
    return {
        "name": workflow.name,
        "summary": workflow.summary,
        "source": source_shape(source),
        "inputs": [_input(name, spec) for name, spec in workflow.inputs.items()],
        "steps": [_step(step) for step in workflow.steps],
        "outputs": dict(workflow.outputs),
        "timeout_s": workflow.timeout_s,
        "text": text,
    }


def source_shape(source: Mapping[str, object]) -> dict[str, object]:
    """Where a workflow comes from."""
    return {name: source.get(name) for name in SourceAnswer.model_fields}


def step_type_shape(one: Registered) -> dict[str, object]:
    """A step type with what it takes and gives."""
    kind = one.step_type
    return {
        "name": kind.name,
        "package": one.package,
        "summary": kind.summary,
        "description": kind.description,
        "inputs": [_field(name, field) for name, field in kind.takes.items()],
        "outputs": [_field(name, field) for name, field in kind.gives.items()],
        "rights": str(kind.rights),
        "rights_words": RIGHTS_WORDS[kind.rights],
        "publishes": kind.publishes,
        "rehearses": kind.rehearses,
        "longest_s": kind.longest_s,
    }


def problem_shape(problem: Problem) -> dict[str, object]:
    """One thing that is wrong."""
    return {
        "line": problem.line,
        "column": problem.column,
        "place": problem.place,
        "message": problem.message,
    }


def _input(name: str, spec: InputSpec) -> dict[str, object]:
    return {
        "name": name,
        "type": str(spec.kind),
        "help": spec.help,
        "choices": list(spec.choices),
        "required": not spec.has_default,
        "default": spec.default,
    }


def _step(step: StepPlan) -> dict[str, object]:
    return {
        "id": step.id,
        "uses": step.uses,
        "needs": list(step.needs),
        "if": step.condition,
        "for_each": step.for_each,
        "with": dict(step.arguments),
        "timeout_s": step.timeout_s,
        "retries": step.retry.count if step.retry else 0,
        "inserted": step.inserted,
    }


def _field(name: str, field: StepField) -> dict[str, object]:
    return {
        "name": name,
        "type": str(field.kind),
        "summary": field.summary,
        "required": field.needed,
        "choices": list(field.choices),
        "default": field.default,
        "secrets": field.secrets,
    }
