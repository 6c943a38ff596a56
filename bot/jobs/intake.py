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
    CheckEnded,
    CommentAdded,
    InstallationChanged,
    RepositoryGone,
    TextEdited,
    ThreadOpened,
)
from bot.core.requests import SECRET_IN_THREAD
from bot.dispatch import addressed_to_us
from bot.errors import BotError, Transient, UserError
from bot.jobs.grants import bring_up_to_date
from bot.jobs.listening import Heard, find, listen, shrug_at
from bot.jobs.mending import mend_unasked
from bot.onboarding import Account, welcome
from bot.replaying import AGAIN
from bot.services import Services
from bot.store.port import Delivery, DeliveryStatus

LEASE_S = 20.0
_MOST_ATTEMPTS = 12

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
        if note.endswith(SECRET_IN_THREAD):
            deliveries.forget_body(delivery.id)
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
    event = forge.read_event(delivery.kind.removeprefix(AGAIN), _payload(delivery))
    match event:
        case CommentAdded() | ThreadOpened():
            return listen(services, _heard(delivery, event)).note
        case TextEdited():
            return _shrug_at_edit(services, event)
        case InstallationChanged():
            return _follow_installation(services, event)
        case CheckEnded():
            return mend_unasked(services, event, delivery.id)
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


def _heard(delivery: Delivery, event: CommentAdded | ThreadOpened) -> Heard:
    # No forge can say this: the door lets no event of such a name in.
    again = delivery.kind.startswith(AGAIN)
    key = f"delivery:{delivery.forge}:{delivery.delivery_id}" if again else None
    return Heard(event=event, delivery=delivery.id, key=key)


def _shrug_at_edit(services: Services, event: TextEdited) -> str:
    """An edit is never run; one reaction says that it was seen."""
    ours = services.forge(event.thread.repository.forge).me()
    if event.author.is_bot or event.author.is_same_as(ours):
        return "edited by a bot"
    if not addressed_to_us(services, event.thread, find(services, event.text)):
        return "no command"
    try:
        shrug_at(services, event.thread, event.comment_id)
    except UserError as exc:
        return f"an edit is not run, and could not be reacted to: {exc.reason}"
    return "an edit is not run"


def _follow_installation(services: Services, event: InstallationChanged) -> str:
    stands = bring_up_to_date(services, event.forge, event.installation, event.login)
    note = f"installation {event.action}: it is {stands}"
    known = services.store.organisations.find(event.forge, event.account_id)
    if stands != "in force" or known is None or known.installation != event.installation:
        return note
    account = Account(
        forge=known.forge,
        account_id=known.account_id,
        login=known.login,
        installation=known.installation,
    )
    return f"{note}; {welcome(services, account)}"
