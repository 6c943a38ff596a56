"""One more commit on the branch of a change of ours, if nobody has moved it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.changes import amendment_key, refuse_lost_branch
from bot.core.destination import Destination
from bot.core.git_values import Commit
from bot.core.identity import Repository
from bot.errors import StepFailed, UserError
from bot.forges.port import Forge
from bot.generation.files import GeneratedFile
from bot.steps.landing import Landing, sort_out, workflow_files
from bot.steps.proving import done_with, landed, refuse_differing
from bot.steps.spec import Done, StepContext
from bot.store.port import Effect


@dataclass(frozen=True, kw_only=True)
class Amendment:
    """Where one more commit goes, on which one, and what it says."""

    context: StepContext
    forge: Forge
    repository: Repository
    into: Destination
    parent: str
    message: str


def amend(it: Amendment, files: Sequence[GeneratedFile]) -> dict[str, object]:
    """Commit those of the files that differ from the parent's; the outputs of the step, with the
    change's ``url``.

    Raises:
        StepFailed: ``branch_moved`` where somebody has committed there meanwhile,
            ``nothing_to_change``, ``proof_failed``.
        UserError: ``not_ours``.
    """
    forge, repository, into = it.forge, it.repository, it.into
    change = refuse_lost_branch(it.context.services, forge, repository, into.branch)
    parent = forge.find_commit(repository, it.parent)
    if parent is None:
        raise _moved(into)
    paths = [into.full_path(file.path) for file in files]
    accepted = forge.may_write_workflows(repository)
    landing = sort_out(
        into,
        files,
        existing=forge.entries(repository, parent, paths),
        workflows=workflow_files(it.context.run, accepted=accepted),
    )
    if not landing.write:
        raise _nothing_to_change(landing)
    done = _committed(it, landing, parent)
    made = Commit(id=str(done.result["commit"]), tree_id=str(done.result["tree"]))
    refuse_differing(forge, repository, made, landing)
    return {
        "commit": made.id,
        "tree": made.tree_id,
        "parent": parent.id,
        "branch": into.branch,
        "base": "",
        **landing.outputs(),
        "url": change.url,
    }


def _committed(it: Amendment, landing: Landing, parent: Commit) -> Done:
    """The commit, with what tells later which one it was made on, and what for."""
    context, branch = it.context, it.into.branch
    told = {"parent": parent.id, "purpose": str(context.run.workflow.get("name"))}

    def look(effect: Effect) -> Done | None:
        found = landed(it.forge.head(it.repository, branch), effect)
        return replace(found, result={**found.result, **told}) if found else None

    def do(effect: Effect) -> Done:
        context.log(f"committing {len(landing.write)} files on {branch}")
        made = it.forge.commit_on_branch(
            it.repository,
            branch=branch,
            parent=parent,
            files=landing.write,
            message=it.message,
            announce=context.announcer(effect),
        )
        return Done(id=made.id, result={**done_with(made).result, **told})

    key = amendment_key(it.repository.id, branch)
    try:
        return context.once(key, kind="amendment", look=look, do=do)
    except UserError as exc:
        if exc.reason == "branch_moved":
            raise _moved(it.into) from exc
        raise


def _moved(into: Destination) -> StepFailed:
    return StepFailed(
        f"Somebody has moved the branch {into.branch} since its files were read; nothing was "
        "pushed over that.",
        reason="branch_moved",
        remedy="Write the command again: it then goes on from what is there now.",
    )


def _nothing_to_change(landing: Landing) -> StepFailed:
    but = ", but for workflow files that this app may not write there" if landing.left_out else ""
    return StepFailed(
        f"The change holds exactly these files already{but}; there is nothing to amend.",
        reason="nothing_to_change",
    )
