"""Which budgets a run's calls count towards, and where each of them ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from bot.core.budgets import RunBudget, micro_usd
from bot.core.identity import Actor
from bot.core.policy import ModelRule, policy_from_data
from bot.core.runs import Run
from bot.services import Services
from bot.store.port import Cap

#: What holds a run where neither a price is known nor a cap in tokens is set.
UNPRICED_RUN_TOKENS = 500_000
_REPOSITORY = "repository:"


class Whose(StrEnum):
    """Whose budget it is."""

    RUN = "run"
    PERSON = "person"
    REPOSITORY = "repository"
    ORGANISATION = "organisation"
    SERVER = "server"


@dataclass(frozen=True, kw_only=True)
class HeldCap:
    """A budget of a run's calls. ``policy`` is the beginning of the policy's keys for it."""

    whose: Whose
    cap: Cap

    @property
    def policy(self) -> str:
        """``models.run``, ``models.person_day`` and so on."""
        return f"models.{_KEYS[self.whose]}"


_KEYS = {
    Whose.RUN: "run",
    Whose.PERSON: "person_day",
    Whose.REPOSITORY: "repository_day",
    Whose.ORGANISATION: "day",
    Whose.SERVER: "server_day",
}


def caps_of(services: Services, run: Run, *, priced: bool) -> Sequence[HeldCap]:
    """Every budget that a call of a run counts towards now, its own first.

    Args:
        priced: Whether the price of what is asked is known; where it is not, only tokens can be
            held to a cap.
    """
    rule = rule_of(services, run)
    own = HeldCap(whose=Whose.RUN, cap=_own(run, rule, priced=priced))
    owners = owners_of(run.requester, run.home, run.organisation_id)
    return [own, *caps_today(services, rule, owners)]


def owners_of(person: Actor | None, home: str, organisation_id: str | None) -> Mapping[Whose, str]:
    """Whose budgets of a day count what somebody asks for, and how their scopes begin.

    Args:
        home: As a run has it: ``repository:FORGE:ID``, else it is no repository's.
    """
    owners = {} if person is None else {Whose.PERSON: f"person:{person.forge}:{person.account_id}"}
    if home.startswith(_REPOSITORY):
        owners[Whose.REPOSITORY] = home
    if organisation_id is not None:
        owners[Whose.ORGANISATION] = f"organisation:{organisation_id}"
    return {**owners, Whose.SERVER: "server"}


def caps_today(
    services: Services, rule: ModelRule, owners: Mapping[Whose, str]
) -> Sequence[HeldCap]:
    """The budgets of the present day of `owners_of`."""
    day = services.clock().date().isoformat()
    return [
        HeldCap(whose=whose, cap=_cap_of_day(rule, whose, f"{owner}:{day}", day))
        for whose, owner in owners.items()
    ]


def rule_of(services: Services, run: Run) -> ModelRule:
    """What the policy that a run was accepted with says of models, within what the operator's says
    by now."""
    return within(policy_from_data(run.policy).models, services.policy.models)


def within(rule: ModelRule, other: ModelRule) -> ModelRule:
    """What both allow."""
    names = [one.name for one in fields(ModelRule) if one.name != "allow"]
    limits: dict[str, Any] = {
        name: _lower(getattr(rule, name), getattr(other, name)) for name in names
    }
    return ModelRule(allow=rule.allow and other.allow, **limits)


def run_cap(rule: ModelRule) -> RunBudget:
    """What a run may use up where nobody has given it a budget."""
    usd = None if rule.run_usd is None else micro_usd(rule.run_usd)
    return RunBudget(tokens=rule.run_tokens, micro_usd=usd)


def _own(run: Run, rule: ModelRule, *, priced: bool) -> Cap:
    usual, own = run_cap(rule), run.budget or RunBudget()
    tokens = usual.tokens if own.tokens is None else own.tokens
    if tokens is None and not priced:
        tokens = UNPRICED_RUN_TOKENS
    usd = usual.micro_usd if own.micro_usd is None else own.micro_usd
    return Cap(scope=f"run:{run.id}", tokens=tokens, micro_usd=usd)


def _cap_of_day(rule: ModelRule, whose: Whose, scope: str, day: str) -> Cap:
    usd = getattr(rule, f"{_KEYS[whose]}_usd")
    return Cap(
        scope=scope,
        day=day,
        tokens=getattr(rule, f"{_KEYS[whose]}_tokens"),
        micro_usd=None if usd is None else micro_usd(usd),
    )


def _lower(one: float | None, other: float | None) -> float | None:
    limits = [limit for limit in (one, other) if limit is not None]
    return min(limits) if limits else None
