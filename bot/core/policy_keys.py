"""The keys of a policy file: where each lies in `Policy`, and which of two values is stricter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from fnmatch import fnmatchcase
from functools import reduce
from typing import Any

from bot.core.identity import Permission
from bot.core.policy import (
    Approval,
    ModelRule,
    Policy,
    RunLimits,
    Strangers,
    Verify,
    WorkflowFiles,
)
from bot.core.verbs import VERBS

PACKS = "packs.allow"


class Setting(Enum):
    """What a repository's own file may do to a key."""

    #: It grants nothing: anybody's file sets it.
    FREE = "free"
    #: A repository may choose as long as nobody above it has; then it may only tighten.
    FLOOR = "floor"
    #: It grants something: a repository may only tighten it.
    GRANT = "grant"
    #: It is about the whole server: only the operator sets it.
    SERVER = "server"


@dataclass(frozen=True, kw_only=True)
class PolicyKey:
    """One key, written with dots: ``models.run_usd``.

    ``capped``: an organisation may only tighten what the operator has set.
    """

    name: str
    setting: Setting
    get: Callable[[Policy], object]
    put: Callable[[Policy, Any], Policy]
    is_looser: Callable[[Any, Any], bool]
    strictest: Callable[[Any, Any], Any]
    capped: bool = False


def key(name: str) -> PolicyKey:
    """The key of that name; KeyError where there is none."""
    return _BY_NAME[name]


def covers(wide: Collection[str], narrow: Collection[str]) -> bool:
    """Whether each pattern of one list names nothing but what a pattern of the other names.

    A star of the narrow pattern is a letter like any other here, which only a star matches.
    """
    return all(any(fnmatchcase(one, pattern) for pattern in wide) for one in narrow)


def _permission_key(verb: str) -> PolicyKey:
    def get(policy: Policy) -> Permission:
        return policy.needs(verb)

    def put(policy: Policy, needed: Permission) -> Policy:
        return replace(policy, permissions={**policy.permissions, verb: needed})

    return _ordered(f"permissions.{verb}", int, Setting.GRANT, get, put)


def _model_key(field: str) -> PolicyKey:
    def get(policy: Policy) -> object:
        return getattr(policy.models, field)

    def put(policy: Policy, value: Any) -> Policy:
        return replace(policy, models=replace(policy.models, **{field: value}))

    rank = _is_off if field == "allow" else _below
    setting = Setting.SERVER if field.startswith("server_") else Setting.GRANT
    return _ordered(f"models.{field}", rank, setting, get, put, capped=True)


def _runs_key(field: str) -> PolicyKey:
    def get(policy: Policy) -> object:
        return getattr(policy.runs, field)

    def put(policy: Policy, value: Any) -> Policy:
        return replace(policy, runs=replace(policy.runs, **{field: value}))

    return _ordered(f"runs.{field}", _below, Setting.GRANT, get, put, capped=True)


def _approve_key(field: str, rank: Callable[[Any], float]) -> PolicyKey:
    get, put = _of_approve(field)
    return _ordered(f"permissions.approve.{field}", rank, Setting.GRANT, get, put)


def _of_approve(field: str) -> tuple[Callable[[Policy], object], Callable[[Policy, Any], Policy]]:
    def get(policy: Policy) -> object:
        return getattr(policy.approve, field)

    def put(policy: Policy, value: Any) -> Policy:
        return replace(policy, approve=replace(policy.approve, **{field: value}))

    return get, put


def _attribute(field: str) -> tuple[Callable[[Policy], object], Callable[[Policy, Any], Policy]]:
    def get(policy: Policy) -> object:
        return getattr(policy, field)

    def put(policy: Policy, value: Any) -> Policy:
        return replace(policy, **{field: value})

    return get, put


def _ordered(
    name: str,
    rank: Callable[[Any], float],
    setting: Setting,
    get: Callable[[Policy], object],
    put: Callable[[Policy, Any], Policy],
    *,
    capped: bool = False,
) -> PolicyKey:
    """A key whose values stand in one order; ``rank`` is higher for the stricter one."""
    return PolicyKey(
        name=name,
        setting=setting,
        get=get,
        put=put,
        is_looser=lambda value, than: rank(value) < rank(than),
        strictest=lambda one, other: max(one, other, key=rank),
        capped=capped,
    )


def _choice(name: str, strictest_last: tuple[str, ...], setting: Setting) -> PolicyKey:
    get, put = _attribute(name)
    return _ordered(name, strictest_last.index, setting, get, put)


def _teams(
    name: str, get: Callable[[Policy], object], put: Callable[[Policy, Any], Policy]
) -> PolicyKey:
    return PolicyKey(
        name=name,
        setting=Setting.GRANT,
        get=get,
        put=put,
        is_looser=lambda teams, than: not _lowered(teams) <= _lowered(than),
        strictest=_in_both,
    )


def _free(name: str, field: str) -> PolicyKey:
    get, put = _attribute(field)
    return PolicyKey(
        name=name,
        setting=Setting.FREE,
        get=get,
        put=put,
        is_looser=lambda value, than: False,
        strictest=lambda one, other: one,
    )


def _packs() -> PolicyKey:
    get, put = _attribute("packs")
    return PolicyKey(
        name=PACKS,
        setting=Setting.GRANT,
        get=get,
        put=put,
        is_looser=lambda patterns, than: not covers(than, patterns),
        # Used where one list is inside of the other; `stricter` knows what else there is.
        strictest=lambda one, other: one if covers(other, one) else other,
        capped=True,
    )


def _lowered(teams: Collection[str]) -> set[str]:
    return {team.lower() for team in teams}


def _in_both(teams: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    wanted = _lowered(others)
    return tuple(team for team in teams if team.lower() in wanted)


def _is_off(value: bool) -> int:
    return int(not value)


def _below(limit: float | None) -> float:
    return float("-inf") if limit is None else -limit


KEYS: tuple[PolicyKey, ...] = (
    _free("defaults.into", "into"),
    _free("defaults.draft", "draft"),
    _free("defaults.visibility", "private"),
    *(_permission_key(verb) for verb in VERBS if verb != "approve"),
    _approve_key("role", int),
    _teams("permissions.approve.teams", *_of_approve("teams")),
    _approve_key("own", _is_off),
    _teams("create.teams", *_attribute("create_teams")),
    _choice("approval", tuple(Approval), Setting.GRANT),
    _choice("verify", tuple(Verify), Setting.FLOOR),
    _choice("workflow_files", tuple(reversed(WorkflowFiles)), Setting.GRANT),
    *(_model_key(field) for field in ModelRule.__dataclass_fields__),
    _choice("strangers", tuple(reversed(Strangers)), Setting.FLOOR),
    _ordered("fix.unasked", _is_off, Setting.FLOOR, *_attribute("fix_unasked")),
    _packs(),
    *(_runs_key(field) for field in RunLimits.__dataclass_fields__),
)
_BY_NAME: Mapping[str, PolicyKey] = {one.name: one for one in KEYS}
#: Roles and teams mean something else elsewhere: these hold where they were written.
PLACED = frozenset(
    name for name in _BY_NAME if name.startswith(("permissions.approve.", "create."))
)


def stricter(one: Policy, other: Policy) -> Policy:
    """What both allow; of defaults and of what is `PLACED`, what the first says."""

    def taken(policy: Policy, at: PolicyKey) -> Policy:
        if at.get(one) == at.get(other):
            return policy
        return at.put(policy, at.strictest(at.get(one), at.get(other)))

    kept = {PACKS, *PLACED}
    limiting = [at for at in KEYS if at.setting is not Setting.FREE and at.name not in kept]
    own = (one.packs, *one.also_packs)
    lists = (other.packs, *other.also_packs)
    further = tuple(names for names in lists if not any(covers(names, mine) for mine in own))
    return replace(
        reduce(taken, limiting, one),
        also_packs=(*one.also_packs, *further),
        stranger_answers_per_hour=min(
            one.stranger_answers_per_hour, other.stranger_answers_per_hour
        ),
    )
