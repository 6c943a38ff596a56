"""``firstcommit replay``: deliveries that failed, and taking them in again."""

from __future__ import annotations

import argparse
import itertools
from typing import TYPE_CHECKING

from bot.console.opening import opened
from bot.console.parser import Commands
from bot.console.plain import moment, printable
from bot.console.tables import aligned
from bot.errors import UserError
from bot.settings import Settings
from bot.store.port import Claim, Delivery, DeliveryStatus

if TYPE_CHECKING:
    from bot.services import Services

_LOOKED_AT = 1000


def add_to(commands: Commands) -> None:
    """Tell the parser what there is to do with deliveries."""
    replay = commands.add("replay", _replay, "Take a failed delivery in again.")
    replay.add_argument(
        "delivery",
        metavar="DELIVERY",
        nargs="?",
        help="its id, ours or the forge's; without one, those that failed are listed",
    )
    replay.add_argument(
        "--again",
        action="store_true",
        help="take its words as a new command as of now, also where it was carried out before",
    )


def _replay(settings: Settings, options: argparse.Namespace) -> int:
    services = opened(settings)
    if options.delivery is None:
        print(_failed(services) or "No delivery has failed.")
        return 0
    delivery = _named(services, options.delivery)
    received = _as_new(services, delivery) if options.again else _once_more(services, delivery)
    queued = services.queue.intake(received)
    when = "now" if queued else "as soon as a worker finds it: the queue is away"
    what = "as a new command" if options.again else "again"
    print(f"Delivery {delivery.delivery_id} is taken in {what}, {when}.")
    return 0


def _failed(services: Services) -> str:
    rows = [
        (one.id, one.delivery_id, one.forge, one.kind, moment(one.received_at), printable(one.note))
        for one in services.store.deliveries.recent(limit=_LOOKED_AT)
        if one.status is DeliveryStatus.FAILED
    ]
    return aligned(rows, head=("ID", "DELIVERY", "FORGE", "EVENT", "RECEIVED", "WHY"))


def _named(services: Services, text: str) -> Delivery:
    """The delivery of that id, with its body."""
    deliveries = services.store.deliveries
    found = next(
        (one for one in deliveries.recent(limit=_LOOKED_AT) if text in (one.id, one.delivery_id)),
        None,
    )
    whole = deliveries.get(found.id if found else text)
    if whole is None:
        raise UserError(
            f"There is no delivery {text[:80]!a}.",
            reason="unknown_delivery",
            remedy="`firstcommit replay` lists those that failed.",
        )
    return whole


def _once_more(services: Services, delivery: Delivery) -> str:
    """Have a failed delivery wait again, as the same commands as before."""
    if delivery.status is not DeliveryStatus.FAILED:
        raise UserError(
            f"Delivery {delivery.delivery_id} has not failed: it is {delivery.status}.",
            reason="not_failed",
            remedy="--again takes its words as a new command.",
        )
    return _claim(services, delivery, delivery.delivery_id, delivery.kind).id


def _as_new(services: Services, delivery: Delivery) -> str:
    """Have the words of a delivery wait under a name that no other attempt has had."""
    from bot.jobs.intake import AGAIN

    if delivery.status not in (DeliveryStatus.FAILED, DeliveryStatus.DONE):
        raise UserError(
            f"Delivery {delivery.delivery_id} is {delivery.status}.",
            reason="not_settled",
            remedy="Only a delivery that was carried out or has failed can be had again.",
        )
    kind = f"{AGAIN}{delivery.kind.removeprefix(AGAIN)}"
    for attempt in itertools.count(1):
        # An attempt that failed before it was carried out is had again; no other is.
        claim = _claim(services, delivery, f"{delivery.id}:{attempt}", kind)
        if claim.fresh:
            return claim.id
    raise AssertionError("there is always another number")


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
