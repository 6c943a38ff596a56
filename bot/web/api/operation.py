"""What an operation of the API is. Routes, description, client and rights matrix come from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, Literal

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from bot.core.access_scopes import Grant, Scope, Scopes
from bot.core.identity import Actor
from bot.core.passes import Asker
from bot.services import Services
from bot.sight import EVERYTHING, Sight, Sights
from bot.web.api.forms import CURSOR, WITHOUT_NUL
from bot.web.streams import Streams

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class Needs(Enum):
    """Who may. The rule stands with the operation; what it says is what people read of it."""

    IDENTITY = "whoever is signed in; only what they may see is told"
    SIGNATURE = "whoever may read the project, or holds a link that was signed for them"
    READER = "whoever may read the repository that it belongs to"
    WRITER = "whoever may write to the repository that it belongs to"
    REQUESTER = "whoever asked for it, or may write to the repository that it belongs to"
    POLICY = "whoever the policy in force lets"
    MEMBER = "members of the organisation"
    OWNER = "everybody for themselves, and owners for their organisation"
    SELF = "the person whose it is"
    OPERATOR = "the operator of the server"


def _without_nul(schema: dict[str, Any]) -> None:
    """Say of texts what holds for all that are sent (`reading.py`), where nothing else is said."""
    for said in schema.get("properties", {}).values():
        for each in (said, *said.get("anyOf", ())):
            if each.get("type") == "string" and not {"pattern", "enum", "const"} & set(each):
                each["pattern"] = WITHOUT_NUL


class Strict(BaseModel):
    """What people send: anything that is not known is an error, mostly a slip."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_nul)


class Paging(Strict):
    """Which part of a list."""

    limit: int = Field(50, ge=1, le=100, description="How many at most.")
    after: str = Field(
        "",
        max_length=400,
        pattern=CURSOR,
        description="What `next` of the page before said.",
    )


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks. ``accounts`` are proven to be theirs, of each forge one at most.

    ``key`` tells callers apart for limits and idempotency. ``person_id`` is None for the operator,
    whose ``accounts`` are the person of the local forge, or nobody's on a forge that is none.
    ``again`` asks anew who they are, for answers that outlast a request; None once they are nobody.
    ``asker`` is the step of a run that calls in their name: it reaches no further than its run.
    """

    key: str
    accounts: tuple[Actor, ...]
    grant: Grant
    operates: bool = False
    person_id: str | None = None
    token_id: str | None = None
    asker: Asker | None = None
    again: Callable[[], Caller | None] = field(default=lambda: None, repr=False, compare=False)

    def on(self, forge: str) -> Actor | None:
        """Their account on a forge."""
        return next((account for account in self.accounts if account.forge == forge), None)

    def reaches(self, home: str) -> bool:
        """Whether what has this home is within the run that calls, if one does."""
        return self.asker is None or home in self.asker.homes

    @property
    def scopes(self) -> Scopes:
        """What their token or session may be used for."""
        return self.grant.scopes

    @property
    def actor(self) -> Actor:
        """As whom they ask for what is on no forge."""
        return self.accounts[0]

    @property
    def name(self) -> str:
        """How records call them."""
        return f"{self.actor.forge}:{self.actor.login}"


#: Who asks where the view itself finds out, and has not yet.
NOBODY = Caller(key="nobody", accounts=(), grant=Grant(scopes=frozenset()))


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of an operation, by somebody who may make it as far as their token goes."""

    services: Services
    sights: Sights
    streams: Streams
    caller: Caller
    path: Mapping[str, str] = field(default_factory=dict)
    query: Any = None
    body: Any = None

    @cached_property
    def sight(self) -> Sight:
        """What the caller may see.

        Raises:
            Transient: Where a forge did not answer.
        """
        return self._sight_of(self.caller)

    def shows_still(self, home: str, scope: Scope) -> bool:
        """Whether the caller, if they are still who they were, may still see what has this home.

        Raises:
            Transient: Where a forge did not answer.
        """
        now = self.caller.again()
        return now is not None and scope in now.scopes and self._sight_of(now).shows(home)

    def _sight_of(self, caller: Caller) -> Sight:
        if caller.operates:
            return EVERYTHING
        seen = self.sights.of(caller.accounts)
        if caller.asker is None:
            return seen
        # What a person may see besides must not get into what the run writes for others.
        return Sight(homes=(seen.homes or frozenset()) & caller.asker.homes)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation. ``name`` is its id in the description, and its function in the client.

    ``address`` is as Flask writes it, below ``/api/v1``. ``query`` and ``body`` are models of what
    is taken; ``sends`` is the media type of a body that is no JSON. ``gives`` has the model of each
    status that is no error, None for no content, or a media type; ``also_gives`` are further media
    types. ``headers`` says of each that is heeded what it is; ``needs_headers`` have to be given.
    ``creates``: an idempotency key is heeded. ``takes_words``: it takes the words of a comment, and
    is refused in these. ``anonymous``: with a ``signature`` in the query nobody asks who calls; the
    view checks that it holds.
    """

    method: Method
    address: str
    name: str
    group: str
    summary: str
    needs: Needs
    scope: Scope
    view: Callable[[Call], Response]
    gives: Mapping[int, type[BaseModel] | str | None]
    also_gives: tuple[str, ...] = ()
    description: str = ""
    query: type[Strict] | None = None
    body: type[Strict] | None = None
    body_is_optional: bool = False
    sends: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    needs_headers: tuple[str, ...] = ()
    creates: bool = False
    takes_words: bool = False
    anonymous: bool = False
    refuses: tuple[int, ...] = ()

    @property
    def is_for_runs(self) -> bool:
        """Whether a step of a run may ask for it: nothing that decides for people, gives away
        rights, or takes words that could ask for anything."""
        return (
            self.scope in (Scope.READ, Scope.WRITE)
            and self.needs not in (Needs.OWNER, Needs.SELF, Needs.OPERATOR)
            and not self.takes_words
        )

    def is_for(self, caller: Caller) -> bool:
        """Whether somebody may ask for it at all, as far as that does not depend on what about."""
        if self.scope not in caller.scopes:
            return False
        if caller.asker is not None and not self.is_for_runs:
            return False
        return caller.operates or self.needs is not Needs.OPERATOR
