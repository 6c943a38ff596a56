"""``open_change``: propose a branch of ours to the people of the repository."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.destination import Destination
from bot.core.git_values import Change, Commit
from bot.core.kinds import Field, Kind
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

    def look(_: Effect) -> Done | None:
        change = forge.find_change(repository, branch=branch)
        if change is None or change.author is None or not change.author.is_same_as(forge.me()):
            return None
        return _done(change)

    def do(_: Effect) -> Done:
        _refuse_moved(context, forge.head(repository, branch), branch)
        title, body = _words(context, into)
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

    done = context.once(f"change:{repository.id}:{branch}", kind="change", look=look, do=do)
    commit = _outputs_of(context, "commit")
    if "export" in commit:
        services.store.exports.complete(
            str(commit["export"]),
            repository_url=str(done.result["url"]),
            run_id=context.run.id,
            number=context.number,
        )
    return done.result


def _refuse_moved(context: StepContext, head: Commit | None, branch: str) -> None:
    """What is proposed in our name is the commit that was proven, and no other."""
    if head is None or head.id != _outputs_of(context, "commit").get("commit"):
        raise StepFailed(
            f"The branch {branch} was moved after the files were committed.",
            reason="branch_moved",
            remedy="Nothing was proposed. Remove the branch and write the command again.",
        )


def _words(context: StepContext, into: Destination) -> tuple[str, str]:
    """Title and text of the change, from what the run has recorded."""
    outputs = {step.uses: step.outputs for step in context.run.steps if step.outputs is not None}
    generated = outputs.get("file_generation", {}).get("project")
    if not isinstance(generated, Mapping):
        raise UserError("The run has generated no files.", reason="bad_input")
    body = context.services.replies.render(
        "change",
        run=context.run,
        project=generated,
        verification=outputs.get("verify", {}),
        commit=outputs.get("commit", {}),
        memory=into.full_path(MEMORY_PATH),
    )
    return f"Add {generated['name']} from {generated['pack']}", body


def _outputs_of(context: StepContext, uses: str) -> Mapping[str, object]:
    for step in context.run.steps:
        if step.uses == uses and step.outputs is not None:
            return step.outputs
    return {}


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
