"""``firstcommit replay``: deliveries that failed, and taking them in again."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from bot.console.opening import opened
from bot.console.parser import Commands
from bot.console.plain import moment, printable
from bot.console.tables import aligned
from bot.errors import UserError
from bot.settings import Settings
from bot.store.port import Delivery, DeliveryFilter, DeliveryStatus

if TYPE_CHECKING:
    from bot.services import Services

_LOOKED_AT = 1000
_HAVE_FAILED = DeliveryFilter(status=DeliveryStatus.FAILED)


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
    from bot.replaying import as_new, once_more

    services = opened(settings)
    if options.delivery is None:
        print(_failed(services) or "No delivery has failed.")
        return 0
    delivery = _named(services, options.delivery)
    taken = as_new(services, delivery) if options.again else once_more(services, delivery)
    when = "now" if taken.queued else "as soon as a worker finds it: the queue is away"
    what = "as a new command" if options.again else "again"
    print(f"Delivery {delivery.delivery_id} is taken in {what}, {when}.")
    return 0


def _failed(services: Services) -> str:
    rows = [
        (one.id, one.delivery_id, one.forge, one.kind, moment(one.received_at), printable(one.note))
        for one in services.store.deliveries.listed(_HAVE_FAILED, limit=_LOOKED_AT).items
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
