"""The policy in force: the operator's, the organisation's and the repository's, read anew.

Files are read from default branches only. What was last good is remembered: a file that is
wrong changes nothing, and one that cannot be read is a transient failure, never *no policy*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.core.destination import Destination
from bot.core.identity import Permission, Repository
from bot.core.located import Problem
from bot.core.policy import PlacedRule, Policy
from bot.core.policy_keys import KEYS, stricter
from bot.core.policy_merging import Merged, Rules, extend, tighten
from bot.core.policy_reading import PolicyFile
from bot.errors import Transient, UserError
from bot.homes import organisation_repository
from bot.policy_files import OPERATOR, parse, policy_path
from bot.services import Services

_Merge = Callable[[Rules, PolicyFile], Merged]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class FileInForce:
    """A policy file as its repository has it now.

    ``version`` is the commit it was read from, empty where the repository has none. A file with
    ``problems`` is not in force: ``kept`` is then the commit whose version is, empty for none.
    ``last_good`` is the commit at which nothing was wrong, whether or not there was a file then.
    """

    repository: Repository
    path: str
    version: str
    exists: bool
    problems: tuple[Problem, ...] = ()
    kept: str = ""
    last_good: str = ""


@dataclass(frozen=True, kw_only=True)
class InForce:
    """What is in force somewhere, by whom, and the files that were asked."""

    rules: Rules
    files: tuple[FileInForce, ...] = ()

    @property
    def policy(self) -> Policy:
        """The rules themselves."""
        return self.rules.policy

    @property
    def problems(self) -> tuple[FileInForce, ...]:
        """The files with which something is wrong."""
        return tuple(file for file in self.files if file.problems)


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A repository, or the account that one is to be made under, and what holds there."""

    forge: str
    owner: str
    repository: Repository | None
    policy: Policy

    @property
    def name(self) -> str:
        """The repository's full name, else the account's."""
        return self.repository.full_name if self.repository else self.owner

    @property
    def approve(self) -> PlacedRule:
        """Who approves there. Whoever may have a repository made could write to it, too."""
        rule = self.policy.approve
        if self.repository is None and rule.role <= Permission.WRITE:
            rule = replace(rule, teams=(*rule.teams, *self.policy.create_teams))
        full_name = self.repository.full_name if self.repository else ""
        return PlacedRule(forge=self.forge, owner=self.owner, repository=full_name, rule=rule)


def in_force(services: Services, repository: Repository) -> InForce:
    """What is in force in a repository, as its default branch and its owner's say now.

    Raises:
        Transient: Where a file could not be read.
    """
    above = in_force_for(services, repository.forge, repository.owner, repository.owner_id)
    if any(file.repository.id == repository.id for file in above.files):
        # The owner's own file, which there is nothing to tighten with.
        return above
    return _with(services, above, repository, tighten)


def in_force_for(
    services: Services, forge: str, owner: str, owner_id: str | None = None
) -> InForce:
    """What is in force for all repositories of an account, also those that are still to be made.

    Args:
        owner_id: The account's id where it is known: logins change hands.

    Raises:
        Transient: Where a file could not be read.
    """
    base = InForce(rules=operators(services))
    name = organisation_repository(forge)
    try:
        found = services.forge(forge).repository(f"{owner}/{name}")
    except UserError as exc:
        raise _unreadable(f"{owner}/{name}", exc) from exc
    if found is None or found.full_name.lower() != f"{owner}/{name}".lower():
        # It is not there, or the name leads to where it was moved, which may be anybody's.
        return base
    if owner_id is not None and found.owner_id != owner_id:
        return base
    return _with(services, base, found, extend)


def for_run(
    services: Services, repository: Repository | None, destinations: Iterable[Destination]
) -> Policy:
    """What holds for a run now: what the thread's repository and each destination allow.

    Args:
        repository: The thread's; None where there is no thread, and the operator's rules hold.

    Raises:
        Transient: Where a file could not be read.
    """
    policy = operators(services).policy
    if repository is not None:
        policy = in_force(services, _as_it_is(services, repository)).policy
    return with_destinations(services, policy, repository, destinations)


def with_destinations(
    services: Services,
    policy: Policy,
    repository: Repository | None,
    destinations: Iterable[Destination],
) -> Policy:
    """What of a policy the destinations' own policies allow, too, with their rules of approving.

    Args:
        repository: Where ``policy`` is in force.

    Raises:
        Transient: Where a file could not be read.
    """
    for domain in elsewhere(services, repository, destinations):
        policy = stricter(policy, domain.policy)
        if not _is_of_the_same_account(domain, repository):
            policy = replace(policy, also_approve=(*policy.also_approve, domain.approve))
    return policy


def _is_of_the_same_account(domain: Domain, repository: Repository | None) -> bool:
    """Whether a repository is to be made under the account whose policy holds there already.

    Nobody has rights in it yet, and whoever asks for it needs the account's say to have it made.
    """
    return (
        domain.repository is None
        and repository is not None
        and (domain.forge, domain.owner.lower()) == (repository.forge, repository.owner.lower())
    )


def elsewhere(
    services: Services, repository: Repository | None, destinations: Iterable[Destination]
) -> Sequence[Domain]:
    """What is in force at each destination besides a repository, each named once, in order.

    Raises:
        Transient: Where a file could not be read.
    """
    found: dict[tuple[str, str], Domain] = {}
    for into in destinations:
        if repository is None or (into.forge, into.id) != (repository.forge, repository.id):
            domain = _at(services, into)
            found.setdefault((domain.forge, domain.name.lower()), domain)
    return list(found.values())


def create_teams(
    services: Services, forge: str, owner: str, near: Repository | None
) -> tuple[str, ...]:
    """The teams that may have repositories made under an account besides its owners.

    Args:
        near: Where that is asked for; a repository of the same account may have fewer.

    Raises:
        Transient: Where a file could not be read.
    """
    if near is not None and (near.forge, near.owner.lower()) == (forge, owner.lower()):
        return in_force(services, _as_it_is(services, near)).policy.create_teams
    return in_force_for(services, forge, owner).policy.create_teams


def operators(services: Services) -> Rules:
    """The operator's rules, and which keys they set."""
    usual, policy = Policy(), services.policy
    names = [at.name for at in KEYS if at.get(policy) != at.get(usual)]
    return Rules(policy=policy, set_by=dict.fromkeys([*names, *services.policy_keys], OPERATOR))


def _at(services: Services, into: Destination) -> Domain:
    if not into.new:
        try:
            found = services.forge(into.forge).repository(into.repository)
        except UserError as exc:
            raise _unreadable(into.repository, exc) from exc
        if found is not None:
            policy = in_force(services, found).policy
            return Domain(forge=into.forge, owner=found.owner, repository=found, policy=policy)
    policy = in_force_for(services, into.forge, into.owner).policy
    return Domain(forge=into.forge, owner=into.owner, repository=None, policy=policy)


def _as_it_is(services: Services, repository: Repository) -> Repository:
    """The repository as of now: its default branch may be another one than when it was kept."""
    try:
        found = services.forge(repository.forge).repository(repository.full_name)
    except UserError as exc:
        raise _unreadable(repository.full_name, exc) from exc
    return found if found is not None and found.id == repository.id else repository


def _with(services: Services, base: InForce, repository: Repository, merge: _Merge) -> InForce:
    """What is in force with a repository's file on top."""
    known = services.store.known_files
    where = (repository.forge, repository.id, policy_path(repository.forge))
    before = known.get(*where)
    version, text = _read(services, repository, before_version=before.version if before else "")
    if before is not None and version == before.version:
        text = None if before.text is None else before.text.encode()
    file = FileInForce(
        repository=repository, path=where[2], version=version, exists=text is not None
    )
    merged, problems = _merged(base.rules, repository, text, merge)
    if not problems:
        if before is None or before.version != version:
            # What is no UTF-8 was found to be wrong.
            good_text = text.decode() if text is not None else None
            owner_id = repository.owner_id
            known.good(*where, version=version, text=good_text, owner_id=owner_id)
        return InForce(rules=merged, files=(*base.files, file))
    said = "; ".join(str(problem) for problem in problems)
    known.bad(*where, version=version, problem=said, owner_id=repository.owner_id)
    # What the last good version would loosen by now stays out of it, too.
    good = before.text.encode() if before and before.text is not None else None
    rules, _ = _merged(base.rules, repository, good, merge)
    last_good = before.version if before else ""
    kept = last_good if good is not None else ""
    wrong = replace(file, problems=problems, kept=kept, last_good=last_good)
    return InForce(rules=rules, files=(*base.files, wrong))


def _merged(
    base: Rules, repository: Repository, text: bytes | None, merge: _Merge
) -> tuple[Rules, tuple[Problem, ...]]:
    if text is None:
        return base, ()
    file, problems = parse(text, source=repository.full_name)
    if problems:
        return base, problems
    merged = merge(base, file)
    return merged.rules, merged.problems


def _read(
    services: Services, repository: Repository, *, before_version: str
) -> tuple[str, bytes | None]:
    """The commit of the default branch, and the file there unless that commit is known."""
    forge = services.forge(repository.forge)
    try:
        commit = forge.head(repository, repository.default_branch)
        if commit is None or commit.id == before_version:
            return (commit.id if commit else ""), None
        return commit.id, forge.read_file(repository, commit, policy_path(repository.forge))
    except UserError as exc:
        raise _unreadable(repository.full_name, exc) from exc


def _unreadable(full_name: str, problem: UserError) -> Transient:
    return Transient(
        f"The policy of {full_name} cannot be read: {problem.message}",
        reason="policy_unreadable",
        remedy=problem.remedy,
    )
