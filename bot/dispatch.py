"""The waist: everything that is asked for comes through here, from wherever it comes.

A request goes through: bot, self and loop check (silence), answer limit, syntax, policy, the
actor's rights as the forge tells them, limits, and the command's own decision. `decide`
writes nothing; `carry_out` does what was decided and gives the words of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.commands import COMMANDS, by_verb
from bot.commands.spec import CommandSpec, check_line
from bot.core.grammar import CommandLine, SyntaxProblem
from bot.core.identity import Permission, Thread
from bot.core.policy import policy_to_data
from bot.core.requests import (
    Answer,
    Ask,
    Cancel,
    Decision,
    Request,
    Retry,
    Shrug,
    Silence,
    Start,
)
from bot.core.runs import RETRYABLE, Run
from bot.core.verbs import SHARED_VERBS, nearest
from bot.core.workflow import to_data
from bot.errors import NotSupported, UserError
from bot.policies import InForce, in_force
from bot.services import Services
from bot.store.port import Effect, EffectStatus, NewRun

Found = tuple[CommandLine | SyntaxProblem, ...]

_VERBS = by_verb(COMMANDS)
#: How the ledger's keys begin for what a command does to a run.
_MOVES: Mapping[type[Cancel] | type[Retry], str] = {Cancel: "cancel", Retry: "retry"}
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
    begun = _begun(services, request)
    if begun is not None:
        return Judged(decision=begun)
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


def refusal(problem: UserError | NotSupported) -> Answer:
    """The answer that tells of a problem and its remedy."""
    values = {"message": problem.message, "remedy": problem.remedy}
    return Answer(template="refusal", reason=problem.reason, values=values)


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
        case Cancel() | Retry():
            return _answer(services, request, _move(services, request, decision))


def _move(services: Services, request: Request, asked: Cancel | Retry) -> Answer:
    """Move a run, once: written down, since the command may be taken up again after a kill."""
    effect = services.store.ledger.intend(
        _owner(request), f"{_MOVES[type(asked)]}:{asked.run_id}", kind="move"
    )
    try:
        run = _moved(services, request, asked, known=effect)
    except UserError as exc:
        # Somebody else was quicker.
        return refusal(exc)
    services.store.ledger.confirm(effect.id, external_id=run.id)
    if isinstance(asked, Retry):
        services.queue.run(run.id)
        return _about(run, "retried")
    services.queue.report(run.id)
    return _about(run, "cancelled")


def _moved(services: Services, request: Request, asked: Cancel | Retry, *, known: Effect) -> Run:
    runs = services.store.runs
    if isinstance(asked, Cancel):
        return runs.request_cancel(asked.run_id, request.actor.login)
    run = None if known.fresh else runs.get(asked.run_id)
    done = run is not None and (
        known.status is EffectStatus.CONFIRMED or run.status not in RETRYABLE
    )
    return run if run is not None and done else runs.retry(asked.run_id)


def _begun(services: Services, request: Request) -> Cancel | Retry | None:
    """What this very command has moved already, while its answer is still owed."""
    for effect in services.store.ledger.of(_owner(request)):
        for kind, move in _MOVES.items():
            if effect.key.startswith(f"{move}:"):
                return kind(run_id=effect.key.removeprefix(f"{move}:"))
    return None


def _owner(request: Request) -> str:
    return f"command:{request.command_id}"


def _about(run: Run, template: str) -> Answer:
    return Answer(template=template, reason=template, values={"run": run})


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
            inputs=start.inputs,
            steps=[(step.id, step.uses) for step in start.workflow.steps],
            requester=request.actor,
            thread=request.thread,
            command_id=request.command_id,
            comment_id=request.comment_id,
            organisation_id=organisation.id if organisation else None,
            project_name=start.project_name,
            policy=policy_to_data(start.policy),
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
    permission = _permission(services, request)
    needed = found.policy.needs(spec.verb)
    if permission < needed:
        raise _no_right(spec, needed, request)
    ask = Ask(request=request, line=line, permission=permission, policy=found.policy)
    check_line(spec, ask, name=services.settings.name)
    return spec.decide(services, ask)


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


def _no_right(spec: CommandSpec, needed: Permission, request: Request) -> UserError:
    name = needed.name.lower()
    return UserError(
        f"`{spec.verb}` needs {name} access to {request.thread.repository.full_name}.",
        reason=f"no_{name}",
        remedy="Ask somebody who has it to write the command.",
    )
