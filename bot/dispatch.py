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
    Onboard,
    Reject,
    Reply,
    Request,
    Retry,
    Shrug,
    Silence,
    Start,
)
from bot.core.runs import Run
from bot.core.verbs import SHARED_VERBS, nearest
from bot.core.workflow import to_data
from bot.destinations import permission_at
from bot.errors import NotSupported, UserError
from bot.moves import begun, make, refusal
from bot.onboarding import onboarded
from bot.pack_sources.pins import pack_by_name
from bot.policies import InForce, elsewhere, in_force, operators
from bot.sealing import seal_inputs
from bot.services import Services
from bot.store.port import NewRun

Found = tuple[CommandLine | SyntaxProblem, ...]

_VERBS = by_verb(COMMANDS)
#: A person does not write that many commands in that time; a bot under a person's name does.
_LOOP_ANSWERS = 60
_LOOP_WINDOW = timedelta(minutes=10)
#: What the operator may do with everybody's runs, as by `firstcommit runs`.
_OPERATORS_VERBS = frozenset({"cancel", "retry", "reject"})


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What is to be done about a request, and the policy that says so where one was asked."""

    decision: Decision
    in_force: InForce | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a request: a reason code, and the text to reply with or the new run.

    ``answer`` is what the reply was made from, for those who want more than its text.
    """

    reason: str
    reply: str | None = None
    answer: Answer | None = None
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
    ours = _ours(services, request)
    hushed = _silence(services, request, ours) or _limit(services, request)
    if hushed is not None:
        return Judged(decision=_spoken(hushed) if request.direct else hushed)
    wanted = replace(request, found=ours)
    unread = _unread(wanted)
    return Judged(decision=unread) if unread is not None else _ruled(services, wanted)


def _ours(services: Services, request: Request) -> Found:
    if request.direct or request.thread is None:
        return request.found
    return addressed_to_us(services, request.thread, request.found)


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
        case Cancel() | Retry() | Reply() | Approve() | Reject() | Lapse():
            return _answer(services, request, make(services, request, decision))
        case Onboard():
            return _answer(services, request, onboarded(services, request, decision))


def _answer(services: Services, request: Request, answer: Answer) -> Outcome:
    reply = services.replies.render(
        answer.template, reason=answer.reason, request=request, **answer.values
    )
    return Outcome(reason=answer.reason, reply=reply, answer=answer)


def _save(services: Services, request: Request, start: Start) -> Run:
    return services.store.runs.create(
        NewRun(
            id=start.run_id,
            workflow=to_data(start.workflow),
            inputs=seal_inputs(
                services.keys,
                start.workflow,
                start.inputs,
                start.run_id,
                pack=pack_by_name(services, start.source),
            ),
            steps=[(step.id, step.uses) for step in start.workflow.steps],
            requester=request.actor,
            thread=request.thread,
            command_id=request.command_id,
            comment_id=request.comment_id,
            repository=request.repository,
            place=start.place,
            at_home=request.home,
            organisation_id=_organisation_id(services, start),
            pack=str(start.inputs.get("pack") or ""),
            project_name=start.project_name,
            policy=policy_to_data(start.policy),
            source=start.source,
            destination=start.destination,
            budget=start.budget,
        )
    )


def _organisation_id(services: Services, start: Start) -> str | None:
    """The organisation whose run it is: that of its repository, or of the one to be made."""
    account = start.owner
    if start.place is not None:
        account = start.place.forge, start.place.owner_id
    found = services.store.organisations.find(*account) if account else None
    return found.id if found else None


def _silence(services: Services, request: Request, ours: Found) -> Silence | None:
    """Bots, ourselves, loops, suspended grants, and words that are meant for somebody else."""
    actor, repository = request.actor, request.repository
    if actor.is_bot:
        return Silence(reason="silent_bot")
    if repository is not None:
        if actor.is_same_as(services.forge(repository.forge).me()):
            return Silence(reason="silent_self")
        organisation = services.store.organisations.find(repository.forge, repository.owner_id)
        if organisation is not None and (organisation.suspended or organisation.removed_at):
            return Silence(reason="silent_suspended")
    since = services.clock() - _LOOP_WINDOW
    # Programs that ask directly have limits of their own.
    answered = 0 if request.direct else services.store.commands.answered_since(actor, since)
    if answered >= _LOOP_ANSWERS:
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
    if request.direct:
        return None
    since = services.clock() - timedelta(hours=1)
    answered = services.store.commands.answered_since(request.actor, since)
    allowed = services.policy.stranger_answers_per_hour
    if answered < allowed or _permission(services, request) >= Permission.WRITE:
        return None
    if answered == allowed:
        return Shrug(reason="limited")
    return Silence(reason="silent_limited")


_SPOKEN = {
    "silent_bot": "Bots are not heard here.",
    "silent_self": "We do not talk to ourselves.",
    "silent_suspended": "The organisation has suspended or removed our installation.",
}


def _spoken(hushed: Silence | Shrug) -> Answer:
    """What is met with silence in a thread is answered where nobody else has to read it."""
    message = _SPOKEN.get(hushed.reason, "There is no command in that.")
    reason = hushed.reason.removeprefix("silent_")
    return refusal(UserError(message, reason="no_command" if reason == "not_ours" else reason))


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
    found = _in_force(services, request)
    try:
        return Judged(decision=_decided(services, request, spec, line, found), in_force=found)
    except (UserError, NotSupported) as exc:
        return Judged(decision=refusal(exc), in_force=found)


def _in_force(services: Services, request: Request) -> InForce:
    if request.repository is None:
        return InForce(rules=operators(services))
    return in_force(services, request.repository)


def _decided(
    services: Services, request: Request, spec: CommandSpec, line: CommandLine, found: InForce
) -> Decision:
    permission, repository = _permission(services, request), request.repository
    needed = found.policy.needs(spec.verb)
    if repository is not None and permission < needed and not _operates(request, spec):
        raise _no_right(spec, needed, repository)
    ask = Ask(request=request, line=line, permission=permission, policy=found.policy)
    check_line(spec, ask, name=services.settings.name)
    decision = spec.decide(services, ask)
    if not (request.operates and isinstance(decision, Retry)):
        _refuse_elsewhere(services, request, spec, decision)
    return decision


def _operates(request: Request, spec: CommandSpec) -> bool:
    """Whether the operator does what the console lets them do with every run."""
    return request.operates and spec.verb in _OPERATORS_VERBS


def _refuse_elsewhere(
    services: Services, request: Request, spec: CommandSpec, decision: Decision
) -> None:
    for domain in elsewhere(services, request.repository, _destinations(services, decision)):
        needed, at = domain.policy.needs(spec.verb), domain.repository
        if at is not None and permission_at(services, at, request.actor) < needed:
            raise _no_right(spec, needed, at)


def _destinations(services: Services, decision: Decision) -> tuple[Destination, ...]:
    """Where that publishes to in the end."""
    match decision:
        case Start(inputs=inputs):
            return destinations_in(inputs)
        case Retry(run_id=run_id) | Reply(run_id=run_id):
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
    if request.repository is None:
        return Permission.NONE
    return permission_at(services, request.repository, request.actor)


def _no_right(spec: CommandSpec, needed: Permission, repository: Repository) -> UserError:
    name = needed.name.lower()
    return UserError(
        f"`{spec.verb}` needs {name} access to {repository.full_name}.",
        reason=f"no_{name}",
        remedy="Ask somebody who has it to write the command.",
    )
