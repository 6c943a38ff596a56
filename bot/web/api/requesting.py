"""From a call to the waist that all requests go through, as whom and where."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

from bot.asking import Asked, Told, ask, check_key
from bot.core.destination import read_place
from bot.core.grammar import CommandLine, SyntaxProblem
from bot.core.homes import repository_home
from bot.core.identity import Actor, Repository, Thread
from bot.core.runs import Run
from bot.destinations import seen_at
from bot.errors import UserError
from bot.web.api.operation import Call

IDEMPOTENCY_KEY = "Idempotency-Key"


def idempotency_key() -> str | None:
    """The caller's own name for what they ask for, by which it is done once.

    Raises:
        UserError: ``bad_key``.
    """
    return check_key(request.headers.get(IDEMPOTENCY_KEY))


def about(call: Call, run: Run, found: tuple[CommandLine, ...]) -> Told:
    """Have something done with a run that the caller may see."""
    return ask(
        call.services,
        Asked(
            actor=_steering(call, run),
            who=who(call),
            key=idempotency_key(),
            found=found,
            thread=run.thread,
            place=run.repository,
            run_id=run.id,
            operates=call.caller.operates,
        ),
    )


def requested(
    call: Call,
    found: tuple[CommandLine | SyntaxProblem, ...],
    *,
    actor: Actor,
    place: Repository | None = None,
    thread: Thread | None = None,
    given: Mapping[str, object] | None = None,
    projects: Mapping[str, Mapping[str, object]] | None = None,
    wants_project: bool = False,
    home: str = "",
) -> Told:
    """Have something begun, or answered.

    Raises:
        UserError: As `ask`, and ``unknown_run`` for what was begun before under the same key, where
            the caller may not see it any more.
    """
    told = ask(
        call.services,
        Asked(
            actor=actor,
            who=who(call),
            key=idempotency_key(),
            found=found,
            thread=thread,
            place=place,
            given=given or {},
            projects=projects or {},
            wants_project=wants_project,
            home=home,
            operates=call.caller.operates,
        ),
    )
    if told.again and told.run is not None and not call.sight.shows(told.run.home):
        raise UserError("There is no such run.", reason="unknown_run")
    return told


def who(call: Call) -> str:
    """What tells callers apart, whatever token they use."""
    if call.caller.asker is not None:
        # Also how it is known later that a run has asked for it (`ASKED_BY_RUN`).
        return f"run:{call.caller.asker.run_id}"
    return f"person:{call.caller.person_id}" if call.caller.person_id else "operator"


def where(call: Call, into: str | None) -> tuple[Actor, Repository | None]:
    """As whom the caller asks for a destination, and the repository that is there, if they may
    see one.

    Raises:
        UserError: ``bad_destination``, ``foreign_forge``.
        NotSupported: ``forge_not_configured``.
    """
    if into is None:
        return call.caller.actor, None
    place = read_place(into)
    actor = account_on(call, place.forge or call.caller.actor.forge)
    found = None if place.full_name is None else seen(call, actor, place.full_name)
    _within_run(call, found)
    return actor, found


def _within_run(call: Call, into: Repository | None) -> None:
    """A step of a run publishes where its run does, and makes nothing new anywhere."""
    if call.caller.asker is None or into is not None:
        return
    raise UserError(
        "That is no destination of the run that asks for it.",
        reason="foreign_destination",
        remedy="Name a destination of the run, or leave `into` out to keep the files here.",
    )


def account_on(call: Call, forge: str) -> Actor:
    """The caller's account on a forge.

    Raises:
        UserError: ``foreign_forge``.
        NotSupported: ``forge_not_configured``.
    """
    call.services.forge(forge)
    account = call.caller.on(forge)
    if account is not None:
        return account
    raise UserError(
        f"You have no account on {forge} that is known here.",
        reason="foreign_forge",
        remedy=f"Sign in with your account on {forge}, too, and it is linked to you.",
    )


def seen(call: Call, actor: Actor, full_name: str) -> Repository | None:
    """A repository where the actor may at least read it; else there is none for them."""
    found = seen_at(call.services.forge(actor.forge), full_name, actor)[0]
    within = found is not None and call.caller.reaches(repository_home(found))
    return found if within else None


def _steering(call: Call, run: Run) -> Actor:
    """As whom the caller acts on a run: their account where it was asked for, or is to go."""
    forge = run.repository.forge if run.repository else run.requester.forge
    return call.caller.on(forge) or call.caller.actor
