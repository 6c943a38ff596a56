"""The waist: everything that is asked for comes through here, from wherever it comes.

A request goes through: bot, self and loop check (silence), answer limit, syntax, policy, the
actor's rights as the forge tells them, limits, and the command's own decision. `decide`
writes nothing; `carry_out` does what was decided and gives the words of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.commands import COMMANDS, by_verb
from bot.commands.spec import CommandSpec, check_line
from bot.core.destination import Destination, destinations_in
from bot.core.grammar import CommandLine, SyntaxProblem
from bot.core.identity import Permission, Repository, Thread
from bot.core.policy import policy_to_data
from bot.core.requests import (
    Answer,
    Approve,
    Ask,
    Cancel,
    Decision,
    Lapse,
    Reject,
    Request,
    Retry,
    Shrug,
    Silence,
    Start,
)
from bot.core.runs import Run
from bot.core.verbs import SHARED_VERBS, nearest
from bot.core.workflow import to_data
from bot.errors import NotSupported, UserError
from bot.moves import begun, make, refusal
from bot.policies import InForce, elsewhere, in_force
from bot.sealing import seal_inputs
from bot.services import Services
from bot.store.port import NewRun

Found = tuple[CommandLine | SyntaxProblem, ...]

_VERBS = by_verb(COMMANDS)
#: A person does not write that many commands in that time; a bot under a person's name does.
_LOOP_ANSWERS = 60
_LOOP_WINDOW = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What is to be done about a request, and the policy that says so where one was asked."""

    decision: Decision
    in_force: InForce | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a request: a reason code, and the text to reply with or the new run."""

    reason: str
    reply: str | None = None
    run: Run | None = None
    shrug: bool = False


def decide(services: Services, request: Request) -> Decision:
    """What is to be done about a request.

    Raises:
        Transient: Where the forge or the database did not answer; ask again later.
    """
    return judge(services, request).decision


def judge(services: Services, request: Request) -> Judged:
    """The same, with the policy in force: what is wrong with its files has to be told as well.

    Raises:
        Transient: Where the forge or the database did not answer; ask again later.
    """
    move = begun(services, request)
    if move is not None:
        return Judged(decision=move)
    ours = addressed_to_us(services, request.thread, request.found)
    hushed = _silence(services, request, ours) or _limit(services, request)
    if hushed is not None:
        return Judged(decision=hushed)
    wanted = replace(request, found=ours)
    unread = _unread(wanted)
    return Judged(decision=unread) if unread is not None else _ruled(services, wanted)


def addressed_to_us(services: Services, thread: Thread, found: Found) -> Found:
    """Without the bare words that other bots know too, in a thread that has no run of ours."""
    ours = tuple(item for item in found if not _may_be_for_others(item))
    if len(ours) < len(found) and services.store.runs.in_thread(thread, limit=1):
        return found
    return ours


def carry_out(services: Services, request: Request, decision: Decision) -> Outcome:
    """Do what was decided. A run is saved here, and queued by whoever gives first feedback."""
    match decision:
        case Silence(reason=reason):
            return Outcome(reason=reason)
        case Shrug(reason=reason):
            return Outcome(reason=reason, shrug=True)
        case Answer():
            return _answer(services, request, decision)
        case Start():
            return Outcome(reason="run", run=_save(services, request, decision))
        case Cancel() | Retry() | Approve() | Reject() | Lapse():
            return _answer(services, request, make(services, request, decision))


def _answer(services: Services, request: Request, answer: Answer) -> Outcome:
    reply = services.replies.render(
        answer.template, reason=answer.reason, request=request, **answer.values
    )
    return Outcome(reason=answer.reason, reply=reply)


def _save(services: Services, request: Request, start: Start) -> Run:
    repository = request.thread.repository
    organisation = services.store.organisations.find(repository.forge, repository.owner_id)
    return services.store.runs.create(
        NewRun(
            id=start.run_id,
            workflow=to_data(start.workflow),
            inputs=seal_inputs(
                services.keys,
                start.workflow,
                start.inputs,
                start.run_id,
                pack=services.generator.library.get,
            ),
            steps=[(step.id, step.uses) for step in start.workflow.steps],
            requester=request.actor,
            thread=request.thread,
            command_id=request.command_id,
            comment_id=request.comment_id,
            organisation_id=organisation.id if organisation else None,
            project_name=start.project_name,
            policy=policy_to_data(start.policy),
            source=start.source,
            destination=start.destination,
        )
    )


def _silence(services: Services, request: Request, ours: Found) -> Silence | None:
    """Bots, ourselves, loops, suspended grants, and words that are meant for somebody else."""
    actor, thread = request.actor, request.thread
    if actor.is_bot:
        return Silence(reason="silent_bot")
    if actor.is_same_as(services.forge(thread.repository.forge).me()):
        return Silence(reason="silent_self")
    repository = thread.repository
    organisation = services.store.organisations.find(repository.forge, repository.owner_id)
    if organisation is not None and (organisation.suspended or organisation.removed_at):
        return Silence(reason="silent_suspended")
    since = services.clock() - _LOOP_WINDOW
    if services.store.commands.answered_since(actor, since) >= _LOOP_ANSWERS:
        return Silence(reason="silent_loop")
    if not ours:
        return Silence(reason="silent_not_ours")
    return None


def _may_be_for_others(item: CommandLine | SyntaxProblem) -> bool:
    """A bare word that other bots know too, with nothing behind it or nothing that we can read."""
    if not item.bare or item.verb not in SHARED_VERBS:
        return False
    if isinstance(item, SyntaxProblem):
        return True
    return not (item.positional or item.options or item.text)


def _limit(services: Services, request: Request) -> Silence | Shrug | None:
    """Somebody without write gets so many answers an hour, then a reaction, then nothing."""
    since = services.clock() - timedelta(hours=1)
    answered = services.store.commands.answered_since(request.actor, since)
    allowed = services.policy.stranger_answers_per_hour
    if answered < allowed or _permission(services, request) >= Permission.WRITE:
        return None
    if answered == allowed:
        return Shrug(reason="limited")
    return Silence(reason="silent_limited")


def _unread(request: Request) -> Answer | None:
    """The answer to what is no one command that can be read."""
    if len(request.found) > 1:
        lines = [item.source for item in request.found]
        return Answer(template="two_commands", reason="two_commands", values={"lines": lines})
    item = request.found[0]
    if isinstance(item, SyntaxProblem):
        return Answer(template="syntax", reason=item.reason, values={"problem": item})
    return None


def _ruled(services: Services, request: Request) -> Judged:
    """What policy, the actor's rights and the command itself say to one command."""
    (line,) = (item for item in request.found if isinstance(item, CommandLine))
    try:
        spec = _spec(services, line)
    except NotSupported as exc:
        return Judged(decision=refusal(exc))
    found = in_force(services, request.thread.repository)
    try:
        return Judged(decision=_decided(services, request, spec, line, found), in_force=found)
    except (UserError, NotSupported) as exc:
        return Judged(decision=refusal(exc), in_force=found)


def _decided(
    services: Services, request: Request, spec: CommandSpec, line: CommandLine, found: InForce
) -> Decision:
    permission, repository = _permission(services, request), request.thread.repository
    needed = found.policy.needs(spec.verb)
    if permission < needed:
        raise _no_right(spec, needed, repository)
    ask = Ask(request=request, line=line, permission=permission, policy=found.policy)
    check_line(spec, ask, name=services.settings.name)
    decision = spec.decide(services, ask)
    for domain in elsewhere(services, repository, _destinations(services, decision)):
        needed, at = domain.policy.needs(spec.verb), domain.repository
        if at is not None and services.forge(at.forge).permission(at, request.actor) < needed:
            raise _no_right(spec, needed, at)
    return decision


def _destinations(services: Services, decision: Decision) -> tuple[Destination, ...]:
    """Where that publishes to in the end."""
    match decision:
        case Start(inputs=inputs):
            return destinations_in(inputs)
        case Retry(run_id=run_id):
            run = services.store.runs.get(run_id)
            return destinations_in(run.inputs) if run is not None else ()
        case _:
            return ()


def _spec(services: Services, line: CommandLine) -> CommandSpec:
    spec = _VERBS.get(line.verb)
    if spec is None:
        near = nearest(line.verb, _VERBS)
        raise NotSupported(
            f"`{line.verb}` is not available in this version.",
            reason="not_available",
            remedy=(f"Did you mean `{near}`? " if near else "")
            + f"`@{services.settings.name} help` lists what is.",
        )
    return spec


def _permission(services: Services, request: Request) -> Permission:
    repository = request.thread.repository
    return services.forge(repository.forge).permission(repository, request.actor)


def _no_right(spec: CommandSpec, needed: Permission, repository: Repository) -> UserError:
    name = needed.name.lower()
    return UserError(
        f"`{spec.verb}` needs {name} access to {repository.full_name}.",
        reason=f"no_{name}",
        remedy="Ask somebody who has it to write the command.",
    )
