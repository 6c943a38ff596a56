"""A delivery becomes an event, the event a command, the command an answer or a run.

Safe to be called any number of times for the same delivery, at once or after a kill: the
command's row says how far it came, and the ledger which answers have been written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import structlog

from bot.core.backoff import delay_s
from bot.core.events import (
    CommentAdded,
    InstallationChanged,
    RepositoryGone,
    TextEdited,
    ThreadOpened,
)
from bot.core.git_values import Reaction
from bot.core.grammar import find_commands
from bot.core.identity import Thread
from bot.core.requests import Request
from bot.core.runs import Failure
from bot.dispatch import Found, Outcome, addressed_to_us, carry_out, judge
from bot.errors import BotError, Transient, UserError
from bot.jobs.hands import Turns
from bot.policies import tell_problems
from bot.remarks import remove_doubles, reply_once
from bot.report import first, react_to_command
from bot.services import Services
from bot.store.port import CommandRow, Delivery, DeliveryStatus, NewCommand

LEASE_S = 20.0
_MOST_ATTEMPTS = 12
_turns = Turns()

_log = structlog.get_logger(__name__)


def take_in(services: Services, delivery_id: str) -> None:
    """Work on a delivery until it is settled, or put it off until its forge answers."""
    deliveries = services.store.deliveries
    delivery = deliveries.begin(delivery_id, lease_s=LEASE_S)
    if delivery is None:
        return
    log = _log.bind(delivery=delivery.delivery_id, forge=delivery.forge, kind=delivery.kind)
    if delivery.attempts > _MOST_ATTEMPTS:
        # Put off so often it would have failed; so its workers ended over it, without a word.
        deliveries.settle(delivery.id, DeliveryStatus.FAILED, "workers_lost")
        log.error("delivery_given_up")
        return
    try:
        note = _handle(services, delivery)
    except Transient as exc:
        _put_off(services, delivery, exc)
        log.info("delivery_put_off", reason=exc.reason)
    except BotError as exc:
        deliveries.settle(delivery.id, DeliveryStatus.FAILED, f"{exc.reason}: {exc.message}")
        log.warning("delivery_failed", reason=exc.reason)
    except Exception as exc:
        deliveries.settle(delivery.id, DeliveryStatus.FAILED, f"internal: {type(exc).__name__}")
        log.exception("delivery_broken")
    else:
        deliveries.settle(delivery.id, DeliveryStatus.DONE, note)
        log.info("delivery_done", note=note)


def _put_off(services: Services, delivery: Delivery, problem: Transient) -> None:
    note = f"{problem.reason}: {problem.message}"
    if delivery.attempts >= _MOST_ATTEMPTS:
        services.store.deliveries.settle(delivery.id, DeliveryStatus.FAILED, note)
        return
    wait_s = delay_s(delivery.attempts, asked_s=problem.retry_after_s)
    services.store.deliveries.postpone(delivery.id, retry_in_s=wait_s, note=note)


def _handle(services: Services, delivery: Delivery) -> str:
    forge = services.forge(delivery.forge)
    event = forge.read_event(delivery.kind, _payload(delivery))
    match event:
        case CommentAdded() | ThreadOpened():
            return _listen(services, delivery, event)
        case TextEdited():
            return _shrug_at_edit(services, event)
        case InstallationChanged():
            return _follow_installation(services, event)
        case RepositoryGone():
            return f"{len(event.repository_ids)} repositories gone"
        case None:
            return "nothing listens to this"


def _payload(delivery: Delivery) -> Mapping[str, object]:
    try:
        payload = json.loads(delivery.body or b"")
    except (ValueError, RecursionError) as exc:
        raise UserError("The body is no JSON.", reason="unreadable_payload") from exc
    if not isinstance(payload, dict):
        raise UserError("The body is no JSON object.", reason="unreadable_payload")
    return payload


def _find(services: Services, text: str) -> Found:
    return find_commands(text, name=services.settings.name)


def _listen(services: Services, delivery: Delivery, event: CommentAdded | ThreadOpened) -> str:
    found = _find(services, event.text)
    if not found:
        return "no command"
    author = event.author
    # Deliveries are worked on side by side, and how often somebody was answered is counted.
    with _turns.of((author.forge, author.account_id)):
        return _obey(services, delivery, event, found)


def _obey(
    services: Services, delivery: Delivery, event: CommentAdded | ThreadOpened, found: Found
) -> str:
    comment_id = event.comment_id if isinstance(event, CommentAdded) else None
    _remember_organisation(services, event.thread)
    row, new = services.store.commands.add(
        NewCommand(
            key=command_key(event.thread, comment_id),
            actor=event.author,
            thread=event.thread,
            comment_id=comment_id,
            source=found[0].source,
            delivery=delivery.id,
        )
    )
    if not new and not _may_go_on(services, row, delivery):
        return f"the command is known: {row.outcome or 'being worked on'}"
    if row.run_id is not None:
        return _feed_back(services, row.run_id)
    request = Request(
        command_id=row.id,
        actor=event.author,
        thread=event.thread,
        comment_id=comment_id,
        found=found,
    )
    return _settle(services, request)


def command_key(thread: Thread, comment_id: str | None) -> str:
    """What makes a command unique for ever, whatever delivery brought it."""
    repository = thread.repository
    place = f"comment:{comment_id}" if comment_id else f"thread:{thread.number}"
    return f"{repository.forge}:{repository.id}:{place}"


def _may_go_on(services: Services, row: CommandRow, delivery: Delivery) -> bool:
    """Whether a command that is known was left unfinished, and it falls to us to finish it."""
    if row.delivery == delivery.id:
        return row.outcome is None or row.run_id is not None
    if row.outcome is not None or row.delivery is None:
        return False
    other = services.store.deliveries.get(row.delivery)
    return other is None or other.status is DeliveryStatus.FAILED


def _settle(services: Services, request: Request) -> str:
    judged = judge(services, request)
    if judged.in_force is not None:
        tell_problems(services, request.thread, judged.in_force)
    outcome = carry_out(services, request, judged.decision)
    if outcome.run is not None:
        return _feed_back(services, outcome.run.id)
    _answer(services, request, outcome)
    services.store.commands.settle(request.command_id, outcome.reason)
    return outcome.reason


def _answer(services: Services, request: Request, outcome: Outcome) -> None:
    try:
        if outcome.reply is not None:
            owner = f"command:{request.command_id}"
            reply_once(services, request.thread, owner, outcome.reply)
        elif outcome.shrug:
            _react(services, request.thread, request.comment_id)
    except UserError as exc:
        # The thread is locked, or we may not write there: nobody can be told.
        _log.info("answer_refused", command=request.command_id, reason=exc.reason)


def _feed_back(services: Services, run_id: str) -> str:
    run = services.store.runs.get(run_id)
    if run is None:
        return "the run is gone"
    if not run.status.is_final:
        first(services, run)
        services.queue.run(run.id)
    elif run.thread is not None:
        # Taken up again after a kill, which may have come before the reaction, or right after a
        # late comment.
        react_to_command(services, run)
        remove_doubles(services, run.thread, f"run:{run.id}")
    return f"run {run.short_id}"


def _shrug_at_edit(services: Services, event: TextEdited) -> str:
    """An edit is never run; one reaction says that it was seen."""
    ours = services.forge(event.thread.repository.forge).me()
    if event.author.is_bot or event.author.is_same_as(ours):
        return "edited by a bot"
    if not addressed_to_us(services, event.thread, _find(services, event.text)):
        return "no command"
    try:
        _react(services, event.thread, event.comment_id)
    except UserError as exc:
        return f"an edit is not run, and could not be reacted to: {exc.reason}"
    return "an edit is not run"


def _react(services: Services, thread: Thread, comment_id: str | None) -> None:
    forge = services.forge(thread.repository.forge)
    forge.react(thread, comment_id, Reaction.CONFUSED)


def _remember_organisation(services: Services, thread: Thread) -> None:
    repository = thread.repository
    known = services.store.organisations.seen(
        repository.forge,
        repository.owner_id,
        repository.owner,
        is_person=repository.owner_is_person,
        installation=repository.installation,
    )
    if known.suspended or known.removed_at:
        # A forge seldom tells what happens where we are not in force: an event may be missing.
        _bring_up_to_date(services, known.forge, known.installation, known.login)


def _bring_up_to_date(services: Services, forge: str, installation: str, login: str) -> str:
    """Record how a grant stands by what the forge says now.

    What an event says may be long over: they come in any order, and again, perhaps under a new
    delivery id.
    """
    organisations = services.store.organisations
    grant = services.forge(forge).grant(installation)
    if grant is None:
        organisations.remove(forge, installation)
        _stop_runs(services, forge, installation, login, "removed")
        return "removed"
    organisations.installed(
        forge, grant.account_id, grant.login, is_person=grant.is_person, installation=installation
    )
    organisations.suspend(forge, installation, suspended=grant.suspended)
    if grant.suspended:
        _stop_runs(services, forge, installation, grant.login, "suspended")
        return "suspended"
    return "in force"


def _follow_installation(services: Services, event: InstallationChanged) -> str:
    stands = _bring_up_to_date(services, event.forge, event.installation, event.login)
    return f"installation {event.action}: it is {stands}"


def _stop_runs(services: Services, forge: str, installation: str, login: str, what: str) -> None:
    failure = Failure(
        reason=f"installation_{what}",
        message=f"The app was {what} for {login}.",
        remedy="Put it back in force there, then write `/retry`.",
    )
    services.store.runs.stop_of_installation(forge, installation, failure)
