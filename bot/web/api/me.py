"""Who asks: their accounts, and what they are to which organisation."""

from __future__ import annotations

from flask import Response
from pydantic import BaseModel, Field

from bot.core.access_scopes import Scope, in_order
from bot.web.api.answering import answer
from bot.web.api.operation import Call, Needs, Operation
from bot.web.api.run_shapes import ActorAnswer


class RoleAnswer(BaseModel):
    """What somebody is to an organisation."""

    organisation_id: str
    role: str = Field(description="`reader`, `member` or `owner`.")


class MeAnswer(BaseModel):
    """Whoever asks."""

    operates: bool = Field(description="Whether they operate the server.")
    accounts: list[ActorAnswer]
    roles: list[RoleAnswer]
    scopes: list[str] = Field(description="What the token may be used for.")


def _me(call: Call) -> Response:
    who, sight = call.caller, call.sight
    return answer(
        {
            "operates": who.operates,
            "accounts": [{"forge": one.forge, "login": one.login} for one in who.accounts],
            "roles": [
                {"organisation_id": each, "role": role.name.lower()}
                for each, role in sorted(sight.roles.items())
            ],
            "scopes": [str(scope) for scope in in_order(who.scopes)],
        }
    )


OPERATIONS = (
    Operation(
        method="GET",
        address="/me",
        name="get_me",
        group="Identity",
        summary="Who asks",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        gives={200: MeAnswer},
        view=_me,
    ),
)
