"""Organisations: those somebody is anything to, and the policy in force for their repositories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Response
from pydantic import BaseModel, Field

from bot.budgets import Standing, Whose, owners_of, standing_today
from bot.core.access_scopes import Scope
from bot.core.identity import Permission
from bot.core.policy import Policy
from bot.core.policy_keys import KEYS, PolicyKey
from bot.core.policy_merging import NOBODY
from bot.core.policy_reading import shown
from bot.policies import FileInForce, InForce, in_force_for
from bot.policy_files import OPERATOR
from bot.store.port import Organisation
from bot.web.api import repositories, rights
from bot.web.api.answering import answer, listing
from bot.web.api.model_calls import usd
from bot.web.api.operation import Call, Needs, Operation, Paging
from bot.web.api.slices import by_name
from bot.web.api.workflow_shapes import ProblemAnswer, problem_shape

GROUP = "Organisations"


class OrganisationAnswer(BaseModel):
    """An account on a forge that has installed the bot."""

    id: str
    forge: str
    login: str
    is_person: bool
    role: str = Field(description="What you are to it: `reader`, `member` or `owner`.")
    suspended: bool
    removed_at: datetime | None


class OrganisationPage(BaseModel):
    """Some organisations, by forge and login."""

    items: list[OrganisationAnswer]
    next: str | None


class SetBy(BaseModel):
    """Who has set a key."""

    kind: str = Field(description="`default`, `operator` or `organisation`.")
    repository: str | None = Field(description="In which the file lies.")
    path: str | None
    commit: str | None


class KeyAnswer(BaseModel):
    """A key of the policy."""

    key: str = Field(description="With dots: `models.run_usd`.")
    value: Any = Field(description="As a file has it; null is no limit.")
    set_by: SetBy


class PolicyFileAnswer(BaseModel):
    """The organisation's own policy file."""

    repository: str
    path: str
    commit: str = Field(description="Of the default branch.")
    exists: bool
    in_force: str | None = Field(description="The commit whose version holds; null for none.")
    problems: list[ProblemAnswer] = Field(
        description="Why another version holds. What is wrong is told to who may read the file."
    )


class BudgetAnswer(BaseModel):
    """What of language models was used up today (UTC), and what is left."""

    of: str = Field(description="`organisation` or `server`.")
    calls: int
    tokens: int
    cost_usd: float = Field(description="Without the calls of unknown price.")
    unpriced_calls: int
    reserved_tokens: int = Field(description="Set aside for calls that are under way.")
    reserved_usd: float
    cap_tokens: int | None = Field(description="Null is no limit.")
    cap_usd: float | None
    left_tokens: int | None
    left_usd: float | None


class PolicyAnswer(BaseModel):
    """What is in force for all repositories of an organisation, before their own files."""

    organisation_id: str
    keys: list[KeyAnswer]
    file: PolicyFileAnswer | None = Field(description="Null where there is no repository for it.")
    budgets_today: list[BudgetAnswer] = Field(
        description="The organisation's; and the server's, for whoever operates it."
    )


def _list(call: Call) -> Response:
    sight = call.sight
    found = [one for one in call.services.store.organisations.all() if sight.role(one.id)]
    return listing(
        call.services,
        call.query,
        "organisations",
        by_name(found, lambda one: f"{one.forge}:{one.login.lower()}:{one.id}"),
        lambda one: _shape(call, one),
    )


def _get(call: Call) -> Response:
    return answer(_shape(call, rights.organisation(call)))


def _shape(call: Call, one: Organisation) -> dict[str, object]:
    return {
        "id": one.id,
        "forge": one.forge,
        "login": one.login,
        "is_person": one.is_person,
        "role": call.sight.role(one.id).name.lower(),
        "suspended": one.suspended,
        "removed_at": one.removed_at,
    }


def _policy(call: Call) -> Response:
    one = rights.membership(call)
    found = in_force_for(call.services, one.forge, one.login, one.account_id)
    file = found.files[0] if found.files else None
    return answer(
        {
            "organisation_id": one.id,
            "keys": [_key(at, found, file) for at in KEYS],
            "file": None if file is None else _file(call, file),
            "budgets_today": _budgets(call, one, found.policy),
        }
    )


def _budgets(call: Call, one: Organisation, policy: Policy) -> list[dict[str, object]]:
    sees = {Whose.ORGANISATION, *([Whose.SERVER] if call.caller.operates else ())}
    owners = owners_of(None, "", one.id)
    return [
        _budget(standing)
        for standing in standing_today(call.services, policy.models, owners, sees=sees)
    ]


def _budget(standing: Standing) -> dict[str, object]:
    balance, cap = standing.balance, standing.held.cap
    return {
        "of": standing.held.whose.value,
        "calls": balance.calls,
        "tokens": balance.spent_tokens,
        "cost_usd": usd(balance.spent_micro_usd),
        "unpriced_calls": balance.unpriced,
        "reserved_tokens": balance.reserved_tokens,
        "reserved_usd": usd(balance.reserved_micro_usd),
        "cap_tokens": cap.tokens,
        "cap_usd": usd(cap.micro_usd),
        "left_tokens": standing.left_tokens,
        "left_usd": usd(standing.left_micro_usd),
    }


def _key(at: PolicyKey, found: InForce, file: FileInForce | None) -> dict[str, object]:
    source = found.rules.source(at.name)
    return {
        "key": at.name,
        "value": _value(at, found.policy),
        "set_by": _set_by(source, file),
    }


def _value(at: PolicyKey, policy: Policy) -> object:
    value = at.get(policy)
    if isinstance(value, tuple):
        return list(value)
    if value is None or (isinstance(value, bool) and at.name != "defaults.visibility"):
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool | Permission)
    return value if is_number else shown(at.name, value)


def _set_by(source: str, file: FileInForce | None) -> Mapping[str, object]:
    if source in (NOBODY, OPERATOR) or file is None:
        kind = "default" if source == NOBODY else "operator"
        return {"kind": kind, "repository": None, "path": None, "commit": None}
    return {
        "kind": "organisation",
        "repository": file.repository.full_name,
        "path": file.path,
        "commit": file.kept or file.version,
    }


def _file(call: Call, file: FileInForce) -> dict[str, object]:
    is_good = file.exists and not file.problems
    return {
        "repository": file.repository.full_name,
        "path": file.path,
        "commit": file.version,
        "exists": file.exists,
        "in_force": (file.version if is_good else file.kept) or None,
        "problems": _problems(call, file),
    }


def _problems(call: Call, file: FileInForce) -> Sequence[Mapping[str, object]]:
    told = [problem_shape(problem) for problem in file.problems]
    if repositories.may_quote(call, file):
        return told
    # Not every member may read what the owners keep to themselves.
    return [{**each, "place": "", "message": repositories.UNQUOTED} for each in told]


OPERATIONS = (
    Operation(
        method="GET",
        address="/organisations",
        name="list_organisations",
        group=GROUP,
        summary="List the organisations that you are anything to",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        query=Paging,
        gives={200: OrganisationPage},
        view=_list,
    ),
    Operation(
        method="GET",
        address="/organisations/<uuid:id>",
        name="get_organisation",
        group=GROUP,
        summary="One organisation",
        needs=Needs.READER,
        scope=Scope.READ,
        gives={200: OrganisationAnswer},
        view=_get,
    ),
    Operation(
        method="GET",
        address="/organisations/<uuid:id>/policy",
        name="get_policy",
        group=GROUP,
        summary="The policy in force, and who has set what",
        description="Read anew from the forge. A repository's own file may tighten it.",
        needs=Needs.MEMBER,
        scope=Scope.READ,
        gives={200: PolicyAnswer},
        view=_policy,
    ),
)
