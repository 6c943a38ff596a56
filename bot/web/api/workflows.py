"""Workflows: those there are, what one does under which policy, and whether a file is one."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from bot.core.access_scopes import Scope
from bot.core.identity import Repository
from bot.core.workflow import Workflow
from bot.core.workflow_schema import schema
from bot.errors import UserError
from bot.policies import in_force
from bot.steps.registry import fields, registered
from bot.web.api import repositories
from bot.web.api.answering import answer, listing, whole
from bot.web.api.operation import Call, Needs, Operation, Paging, Strict
from bot.web.api.repositories import RepositoryName
from bot.web.api.slices import by_name
from bot.web.api.workflow_shapes import (
    CheckedWorkflow,
    StepTypeList,
    WholeWorkflowAnswer,
    WorkflowPage,
    problem_shape,
    step_type_shape,
    whole_shape,
    workflow_shape,
)
from bot.workflow_text import as_file
from bot.workflows import Available, MayRead, available, find_workflow, gated, look_through, shipped

GROUP = "Workflows"
_MOST_TOLD = 200
_THERE = (
    "With `repository`, those of its owner come before those that ship, as for a command there."
)


class WorkflowQuery(Paging):
    """Whose workflows."""

    repository: RepositoryName | None = None


class OneWorkflowQuery(Strict):
    """Where it would run."""

    repository: RepositoryName | None = None


class WorkflowText(Strict):
    """A file."""

    text: str = Field(
        max_length=65_536,
        description="YAML, of at most 64 KiB.",
        examples=["name: hello\nsteps:\n  - {id: say, uses: notify, with: {message: Hello}}\n"],
    )


class WorkflowSchema(BaseModel):
    """A JSON Schema (2020-12)."""

    model_config = ConfigDict(extra="allow")


def _list(call: Call) -> Response:
    found = _available(call)
    return listing(
        call.services, call.query, "workflows", by_name(found, lambda one: one.name), workflow_shape
    )


def _available(call: Call) -> Sequence[Available]:
    if call.query.repository is None:
        return shipped()
    there = repositories.named(call, call.query.repository)
    # All of an owner's lie in one repository.
    found = available(call.services, there, may_read=_reading(call))
    theirs = next((one for one in found if one.source["kind"] != "shipped"), None)
    if theirs is not None and not _may_look(call, there, theirs.source["repository"]):
        names = {one.name for one in found if one.source["kind"] != "shipped"}
        return [one for one in shipped() if one.name not in names]
    return found


def _get(call: Call) -> Response:
    name, named = call.path["name"], call.query.repository
    there = repositories.named(call, named) if named is not None else None
    found = find_workflow(call.services, name, there, may_read=_reading(call))
    if there is None:
        return answer(whole_shape(found.workflow, found.source, as_file(found.workflow)))
    if found.source["kind"] != "shipped" and not _may_look(call, there, found.source["repository"]):
        raise UserError("There is no such workflow that you may see.", reason="unknown_workflow")
    running = gated(found.workflow, in_force(call.services, there).policy)
    return answer(whole_shape(running, found.source, _text(running, found.workflow)))


def _text(running: Workflow, written: Workflow) -> str:
    return as_file(running, written=written)


def _reading(call: Call) -> MayRead:
    return lambda found: repositories.may_read(call, found.forge, found.full_name)


def _may_look(call: Call, there: Repository, home: object) -> bool:
    """Whether the caller may read the repository in which an owner keeps workflows: whoever may
    read one of a private owner's repositories may not read all."""
    return repositories.may_read(call, there.forge, str(home))


def _schema(call: Call) -> Response:
    return answer(schema(fields()))


def _step_types(call: Call) -> Response:
    return whole(step_type_shape(one) for one in registered())


def _check(call: Call) -> Response:
    workflow, problems = look_through(call.body.text, source="")
    return answer(
        {
            "valid": workflow is not None,
            "name": workflow.name if workflow else None,
            "steps": len(workflow.steps) if workflow else 0,
            "problems": [problem_shape(problem) for problem in problems[:_MOST_TOLD]],
            "more": max(0, len(problems) - _MOST_TOLD),
        }
    )


OPERATIONS = (
    Operation(
        method="GET",
        address="/workflows",
        name="list_workflows",
        group=GROUP,
        summary="List workflows by name",
        description=_THERE,
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        query=WorkflowQuery,
        gives={200: WorkflowPage},
        view=_list,
    ),
    Operation(
        method="GET",
        address="/workflows/schema",
        name="get_workflow_schema",
        group=GROUP,
        summary="The JSON Schema of workflow files",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        gives={200: WorkflowSchema},
        view=_schema,
    ),
    Operation(
        method="GET",
        address="/workflows/<name>",
        name="get_workflow",
        group=GROUP,
        summary="One workflow with its inputs and steps",
        description=f"{_THERE} It then has the gates, too, that policy puts in.",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        query=OneWorkflowQuery,
        gives={200: WholeWorkflowAnswer},
        view=_get,
    ),
    Operation(
        method="POST",
        address="/workflow-checks",
        name="check_workflow",
        group=GROUP,
        summary="Say everything that is wrong with a workflow file",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        body=WorkflowText,
        gives={200: CheckedWorkflow},
        view=_check,
    ),
    Operation(
        method="GET",
        address="/step-types",
        name="list_step_types",
        group=GROUP,
        summary="List what the steps of a workflow can be",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        gives={200: StepTypeList},
        view=_step_types,
    ),
)
