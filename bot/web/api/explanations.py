"""Explanations: whether a command would be allowed, and why, line by line."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from flask import Response
from pydantic import BaseModel, Field

from bot.budgets import EVERYBODYS, Whose
from bot.core.access_scopes import Scope
from bot.core.identity import Repository
from bot.errors import UserError
from bot.explain import Explanation, Question, explain
from bot.fences import within_account
from bot.services import Services
from bot.web.api import repositories
from bot.web.api.answering import answer
from bot.web.api.forms import LOGIN
from bot.web.api.operation import Call, Needs, Operation, Strict
from bot.web.api.repositories import RepositoryName
from bot.web.api.requesting import account_on

_NO_COMMAND = "no_command"


class NewExplanation(Strict):
    """A command as in a comment, and where it would be written."""

    text: str = Field(
        min_length=1, max_length=65_536, examples=["/generate python-package name=orders"]
    )
    repository: RepositoryName
    thread: int | None = Field(None, ge=1, le=2**31 - 1, description="An issue or change there.")
    login: str | None = Field(
        None,
        max_length=100,
        pattern=LOGIN,
        description="Who would write it; yourself where not said. About others, owners of the "
        "organisation may ask, and whoever operates the server.",
    )


class LineAnswer(BaseModel):
    """One thing that was looked at."""

    about: str = Field(description="Empty where it goes on with what the line before is about.")
    text: str


class ExplanationAnswer(BaseModel):
    """Whether it would be allowed."""

    allowed: bool
    reason: str = Field(description="The code that a thread would be told; empty where allowed.")
    why: str
    lines: list[LineAnswer] = Field(description="What was looked at, in order.")


def _create(call: Call) -> Response:
    there = repositories.named(call, call.body.repository)
    services, question = _asked(call, there)
    try:
        found = explain(
            services,
            question,
            may_quote=partial(repositories.may_quote, call),
            sees=_seen(call, there, about_self=services is call.services),
        )
    except UserError as exc:
        if exc.reason != _NO_COMMAND:
            raise
        found = Explanation(lines=(), allowed=False, reason=exc.reason, why=exc.message)
    return answer(_shape(found))


def _asked(call: Call, there: Repository) -> tuple[Services, Question]:
    """What is asked, and of what: about others, only what lies under the account is known."""
    login = (call.body.login or "").removeprefix("@")
    own = call.caller.on(there.forge)
    about_self = not login or (own is not None and own.login.lower() == login.lower())
    question = Question(
        text=call.body.text,
        forge=there.forge,
        repository=there.full_name,
        thread=call.body.thread or 0,
        login=login,
        actor=account_on(call, there.forge) if about_self else None,
    )
    if about_self or call.caller.operates:
        return call.services, question
    if not repositories.owns(call, there):
        raise UserError(
            f"Only owners of {there.owner} may ask that about others.",
            reason="no_right",
            remedy="Leave out `login` to ask about yourself.",
        )
    return within_account(call.services, there), question


def _seen(call: Call, there: Repository, *, about_self: bool) -> Collection[Whose]:
    """Whose budgets are told: a person's own counts what was asked for anywhere."""
    if call.caller.operates:
        return EVERYBODYS
    seen = {Whose.REPOSITORY}
    if about_self:
        seen.add(Whose.PERSON)
    if repositories.belongs(call, there):
        seen.add(Whose.ORGANISATION)
    return seen


def _shape(found: Explanation) -> dict[str, object]:
    return {
        "allowed": found.allowed,
        "reason": found.reason,
        "why": found.why,
        "lines": [{"about": line.about, "text": line.text} for line in found.lines],
    }


OPERATIONS = (
    Operation(
        method="POST",
        address="/explanations",
        name="create_explanation",
        group="Commands",
        summary="Say whether a command would be allowed, and why",
        description="Nothing of it is done. About others it is told as if there were nothing "
        "outside of the organisation.",
        needs=Needs.READER,
        scope=Scope.READ,
        body=NewExplanation,
        takes_words=True,
        gives={200: ExplanationAnswer},
        view=_create,
    ),
)
