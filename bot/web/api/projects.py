"""Generated projects: listed, made, renamed, put away and dropped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.asking import line
from bot.core.access_scopes import Scope
from bot.core.runs import ProjectStatus
from bot.errors import UserError
from bot.store.port import Project, ProjectFilter
from bot.web.api import rights
from bot.web.api.answering import answer, listing, nothing
from bot.web.api.budget_key import budget_key
from bot.web.api.forms import LINE
from bot.web.api.operation import Call, Needs, Operation, Paging, Strict
from bot.web.api.preconditions import is_wanted
from bot.web.api.quotes import QuoteAnswer, quote_shape
from bot.web.api.requesting import requested, where

GROUP = "Projects"


class ProjectAnswer(BaseModel):
    """A generated project."""

    id: str
    name: str
    status: ProjectStatus
    pack: str = Field(description="The template pack it came from; empty where it was none.")
    organisation_id: str | None
    run_id: str | None = Field(description="The run that made it.")
    error_message: str | None
    total_files: int
    total_size: int = Field(description="Bytes.")
    snapshot: int = Field(description="Counts every change of its files; 0 before there are any.")
    created_by: str
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None


class BegunProjectAnswer(ProjectAnswer):
    """A project that is being generated."""

    quote: QuoteAnswer | None = Field(
        description="What its run may cost; null where that asks no language model."
    )


class ProjectPage(BaseModel):
    """Some projects, newest first."""

    items: list[ProjectAnswer]
    next: str | None


class ProjectQuery(Paging):
    """Which projects."""

    organisation: str = Field("", max_length=36, description="The id of an organisation.")
    status: ProjectStatus | None = Field(None, description="Archived ones only where asked for.")
    pack: str = Field("", max_length=100)
    text: str = Field("", max_length=100, description="Part of the name, in any case.")


class Into(Strict):
    """Where a project goes. `repository` is as in a comment: `FORGE:OWNER/NAME`."""

    repository: str = Field(min_length=1, max_length=300)
    path: str | None = Field(None, max_length=4096, description="A folder of the repository.")
    branch: str | None = Field(None, max_length=255, description="The branch to make.")
    draft: bool | None = None
    visibility: str | None = Field(None, max_length=20, description="Of a new repository.")
    existing: bool | None = Field(None, description="Open a change where it exists already.")


class NewProject(Strict):
    """What to generate, and where to. Without `into` the files stay in the store."""

    pack: str | None = Field(
        None, max_length=100, description="A template pack.", examples=["python-package"]
    )
    answers: dict[str, Any] = Field(
        {},
        description="By question of the pack. With a `workflow` these are its inputs: an answer "
        "may stand beside them, or as in its file under `answers`, and `pack` may be one of them.",
        examples=[{"name": "orders"}],
    )
    workflow: str | None = Field(None, max_length=100, description="`generate` where not said.")
    into: str | Into | None = Field(
        None, description="`FORGE:OWNER/NAME`, as in a comment, or all that can be said of it."
    )
    plan: bool = Field(False, description="Publish nothing before somebody has approved it.")
    budget_usd: float | None = Field(
        None,
        gt=0,
        le=999_999,
        description="What the run may spend on language models, in US dollars.",
    )
    budget_tokens: int | None = Field(
        None, gt=0, le=10**12, description="The same in tokens; give one of the two."
    )


class ProjectChange(Strict):
    """What is to be otherwise. What is left out stays."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    name: str | None = Field(None, min_length=1, max_length=100, pattern=LINE, examples=["billing"])
    archived: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> ProjectChange:
        if not self.model_fields_set:
            raise ValueError("give name or archived")
        return self


def shape(project: Project) -> dict[str, object]:
    """A project as data."""
    return {
        "id": project.id,
        "name": project.name,
        "status": str(project.status),
        "pack": project.pack,
        "organisation_id": project.organisation_id,
        "run_id": project.run_id,
        "error_message": project.error_message,
        "total_files": project.total_files,
        "total_size": project.total_size,
        "snapshot": project.snapshot,
        "created_by": project.created_by,
        "created_at": project.created_at,
        "updated_at": project.updated_at,
        "completed_at": project.completed_at,
    }


def _list(call: Call) -> Response:
    query: ProjectQuery = call.query
    wanted = ProjectFilter(
        homes=call.sight.homes,
        organisation_id=query.organisation or None,
        status=query.status,
        pack=query.pack,
        text=query.text,
    )
    projects = call.services.store.projects
    return listing(
        call.services,
        query,
        "projects",
        lambda after, limit: projects.listed(wanted, after=after, limit=limit),
        shape,
    )


def _get(call: Call) -> Response:
    return answer(shape(rights.project(call)))


def _create(call: Call) -> Response:
    body: NewProject = call.body
    keys, (pack, given) = _keys(body), _given(body)
    actor, place = where(call, str(keys["into"]) if "into" in keys else None)
    verb, packs = "plan" if body.plan else "generate", [pack] if pack else []
    told = requested(
        call,
        line(verb, *packs, options=keys),
        actor=actor,
        place=place,
        given=given,
        wants_project=True,
        home=rights.home_of_run(call) if place is None else "",
    )
    run = told.run
    project = call.services.store.projects.get(run.project_id or "") if run else None
    if project is None:
        # It was asked for before under the same key, and dropped since.
        raise UserError("The project is gone.", reason="unknown_project")
    quote = None if run is None else quote_shape(call.services, run)
    return answer(
        {**shape(project), "quote": quote}, 202, location=f"/api/v1/projects/{project.id}"
    )


def _change(call: Call) -> Response:
    project, body = rights.project(call, to_write=True), call.body
    changed = call.services.store.projects.change(
        project.id,
        name=None if body.name is None else body.name.strip(),
        archived=body.archived,
        check=_refuse_unseen,
    )
    return answer(shape(changed))


def _drop(call: Call) -> Response:
    project = rights.project(call, to_write=True)
    call.services.store.projects.drop(project.id, check=_refuse_unseen)
    return nothing()


def _refuse_unseen(project: Project) -> None:
    """Nobody changes what is no longer what they saw, if they say what that was."""
    if not is_wanted(shape(project)):
        raise UserError(
            "The project is not what you last saw.",
            reason="precondition_failed",
            remedy="Read it again, and send its new ETag as If-Match.",
        )


def _keys(body: NewProject) -> dict[str, str | bool]:
    """What stands beside the answers, as keys of a command."""
    keys: dict[str, str | bool] = {"workflow": body.workflow} if body.workflow else {}
    keys.update(budget_key(body.budget_usd, body.budget_tokens))
    if isinstance(body.into, str):
        return {**keys, "into": body.into}
    if body.into is not None:
        said = body.into.model_dump(exclude_none=True, exclude={"repository"})
        texts = {key: _text(value) for key, value in said.items()}
        return {**keys, "into": body.into.repository, **texts}
    return keys


def _given(body: NewProject) -> tuple[str | None, Mapping[str, object]]:
    """The pack, and the answers and inputs, which a command has side by side. Whoever names a
    workflow may give all its inputs, and so these two, as its file has them."""
    pack, given = body.pack, dict(body.answers)
    if body.workflow is None:
        return pack, given
    if pack is None and isinstance(given.get("pack"), str):
        pack = str(given.pop("pack"))
    inner = given.get("answers")
    if pack is None or not isinstance(inner, dict):
        return pack, given
    del given["answers"]
    if both := sorted(inner.keys() & given.keys()):
        raise UserError(
            f"`{both[0][:80]}` stands in `answers` twice: as an input, and as an answer.",
            reason="bad_input",
            remedy="Give it once.",
        )
    return pack, {**given, **inner}


def _text(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


OPERATIONS = (
    Operation(
        method="GET",
        address="/projects",
        name="list_projects",
        group=GROUP,
        summary="List projects, newest first",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        query=ProjectQuery,
        gives={200: ProjectPage},
        view=_list,
    ),
    Operation(
        method="POST",
        address="/projects",
        name="create_project",
        group=GROUP,
        summary="Generate a project",
        description="Answers at once; `GET /runs/{run_id}/events` tells how it goes on.",
        needs=Needs.POLICY,
        scope=Scope.WRITE,
        body=NewProject,
        gives={202: BegunProjectAnswer},
        creates=True,
        view=_create,
    ),
    Operation(
        method="GET",
        address="/projects/<uuid:id>",
        name="get_project",
        group=GROUP,
        summary="One project",
        needs=Needs.READER,
        scope=Scope.READ,
        gives={200: ProjectAnswer},
        view=_get,
    ),
    Operation(
        method="PATCH",
        address="/projects/<uuid:id>",
        name="change_project",
        group=GROUP,
        summary="Rename a project, put it away or take it out again",
        needs=Needs.WRITER,
        scope=Scope.WRITE,
        body=ProjectChange,
        headers={"If-Match": "The ETag of the project as you saw it."},
        gives={200: ProjectAnswer},
        refuses=(412,),
        view=_change,
    ),
    Operation(
        method="DELETE",
        address="/projects/<uuid:id>",
        name="delete_project",
        group=GROUP,
        summary="Drop a project with its files and exports",
        description="What was published of it stays where it is.",
        needs=Needs.WRITER,
        scope=Scope.WRITE,
        headers={"If-Match": "The ETag of the project as you saw it."},
        gives={204: None},
        refuses=(412,),
        view=_drop,
    ),
)
