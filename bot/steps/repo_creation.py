"""``repo_creation``: make the repository that a project is to live in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from bot.core.destination import Destination
from bot.core.git_values import Commit
from bot.core.identity import Repository, repository_from_dict, repository_to_dict
from bot.core.kinds import Field, Kind
from bot.destinations import may_create, may_still
from bot.errors import Transient, UserError
from bot.forges.port import Forge
from bot.steps.spec import Done, Rights, StepContext, StepType
from bot.steps.values import destination
from bot.store.port import Effect

#: Our clock and the forge's may differ by so much when asking which came first.
_CLOCKS_DIFFER = timedelta(seconds=60)


def _run(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    into = destination(given)
    forge = context.services.forge(into.forge)
    may_still(context.services, context.run, into)
    owner = may_create(
        context.services,
        forge,
        into.owner,
        context.run.requester,
        near=context.run.repository,
    )

    def look(effect: Effect) -> Done | None:
        repository = forge.repository(into.repository)
        if repository is None or not _is_marked(context, into, repository, effect):
            return None
        if forge.created_at(repository) + _CLOCKS_DIFFER < effect.intended_at:
            return None
        return _done(repository, _first(forge, repository))

    def do(effect: Effect) -> Done:
        context.log(f"making {into.repository}")
        repository = forge.create_repository(
            owner,
            into.name,
            private=into.visibility == "private",
            description=mark(effect, context.run.id),
        )
        return _done(repository, _first(forge, repository))

    done = context.once(repository_key(into), kind="repository", look=look, do=do)
    made = done.result["repository"]
    if isinstance(made, Mapping):
        # Whoever may see the repository may see what was asked for to have it made.
        context.services.store.runs.settle(
            context.run.id, context.number, repository_from_dict(made)
        )
    return {"repository": made}


def repository_key(into: Destination) -> str:
    """The natural key under which a run's ledger knows the repository that it made."""
    return f"repository:{into.repository.lower()}"


def mark(effect: Effect, run_id: str) -> str:
    """The description of a repository that is being made: it ends with the run's id.

    The run's id stands in the thread for all to read, so a part of the ledger row's own id, which
    nobody has seen before, stands in front of it.
    """
    return f"A project is being generated here ({effect.id[:13]}): firstcommit run {run_id}"


def _is_marked(
    context: StepContext, into: Destination, repository: Repository, effect: Effect
) -> bool:
    """Made by this very run, with the visibility that was asked for."""
    return repository.description == mark(effect, context.run.id) and repository.private == (
        into.visibility == "private"
    )


def _first(forge: Forge, repository: Repository) -> Commit:
    """The forge's own first commit, which is all that a new repository holds.

    Raises:
        Transient: ``not_ready`` where the forge has not made it yet.
        UserError: ``repository_moved`` where somebody was quicker than we.
    """
    head = forge.head(repository, repository.default_branch)
    if head is None:
        raise Transient(f"{repository.full_name} has no commit yet.", reason="not_ready")
    if head.parents:
        raise UserError(
            f"Somebody has committed to {repository.full_name} in the meantime.",
            reason="repository_moved",
        )
    return head


def _done(repository: Repository, first: Commit) -> Done:
    result: dict[str, object] = {
        "repository": repository_to_dict(repository),
        "first": first.id,
    }
    return Done(id=repository.id, result=result)


REPO_CREATION = StepType(
    name="repo_creation",
    summary="Make the repository",
    description="Makes a new repository that holds nothing but the forge's own first commit.",
    rights=Rights.CREATE,
    publishes=True,
    takes={"into": Field(kind=Kind.DESTINATION, summary="owner, name and visibility")},
    gives={"repository": Field(kind=Kind.REPOSITORY, summary="the repository that was made")},
    run=_run,
)
