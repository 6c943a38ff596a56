"""Tokens with which programs act for somebody: made, listed and revoked by their owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from flask import Response
from pydantic import BaseModel, Field

from bot.core.access_scopes import DEFAULT_DAYS, MOST_DAYS, Scope, in_order, read_scopes
from bot.errors import UserError
from bot.store.port import Page, Token
from bot.tokens import Issued, issue
from bot.web.api.answering import answer, listing, nothing, shown_once
from bot.web.api.forms import ASCII_LINE
from bot.web.api.once import once
from bot.web.api.operation import Call, Needs, Operation, Paging, Strict

GROUP = "Identity"
ScopeWord = Literal["read", "write", "approve", "tokens", "operate"]


class TokenAnswer(BaseModel):
    """A token without its text."""

    id: str
    name: str
    beginning: str = Field(description="The first characters of its text.")
    scopes: list[ScopeWord]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = Field(description="To the minute.")


class IssuedAnswer(TokenAnswer):
    """A token that was just made."""

    token: str = Field(description="Its text. It is shown this once.")


class TokenPage(BaseModel):
    """Some tokens, newest first; those that have ended for 30 days, too."""

    items: list[TokenAnswer]
    next: str | None


class NewToken(Strict):
    """What a token is for."""

    name: str = Field(min_length=1, max_length=100, pattern=ASCII_LINE, examples=["nightly build"])
    scopes: list[ScopeWord] = Field(["read", "write"], min_length=1, max_length=5)
    days: int | None = Field(
        None, ge=1, le=MOST_DAYS, description=f"How long it lasts; {DEFAULT_DAYS} where not said."
    )


def shape(token: Token) -> dict[str, object]:
    """A token as data."""
    return {
        "id": token.id,
        "name": token.name,
        "beginning": token.beginning,
        "scopes": [str(scope) for scope in in_order(token.scopes)],
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "used_at": token.used_at,
    }


def _list(call: Call) -> Response:
    def fetch(after: str | None, limit: int) -> Page[Token]:
        found: Sequence[Token] = call.services.store.tokens.listed(
            call.caller.person_id, before=after, limit=limit + 1
        )
        items = found[:limit]
        return Page(items=items, next=items[-1].id if len(found) > limit else None)

    return listing(call.services, call.query, f"tokens:{call.caller.person_id}", fetch, shape)


def _create(call: Call) -> Response:
    body: NewToken = call.body

    def make() -> Issued:
        return issue(
            call.services,
            person_id=call.caller.person_id,
            name=body.name,
            scopes=read_scopes(body.scopes),
            by=call.caller.grant,
            days=body.days,
        )

    made = once(call, "token", make, named=lambda issued: f"token {issued.token.id}")
    said = {**shape(made.token), "token": str(made.text)}
    return shown_once(answer(said, 201, location=f"/api/v1/tokens/{made.token.id}"))


def _revoke(call: Call) -> Response:
    if not call.services.store.tokens.revoke(call.path["id"], call.caller.person_id):
        raise UserError("You have no such token.", reason="unknown_token")
    return nothing()


OPERATIONS = (
    Operation(
        method="GET",
        address="/tokens",
        name="list_tokens",
        group=GROUP,
        summary="List one's own tokens",
        needs=Needs.SELF,
        scope=Scope.TOKENS,
        query=Paging,
        gives={200: TokenPage},
        view=_list,
    ),
    Operation(
        method="POST",
        address="/tokens",
        name="create_token",
        group=GROUP,
        summary="Make a token",
        description="With no more scopes, and for no longer, than the one that it is made with.",
        needs=Needs.SELF,
        scope=Scope.TOKENS,
        body=NewToken,
        gives={201: IssuedAnswer},
        creates=True,
        view=_create,
    ),
    Operation(
        method="DELETE",
        address="/tokens/<uuid:id>",
        name="revoke_token",
        group=GROUP,
        summary="Revoke a token, at once",
        needs=Needs.SELF,
        scope=Scope.TOKENS,
        gives={204: None},
        view=_revoke,
    ),
)
