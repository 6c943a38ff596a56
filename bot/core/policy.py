"""What an organisation allows. With no file of its own, the defaults here are in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from bot.core.identity import Permission


class Approval(StrEnum):
    """Of which runs somebody approves the exact files before they are published."""

    NEVER = "never"
    MODEL = "model"
    ALWAYS = "always"


class Verify(StrEnum):
    """What failed verification does: it is reported, or nothing is published."""

    REPORT = "report"
    REQUIRE = "require"


class WorkflowFiles(StrEnum):
    """Whose CI files are published: nobody's, those of packs, or a model's as well."""

    NEVER = "never"
    PACKS = "packs"
    ALWAYS = "always"


class Strangers(StrEnum):
    """What a model sees of the texts of people without write access."""

    OMIT = "omit"
    DATA = "data"


#: Commands that whoever may read may write; some of them ask for more once they know the run.
_READERS_VERBS = frozenset(
    {"approve", "cancel", "doctor", "help", "reject", "retry", "status", "templates"}
)


#: In the end, each has done what `generate` does, and so needs what that needs where nobody says.
LIKE_GENERATE = frozenset({"plan", "revise", "fix"})


def own_right(verb: str) -> Permission:
    """What a command needs where no policy says."""
    return Permission.READ if verb in _READERS_VERBS else Permission.WRITE


@dataclass(frozen=True, kw_only=True)
class ApproveRule:
    """Who may approve: whoever has the role, and the members of the teams.

    ``teams`` are teams of the repository's owner; ``own`` is whether one's own request counts.
    """

    role: Permission = Permission.WRITE
    teams: tuple[str, ...] = ()
    own: bool = True


@dataclass(frozen=True, kw_only=True)
class PlacedRule:
    """What a destination's own policy says of approving.

    ``repository`` is empty for one that is still to be made under ``owner``: the account's owners
    then have every role.
    """

    forge: str
    owner: str
    repository: str
    rule: ApproveRule


@dataclass(frozen=True, kw_only=True)
class ModelRule:
    """Whether language models may be asked, and for how much. None: no limit is set here.

    ``day_usd`` and ``day_tokens`` are what the whole organisation may use up in a day, and
    ``server_day_…`` what all may together, which only the operator says.
    """

    allow: bool = True
    run_usd: float | None = None
    run_tokens: int | None = None
    person_day_usd: float | None = None
    repository_day_usd: float | None = None
    day_usd: float | None = None
    person_day_tokens: int | None = None
    repository_day_tokens: int | None = None
    day_tokens: int | None = None
    server_day_usd: float | None = None
    server_day_tokens: int | None = None


@dataclass(frozen=True, kw_only=True)
class RunLimits:
    """How many runs there may be at a time: unfinished ones of a thread, and ones that are worked
    on of a repository and of an organisation."""

    thread: int = 3
    repository: int = 4
    organisation: int = 8


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The rules that everything asks which acts for somebody.

    ``permissions`` holds what verbs need where that is not the command's own right; ``approve``
    has a rule of its own, and whoever approves has to meet each of ``also_approve`` as well, which
    are those of destinations elsewhere. A pack must be named by ``packs`` and by each list of
    ``also_packs`` (there is more than one list where two organisations have a say).
    """

    into: str = "."
    draft: bool = True
    private: bool = True
    permissions: Mapping[str, Permission] = field(default_factory=dict)
    approve: ApproveRule = ApproveRule()
    also_approve: tuple[PlacedRule, ...] = ()
    #: Teams of the owner that may have repositories made besides its owners.
    create_teams: tuple[str, ...] = ()
    approval: Approval = Approval.NEVER
    verify: Verify = Verify.REPORT
    workflow_files: WorkflowFiles = WorkflowFiles.PACKS
    models: ModelRule = ModelRule()
    strangers: Strangers = Strangers.OMIT
    fix_unasked: bool = False
    packs: tuple[str, ...] = ("*",)
    also_packs: tuple[tuple[str, ...], ...] = ()
    runs: RunLimits = RunLimits()
    #: Answers an hour to somebody without write; the next gets a reaction, then nothing.
    stranger_answers_per_hour: int = 5

    @property
    def generate(self) -> Permission:
        """What ``generate`` needs."""
        return self.needs("generate")

    def needs(self, verb: str) -> Permission:
        """The permission on the thread's repository that a command needs to be written at all."""
        if verb in LIKE_GENERATE and verb not in self.permissions:
            return self.needs("generate")
        return self.permissions.get(verb, own_right(verb))

    def allows_pack(self, *names: str) -> bool:
        """Whether a pack may be used that goes by these names; each list has to know one.

        One in a repository goes by ``OWNER/NAME``, one at a git address by ``HOST/PATH``.
        """
        lists = (self.packs, *self.also_packs)
        return all(any(_fits(name, each) for name in names for each in one) for one in lists)


def _fits(name: str, pattern: str) -> bool:
    # ``python-*`` is about packs of that name, and not about all that somebody called
    # ``python-somebody`` has.
    if pattern != "*" and ("/" in name) != ("/" in pattern):
        return False
    return fnmatchcase(name, pattern)


def policy_to_data(policy: Policy) -> dict[str, object]:
    """Plain data in the shape of a policy file; equal policies give equal data."""
    permissions: dict[str, object] = {
        verb: needed.name.lower() for verb, needed in sorted(policy.permissions.items())
    }
    permissions["approve"] = {
        **_rule_to_data(policy.approve),
        "also": [_placed_to_data(placed) for placed in policy.also_approve],
    }
    return {
        "version": 1,
        "defaults": {
            "into": policy.into,
            "draft": policy.draft,
            "visibility": "private" if policy.private else "public",
        },
        "permissions": permissions,
        "create": {"teams": sorted(policy.create_teams)},
        "approval": policy.approval.value,
        "verify": policy.verify.value,
        "workflow_files": policy.workflow_files.value,
        "models": {name: getattr(policy.models, name) for name in ModelRule.__dataclass_fields__},
        "strangers": policy.strangers.value,
        "fix": {"unasked": policy.fix_unasked},
        "runs": asdict(policy.runs),
        "packs": {
            "allow": sorted(policy.packs),
            "also": [sorted(patterns) for patterns in policy.also_packs],
        },
        "server": {
            "stranger_answers_per_hour": policy.stranger_answers_per_hour,
        },
    }


def policy_from_data(data: Mapping[str, object]) -> Policy:
    """The reverse of `policy_to_data`; no data at all gives the defaults.

    Lists come back in alphabetical order, which means the same.
    """
    if not data:
        return Policy()
    # What is read here was written by `policy_to_data`.
    known: Mapping[str, Any] = data
    permissions = dict(known["permissions"])
    approve = permissions.pop("approve")
    return Policy(
        into=known["defaults"]["into"],
        draft=known["defaults"]["draft"],
        private=known["defaults"]["visibility"] == "private",
        permissions={verb: permission(name) for verb, name in permissions.items()},
        approve=_rule_from_data(approve),
        also_approve=tuple(_placed_from_data(placed) for placed in approve["also"]),
        create_teams=tuple(known["create"]["teams"]),
        approval=Approval(known["approval"]),
        verify=Verify(known["verify"]),
        workflow_files=WorkflowFiles(known["workflow_files"]),
        models=ModelRule(**known["models"]),
        strangers=Strangers(known["strangers"]),
        fix_unasked=known["fix"]["unasked"],
        packs=tuple(known["packs"]["allow"]),
        also_packs=_lists(known["packs"]["also"]),
        runs=RunLimits(**known["runs"]),
        **known["server"],
    )


def permission(name: str) -> Permission:
    """The permission of that name in small letters."""
    return Permission[name.upper()]


def _lists(lists: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(patterns) for patterns in lists)


def _rule_to_data(rule: ApproveRule) -> dict[str, object]:
    return {"role": rule.role.name.lower(), "teams": sorted(rule.teams), "own": rule.own}


def _rule_from_data(data: Mapping[str, Any]) -> ApproveRule:
    return ApproveRule(role=permission(data["role"]), teams=tuple(data["teams"]), own=data["own"])


def _placed_to_data(placed: PlacedRule) -> dict[str, object]:
    return {
        "forge": placed.forge,
        "owner": placed.owner,
        "repository": placed.repository,
        **_rule_to_data(placed.rule),
    }


def _placed_from_data(data: Mapping[str, Any]) -> PlacedRule:
    return PlacedRule(
        forge=data["forge"],
        owner=data["owner"],
        repository=data["repository"],
        rule=_rule_from_data(data),
    )
