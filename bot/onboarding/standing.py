"""How far an account's onboarding is, as its forge and our ledger tell it. Nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core.git_values import Change, Commit, FileToWrite
from bot.core.identity import Repository
from bot.homes import organisation_repository
from bot.onboarding.contents import contents
from bot.policy_files import policy_path
from bot.services import Services
from bot.store.port import Effect, EffectStatus

BRANCH = "firstcommit/onboarding"
KEY = "onboarding"
TRAILER = "Firstcommit-Onboarding"


@dataclass(frozen=True, kw_only=True)
class Account:
    """Whose onboarding it is, and the grant under which we act there."""

    forge: str
    account_id: str
    login: str
    installation: str

    @property
    def owner(self) -> str:
        """Under whom the ledger knows it. An account that comes back is still the same one."""
        return f"account:{self.forge}:{self.account_id}"


class Stage(StrEnum):
    """How far it is."""

    OFF = "off"
    #: Neither is there a repository for all, nor only one.
    NO_HOME = "no home"
    EMPTY = "empty"
    #: Nothing was opened, or what was is gone without a trace.
    TO_OPEN = "to open"
    #: Our branch is there, and its change was never opened.
    BEGUN = "begun"
    OPEN = "open"
    #: Our change was closed, and its branch left where it was.
    CLOSED = "closed"
    #: A branch of that name is there, and it is not ours.
    TAKEN = "taken"
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How an account's onboarding stands.

    ``missing`` are the files that it would add on top of ``base``.
    """

    stage: Stage
    home: Repository | None = None
    base: Commit | None = None
    missing: Sequence[FileToWrite] = ()
    change: Change | None = None

    @property
    def site(self) -> tuple[Repository, Commit] | None:
        """Where it is to be opened, and on top of what; None where it is not."""
        is_due = self.stage in (Stage.TO_OPEN, Stage.BEGUN)
        return (self.home, self.base) if is_due and self.home and self.base else None


def look(services: Services, account: Account, *, now: Effect | None = None) -> Standing:
    """How it stands.

    Args:
        now: The row of an attempt that is under way, whose commits are ours as well.

    Raises:
        Transient: Where the forge did not answer.
        UserError: ``no_access`` where it refuses us.
    """
    if not services.settings.onboarding:
        return Standing(stage=Stage.OFF)
    home = find_home(services, account)
    if home is None:
        return Standing(stage=Stage.NO_HOME)
    forge = services.forge(account.forge)
    base = forge.head(home, home.default_branch)
    if base is None:
        return Standing(stage=Stage.EMPTY, home=home)
    change = forge.find_change(home, branch=BRANCH)
    if change is not None and change.author is not None and change.author.is_same_as(forge.me()):
        return Standing(stage=Stage.OPEN, home=home, base=base, change=change)
    known = services.store.ledger.find(account.owner, KEY)
    missing = _missing(services, home, base)
    if _is_done(home, known, missing):
        return Standing(stage=Stage.DONE, home=home, base=base)
    stage = _stage(forge.head(home, BRANCH), known, now)
    return Standing(stage=stage, home=home, base=base, missing=missing)


def find_home(services: Services, account: Account) -> Repository | None:
    """Where an account's onboarding goes: its repository for all, else its only one."""
    forge = services.forge(account.forge)
    name = f"{account.login}/{organisation_repository(account.forge)}"
    found = forge.repository(name)
    # A name may lead to where it was moved, which may be anybody's.
    is_theirs = found is not None and found.full_name.lower() == name.lower()
    if found is not None and is_theirs and found.owner_id == account.account_id:
        return found
    granted = forge.granted(account.login, account.installation, most=2)
    return granted[0] if len(granted) == 1 else None


def commits_of(effect: Effect | None) -> Sequence[str]:
    """The ids of the commits that an attempt has announced."""
    commits = effect.result.get("commits", ()) if effect is not None else ()
    return [str(commit) for commit in commits] if isinstance(commits, list) else []


def _missing(services: Services, home: Repository, base: Commit) -> Sequence[FileToWrite]:
    wanted = contents(services, home)
    there = services.forge(home.forge).entries(home, base, [file.path for file in wanted])
    return [file for file in wanted if file.path not in there]


def _is_done(home: Repository, known: Effect | None, missing: Sequence[FileToWrite]) -> bool:
    """Once it was opened, forms that are not there were not wanted, or have come since."""
    if not missing:
        return True
    has_policy = policy_path(home.forge) not in [file.path for file in missing]
    return has_policy and known is not None and known.status is EffectStatus.CONFIRMED


def _stage(head: Commit | None, known: Effect | None, now: Effect | None) -> Stage:
    if head is None:
        return Stage.TO_OPEN
    for effect in (now, known):
        if effect is not None and head.id in commits_of(effect):
            return Stage.BEGUN if effect.status is EffectStatus.INTENDED else Stage.CLOSED
    # Another memory than this one may have opened it: the mark alone gives no right to go on.
    return Stage.CLOSED if f"\n{TRAILER}: " in head.message else Stage.TAKEN
