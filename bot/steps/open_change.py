"""``open_change``: propose a branch of ours to the people of the repository."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.changes import change_key
from bot.core.destination import Destination
from bot.core.git_values import Change, Commit
from bot.core.identity import Repository
from bot.core.kinds import Field, Kind
from bot.core.runs import Step
from bot.destinations import may_still
from bot.errors import StepFailed, UserError
from bot.generation.memory import MEMORY_PATH
from bot.steps.spec import Done, Rights, StepContext, StepType
from bot.steps.values import destination, text
from bot.store.port import Effect


def _run(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    into, branch = destination(given), text(given, "branch")
    services = context.services
    forge = services.forge(into.forge)
    repository = forge.repository(into.repository)
    if repository is None or repository.id != into.id:
        raise StepFailed(f"{into.repository} is not there any more.", reason="repository_gone")
    may_still(context.services, context.run, into)

    made = _commit_step(context, repository, branch)

    def look(_: Effect) -> Done | None:
        change = forge.find_change(repository, branch=branch)
        if change is None or change.author is None or not change.author.is_same_as(forge.me()):
            return None
        return _done(change)

    def do(_: Effect) -> Done:
        _refuse_moved(made, forge.head(repository, branch), branch)
        title, body = _words(context, into, made)
        return _done(
            forge.open_change(
                repository,
                branch=branch,
                base=into.base,
                title=title,
                body=body,
                draft=into.draft,
            )
        )

    done = context.once(change_key(repository.id, branch), kind="change", look=look, do=do)
    commit = _outputs_of(made)
    if "export" in commit:
        services.store.exports.complete(
            str(commit["export"]),
            repository_url=str(done.result["url"]),
            run_id=context.run.id,
            number=context.number,
        )
    return done.result


def _commit_step(context: StepContext, repository: Repository, branch: str) -> Step | None:
    """The step that committed this very branch; a run may have made several, at several places."""
    for step in _all_steps(context, "commit"):
        outputs = _outputs_of(step)
        place = outputs.get("repository")
        if (
            isinstance(place, Mapping)
            and (place.get("forge"), place.get("id")) == (repository.forge, repository.id)
            and outputs.get("branch") == branch
        ):
            return step
    return None


def _refuse_moved(made: Step | None, head: Commit | None, branch: str) -> None:
    """What is proposed in our name is the commit that was proven, and no other."""
    if head is None or head.id != _outputs_of(made).get("commit"):
        raise StepFailed(
            f"The branch {branch} was moved after the files were committed.",
            reason="branch_moved",
            remedy="Nothing was proposed. Remove the branch and write the command again.",
        )


def _words(context: StepContext, into: Destination, made: Step | None) -> tuple[str, str]:
    """Title and text of the change, from what was committed."""
    project = (made.inputs or {}).get("project") if made is not None else None
    if not isinstance(project, Mapping):
        raise UserError(f"The run has committed nothing to {into.repository}.", reason="bad_input")
    body = context.services.replies.render(
        "change",
        run=context.run,
        project=project,
        verification=_verification(context, project),
        commit=_outputs_of(made),
        memory=into.full_path(MEMORY_PATH),
    )
    source = f" from {project['pack']}" if project["pack"] else ""
    return f"Add {project['name']}{source}", body


def _verification(context: StepContext, project: Mapping[str, object]) -> Mapping[str, object]:
    """What the verification of exactly these files found; empty where there was none."""
    for step in _all_steps(context, "verify"):
        outputs = _outputs_of(step)
        seen = outputs.get("project")
        if isinstance(seen, Mapping) and _version(seen) == _version(project):
            return outputs
    return {}


def _version(project: Mapping[str, object]) -> tuple[object, object]:
    return project.get("id"), project.get("snapshot")


def _all_steps(context: StepContext, uses: str) -> Iterator[Step]:
    """The steps of a type, and the parts of those that are done for each item of a list."""
    for step in (*context.run.steps, *context.run.parts):
        if step.uses == uses:
            yield step


def _outputs_of(step: Step | None) -> Mapping[str, object]:
    return (step.outputs if step is not None else None) or {}


def _done(change: Change) -> Done:
    result: dict[str, object] = {
        "number": change.number,
        "url": change.url,
        "draft": change.is_draft,
    }
    return Done(id=str(change.number), result=result)


OPEN_CHANGE = StepType(
    name="open_change",
    summary="Open the change",
    description="Opens a change from a branch that this run committed to its base.",
    rights=Rights.WRITE,
    publishes=True,
    takes={
        "into": Field(kind=Kind.DESTINATION, summary="the repository, and whether as a draft"),
        "branch": Field(kind=Kind.STRING, summary="the branch that `commit` made"),
    },
    gives={
        "number": Field(kind=Kind.INTEGER, summary="the change's number"),
        "url": Field(kind=Kind.STRING, summary="its address"),
        "draft": Field(kind=Kind.BOOLEAN, summary="whether it is a draft"),
    },
    run=_run,
)
