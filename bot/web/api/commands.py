"""Commands in the words of a comment, asked for without writing one."""

from __future__ import annotations

from flask import Response
from pydantic import BaseModel, Field

from bot.asking import written
from bot.core.access_scopes import Scope
from bot.core.destination import read_place
from bot.core.grammar import CommandLine
from bot.core.identity import Repository, Thread
from bot.errors import UserError
from bot.web.api.answering import answer
from bot.web.api.operation import Call, Needs, Operation, Strict
from bot.web.api.requesting import account_on, requested, seen
from bot.web.api.run_shapes import RunAnswer, run_shape
from bot.web.api.runs import OPERATIONS as ON_RUNS
from bot.web.api.scoping import check_scope

#: What a verb needs where it is an operation of its own, such as ``/runs/{id}/approve``.
_SCOPES = {operation.address.rpartition("/")[2]: operation.scope for operation in ON_RUNS}


class NewCommand(Strict):
    """A command as in a comment, and where it is meant."""

    text: str = Field(
        min_length=1,
        max_length=65_536,
        description="With exactly one command.",
        examples=["/firstcommit templates"],
    )
    repository: str = Field(
        max_length=300,
        description="`FORGE:OWNER/NAME`; without `FORGE:` on your own forge.",
        examples=["local:demo/playground"],
    )
    thread: int | None = Field(
        None, ge=1, le=2**31 - 1, description="The number of an issue or change, to tell it there."
    )


class CommandAnswer(BaseModel):
    """What came of a command."""

    reason: str = Field(description="A stable code; `run` where a run has begun.")
    reply: str | None = Field(description="The answer that a thread would have got, as Markdown.")
    run: RunAnswer | None


def _create(call: Call) -> Response:
    found = written(call.services, call.body.text)
    for line in found:
        if isinstance(line, CommandLine):
            check_scope(call.caller, _SCOPES.get(line.verb, Scope.WRITE))
    repository = _repository(call)
    told = requested(
        call,
        found,
        actor=account_on(call, repository.forge),
        place=repository,
        thread=_thread(call, repository),
    )
    run = run_shape(told.run) if told.run else None
    return answer({"reason": told.reason, "reply": told.reply, "run": run}, 202 if run else 200)


def _repository(call: Call) -> Repository:
    place = read_place(call.body.repository)
    forge = place.forge or call.caller.actor.forge
    full_name = place.full_name
    found = seen(call, account_on(call, forge), full_name) if full_name else None
    if found is None:
        raise UserError(
            "There is no such repository that you may see.",
            reason="unknown_repository",
            remedy="Write it as FORGE:OWNER/NAME, and see that the program is installed there.",
        )
    return found


def _thread(call: Call, repository: Repository) -> Thread | None:
    if call.body.thread is None:
        return None
    found = call.services.forge(repository.forge).thread(repository, call.body.thread)
    if found is None:
        raise UserError(
            f"{repository.full_name} has no issue or change #{call.body.thread}.",
            reason="unknown_thread",
        )
    return found


OPERATIONS = (
    Operation(
        method="POST",
        address="/commands",
        name="create_command",
        group="Commands",
        summary="Write a command without writing a comment",
        description="In a thread, its run tells that thread how it goes on. `approve` and `reject` "
        "need the scope `approve` as well.",
        needs=Needs.POLICY,
        scope=Scope.WRITE,
        body=NewCommand,
        gives={200: CommandAnswer, 202: CommandAnswer},
        takes_words=True,
        creates=True,
        view=_create,
    ),
)
