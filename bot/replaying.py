"""Deliveries taken in again: the same commands once more, or their words as a new command."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from bot.errors import UserError
from bot.services import Services
from bot.store.port import Claim, Delivery, DeliveryStatus

#: How the kind of a delivery begins whose words the operator wants to be a new command.
AGAIN = "again:"


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """The delivery that is to be taken in, and whether the queue has it: else the sweep finds it
    before long."""

    id: str
    queued: bool


def once_more(services: Services, delivery: Delivery) -> Replayed:
    """Have a failed delivery wait again, as the same commands as before.

    Raises:
        UserError: ``not_failed``, or ``body_gone``.
    """
    if delivery.status is not DeliveryStatus.FAILED:
        raise UserError(
            f"Delivery {delivery.delivery_id} has not failed: it is {delivery.status}.",
            reason="not_failed",
            remedy="`again` takes its words as a new command.",
        )
    claim = _claim(services, delivery, delivery.delivery_id, delivery.kind)
    return _queued(services, claim)


def as_new(services: Services, delivery: Delivery, *, key: str | None = None) -> Replayed:
    """Have the words of a delivery wait under a name that no other attempt has had.

    Args:
        key: Whoever asks again with the same one gets the same attempt; None: a new one each time.

    Raises:
        UserError: ``not_settled``, or ``body_gone``.
    """
    if delivery.status not in (DeliveryStatus.FAILED, DeliveryStatus.DONE):
        raise UserError(
            f"Delivery {delivery.delivery_id} is {delivery.status}.",
            reason="not_settled",
            remedy="Only a delivery that was carried out or has failed can be had again.",
        )
    kind = f"{AGAIN}{delivery.kind.removeprefix(AGAIN)}"
    for name in _names(key):
        # An attempt that failed before it was carried out is had again; no other is.
        claim = _claim(services, delivery, f"{delivery.id}:{name}", kind)
        if claim.fresh or key is not None:
            return _queued(services, claim)
    raise AssertionError("there is always another number")


def _names(key: str | None) -> Iterator[str]:
    if key is None:
        yield from map(str, itertools.count(1))
    else:
        yield f"key:{hashlib.sha256(key.encode()).hexdigest()}"


def _claim(services: Services, delivery: Delivery, delivery_id: str, kind: str) -> Claim:
    if delivery.body is None:
        raise UserError(
            f"The body of delivery {delivery.delivery_id} is no longer kept.",
            reason="body_gone",
            remedy="Bodies are kept for 30 days; have the comment written again.",
        )
    return services.store.deliveries.claim(
        forge=delivery.forge, delivery_id=delivery_id, kind=kind, body=delivery.body
    )


def _queued(services: Services, claim: Claim) -> Replayed:
    return Replayed(id=claim.id, queued=services.queue.intake(claim.id))
