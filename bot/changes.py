"""The changes that are ours: which run opened one, what it is made of, and how it was amended.

It is the ledger that knows: names of branches and words in commits can be written by anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.destination import Destination, destination_from_dict
from bot.core.git_values import Change
from bot.core.identity import Permission, Repository
from bot.core.reviews import ChangeDetails
from bot.core.runs import Run, Step
from bot.destinations import permission_at
from bot.errors import UserError
from bot.forges.port import Forge
from bot.services import Services
from bot.store.port import Effect

#: How many repairs may follow each other before a person has to look.
MOST_ROUNDS = 3
#: What an amendment is for that mends failed checks.
FIX = "fix"


@dataclass(frozen=True, kw_only=True)
class OurChange:
    """An open change that a run of ours has opened.

    ``maker`` is that run, and ``run`` the last that put a commit on its branch; ``project`` is
    what that committed, and ``into`` where amendments go: a branch that starts from itself.
    """

    details: ChangeDetails
    maker: Run
    run: Run
    project: Mapping[str, object]
    into: Destination
    amendments: Sequence[Effect] = ()

    @property
    def is_at_ours(self) -> bool:
        """Whether the commit at its tip is one of ours, and nobody has committed since."""
        ours = {effect.external_id for effect in self.amendments}
        return self.details.head in ours | {_outputs(self.maker_step).get("commit")}

    @property
    def maker_step(self) -> Step | None:
        """The step that made its branch."""
        return _commit_step(self.maker, self.into)

    @property
    def rounds(self) -> int:
        """How many repairs in a row have led to the commit at its tip."""
        return rounds_at(self.amendments, self.details.head)


def branch_key(repository_id: str, branch: str) -> str:
    """Under which key the ledger knows that a run has made a branch."""
    return f"branch:{repository_id}:{branch}"


def change_key(repository_id: str, branch: str) -> str:
    """Under which key it knows that a run has opened a change from it."""
    return f"change:{repository_id}:{branch}"


def amendment_key(repository_id: str, branch: str) -> str:
    """Under which key it knows that a run has put one more commit on it."""
    return f"amend:{repository_id}:{branch}"


def review_key(repository_id: str, number: int, commit: str) -> str:
    """Under which key it knows that a run has reviewed a change at a commit."""
    return f"review:{repository_id}:{number}:{commit}"


def rounds_at(amendments: Sequence[Effect], commit: str) -> int:
    """How many repairs in a row have led to a commit; one by anybody else begins anew."""
    known = {effect.external_id: effect.result for effect in amendments}
    found = 0
    while commit in known and known[commit].get("purpose") == FIX:
        found += 1
        commit = str(known[commit].get("parent"))
    return found


def our_change(services: Services, repository: Repository, number: int) -> OurChange:
    """The change of that number, for what writes to its branch.

    Raises:
        UserError: ``no_change``; ``change_closed``; ``foreign_change`` for one from a fork;
            ``not_ours`` for one that people have opened, or another server.
    """
    details = open_change(services, repository, number)
    if details.is_foreign:
        raise UserError(
            f"#{number} comes from a fork, into which nothing is written.",
            reason="foreign_change",
            remedy=f"`@{services.settings.name} review` says what is wrong with it.",
        )
    maker = _maker(services, repository, details)
    into = None if maker is None else _into(maker, repository, details)
    if maker is None or into is None:
        raise _not_ours(services, number)
    key = amendment_key(repository.id, details.branch)
    amendments = services.store.ledger.confirmed(key)
    run, project = next(_committed(services, maker, into, amendments), (maker, None))
    if project is None:
        raise _not_ours(services, number)
    return OurChange(
        details=details, maker=maker, run=run, project=project, into=into, amendments=amendments
    )


def open_change(services: Services, repository: Repository, number: int) -> ChangeDetails:
    """The change of that number, whoever opened it.

    Raises:
        UserError: ``no_change`` where it is an issue, ``change_closed``.
    """
    details = services.forge(repository.forge).change(repository, number)
    if details is None:
        raise UserError(
            "This thread is no change.",
            reason="no_change",
            remedy="Write the command in the change that is meant.",
        )
    if not details.is_open:
        raise UserError(f"#{number} is closed.", reason="change_closed")
    return details


def refuse_lost_branch(
    services: Services, forge: Forge, repository: Repository, branch: str
) -> Change:
    """The open change of ours from a branch that is about to be written to.

    Raises:
        UserError: ``not_ours`` where there is none, or none any more.
    """
    change = forge.find_change(repository, branch=branch)
    confirmed = services.store.ledger.confirmed
    made = confirmed(branch_key(repository.id, branch))
    opened = {effect.external_id for effect in confirmed(change_key(repository.id, branch))}
    if change is None or not made or str(change.number) not in opened or not _by_us(forge, change):
        raise UserError(
            f"{branch} is not the branch of an open change of ours (any more).", reason="not_ours"
        )
    return change


def is_by_stranger(services: Services, repository: Repository, details: ChangeDetails) -> bool:
    """Whether the title and the text of a change are of somebody without write access."""
    if details.author.is_same_as(services.forge(repository.forge).me()):
        return False
    return permission_at(services, repository, details.author) < Permission.WRITE


def refuse_strangers(details: ChangeDetails, *, theirs: bool, omits: bool) -> None:
    """Refuse a change that only people without write access have written, where policy says so.

    Into a branch of the repository itself only those push who may write there.

    Args:
        theirs: Whether its author is a stranger.

    Raises:
        UserError: ``strangers``.
    """
    if details.is_foreign and theirs and omits:
        raise UserError(
            f"#{details.number} comes from the fork of somebody without write access, and policy "
            "lets no model read what such people write.",
            reason="strangers",
            remedy="`strangers: data` in the policy has it read, marked as what it is.",
        )


def refuse_rounds(rounds: int) -> None:
    """Refuse one more repair where so many in a row have led nowhere.

    Raises:
        UserError: ``too_many_rounds``.
    """
    if rounds >= MOST_ROUNDS:
        raise UserError(
            f"{rounds} repairs in a row have not made the checks pass; a person has to look.",
            reason="too_many_rounds",
            remedy="`/revise -- WHAT TO DO` says how, or commit to the branch; then the count "
            "begins anew.",
        )


def _by_us(forge: Forge, change: Change) -> bool:
    return change.author is not None and change.author.is_same_as(forge.me())


def _maker(services: Services, repository: Repository, details: ChangeDetails) -> Run | None:
    for effect in reversed(
        services.store.ledger.confirmed(change_key(repository.id, details.branch))
    ):
        if effect.external_id == str(details.number):
            return services.store.runs.get(effect.owner.removeprefix("run:"))
    return None


def _into(run: Run, repository: Repository, details: ChangeDetails) -> Destination | None:
    """Where the run went, as amendments go there: from the branch to itself."""
    for step in (*run.steps, *run.parts):
        given = (step.inputs or {}).get("into")
        if step.uses == "commit" and isinstance(given, Mapping):
            into = destination_from_dict(given)
            if (into.id, into.branch) == (repository.id, details.branch):
                return replace(into, repository=repository.full_name, base=into.branch)
    return None


def _committed(
    services: Services, maker: Run, into: Destination, amendments: Sequence[Effect]
) -> Iterator[tuple[Run, Mapping[str, object]]]:
    """The runs that have committed there with what they did, the newest first."""
    owners = (effect.owner.removeprefix("run:") for effect in reversed(amendments))
    for run in (*map(services.store.runs.get, owners), maker):
        step = None if run is None else _commit_step(run, into)
        project = None if step is None else (step.inputs or {}).get("project")
        if run is not None and isinstance(project, Mapping):
            yield run, project


def _commit_step(run: Run, into: Destination) -> Step | None:
    for step in (*run.steps, *run.parts):
        place = (step.inputs or {}).get("into")
        if (
            step.uses == "commit"
            and isinstance(place, Mapping)
            and (place.get("id"), place.get("branch")) == (into.id, into.branch)
        ):
            return step
    return None


def _outputs(step: Step | None) -> Mapping[str, object]:
    return (step.outputs if step is not None else None) or {}


def _not_ours(services: Services, number: int) -> UserError:
    return UserError(
        f"#{number} was not opened by a run of this server, so nothing is written to its branch.",
        reason="not_ours",
        remedy=f"`@{services.settings.name} review` says what is wrong with it.",
    )
