"""Policy files put on top of each other: the operator's, the organisation's, a repository's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.core.located import Problem
from bot.core.policy import LIKE_GENERATE, Policy
from bot.core.policy_keys import PolicyKey, Setting, key
from bot.core.policy_reading import PolicyFile, shown

#: Who has set what no file sets.
NOBODY = "the defaults"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """A policy, and by key the file that set it."""

    policy: Policy = field(default_factory=Policy)
    set_by: Mapping[str, str] = field(default_factory=dict)

    def source(self, name: str) -> str:
        """Who has set a key."""
        if name.removeprefix("permissions.") in LIKE_GENERATE and name not in self.set_by:
            name = "permissions.generate"
        return self.set_by.get(name, NOBODY)


@dataclass(frozen=True, kw_only=True)
class Merged:
    """What is in force with a file on top; ``problems`` name what of it could not be taken."""

    rules: Rules
    problems: tuple[Problem, ...] = ()


def begin(file: PolicyFile) -> Rules:
    """The rules of the operator's file, which sets everything."""
    return _merged(Rules(), file, lambda at: False, operates=True).rules


def extend(base: Rules, file: PolicyFile) -> Merged:
    """The rules with an organisation's file on top, which sets freely.

    What it may not exceed are the operator's caps: models, packs and runs.
    """
    return _merged(base, file, lambda at: at.capped)


def tighten(base: Rules, file: PolicyFile) -> Merged:
    """The rules with a repository's file on top, which may only tighten what grants something.

    What grants nothing by itself (verify, strangers, fix) it may choose as long as nobody above
    has; defaults it may always choose.
    """

    def only_tighter(at: PolicyKey) -> bool:
        if at.setting is Setting.FLOOR:
            return at.name in base.set_by
        return at.setting is Setting.GRANT

    return _merged(base, file, only_tighter)


def _merged(
    base: Rules,
    file: PolicyFile,
    may_not_loosen: Callable[[PolicyKey], bool],
    *,
    operates: bool = False,
) -> Merged:
    policy, set_by, problems = base.policy, dict(base.set_by), []
    for name, value in file.values.items():
        at = key(name)
        if at.setting is Setting.SERVER and not operates:
            problems.append(_not_theirs(file, at))
            continue
        if may_not_loosen(at) and at.is_looser(value, at.get(base.policy)):
            problems.append(_loosens(base, file, at, value))
            continue
        policy = at.put(policy, value)
        set_by[name] = file.source
    return Merged(rules=Rules(policy=policy, set_by=set_by), problems=tuple(problems))


def _not_theirs(file: PolicyFile, at: PolicyKey) -> Problem:
    line, column = file.places.get(at.name, (None, None))
    return Problem(
        line=line,
        column=column,
        place=at.name,
        message="is about the whole server: only the operator's file sets it",
    )


def _loosens(base: Rules, file: PolicyFile, at: PolicyKey, value: object) -> Problem:
    line, column = file.places.get(at.name, (None, None))
    in_force = shown(at.name, at.get(base.policy))
    return Problem(
        line=line,
        column=column,
        place=at.name,
        message=(
            f"`{shown(at.name, value)}` would loosen what {base.source(at.name)} "
            f"{'say' if base.source(at.name) == NOBODY else 'says'}: `{in_force}`"
        ),
    )
