"""Sending what is due to a hook, one delivery after the other.

Safe to be called any number of times: a delivery belongs to one sender by a short lease. One that
was sent by a sender that was killed before it said so is sent again, under the same id.
"""

from __future__ import annotations

import random
import time

import structlog

from bot.core.hooks import (
    MOST_ATTEMPTS,
    HookDeliveryStatus,
    HookOutcome,
    after_answer,
    after_problem,
)
from bot.core.origins import read_url
from bot.errors import BotError
from bot.hooks import body_bytes, signed_headers
from bot.services import Services
from bot.store.port import Sending

#: Longer than a call may take.
LEASE_S = 20.0
#: For so long one hook may have a hand before others get their turn.
_TURN_S = 5.0

_log = structlog.get_logger(__name__)


def send_due(services: Services, hook_id: str) -> None:
    """Send what is due to a hook, in order, until nothing is or its turn is over."""
    until = time.monotonic() + _TURN_S
    try:
        while time.monotonic() < until:
            sending = services.store.hook_deliveries.take(hook_id, lease_s=LEASE_S)
            if sending is None:
                return
            _settle(services, sending, _send(services, sending))
    except BotError as exc:
        # What was taken is taken again when its lease has lapsed.
        _log.warning("hook_left", hook=hook_id, reason=exc.reason)


def _send(services: Services, sending: Sending) -> HookOutcome:
    if sending.delivery.attempts > MOST_ATTEMPTS:
        # The last one that may be was not settled; so its senders ended over it, without a word.
        return HookOutcome(status=HookDeliveryStatus.FAILED, note="Its senders were lost.")
    attempt, failing_for_s = sending.delivery.attempts, sending.failing_for_s
    chance = random.random()  # noqa: S311 - nobody gains anything by guessing it
    try:
        body = body_bytes(sending.delivery)
        headers = signed_headers(services.keys, sending, body, services.clock())
        answer = services.hook_sender.send(sending.hook.url, headers, body)
    except BotError as exc:
        problem = f"{exc.reason}: {exc.message}"
    except Exception as exc:
        _log.exception("hook_broken", hook=sending.hook.id)
        problem = f"internal: {type(exc).__name__}"
    else:
        return after_answer(answer, attempt=attempt, failing_for_s=failing_for_s, chance=chance)
    return after_problem(problem, attempt=attempt, failing_for_s=failing_for_s, chance=chance)


def _settle(services: Services, sending: Sending, outcome: HookOutcome) -> None:
    delivery = sending.delivery
    is_last = services.store.hook_deliveries.settle(delivery.id, delivery.attempts, outcome)
    log = _log.bind(
        hook=sending.hook.id,
        delivery=delivery.id,
        kind=delivery.kind,
        # The rest of the address may be secret.
        origin=_origin(sending.hook.url),
        attempt=delivery.attempts,
    )
    if not is_last:
        log.info("hook_settled_by_another")
    elif outcome.off_reason:
        log.warning("hook_switched_off", reason=outcome.off_reason)
    elif outcome.status is HookDeliveryStatus.DELIVERED:
        log.info("hook_delivered", answered=outcome.answered)
    elif outcome.retry_in_s is not None:
        log.info("hook_put_off", note=outcome.note, retry_in_s=round(outcome.retry_in_s))
    else:
        log.warning("hook_given_up", note=outcome.note)


def _origin(url: str) -> str:
    try:
        return str(read_url(url).origin)
    except BotError:
        return ""
