"""Webhook deliveries, for whoever operates the server: looked at, and taken in again."""

from __future__ import annotations

from datetime import datetime

from flask import Response, request
from pydantic import BaseModel, Field

from bot.core.access_scopes import Scope
from bot.errors import UserError
from bot.replaying import as_new, once_more
from bot.store.port import Delivery, DeliveryFilter, DeliveryStatus
from bot.web.api import rights
from bot.web.api.answering import answer, listing
from bot.web.api.forms import WORD
from bot.web.api.operation import Call, Needs, Operation, Paging, Strict
from bot.web.api.requesting import idempotency_key, who

GROUP = "Deliveries"


class DeliveryAnswer(BaseModel):
    """What a forge told us, without its body."""

    id: str
    forge: str
    delivery_id: str = Field(description="As the forge calls it, such as `X-GitHub-Delivery`.")
    kind: str = Field(
        description="The event, as `X-GitHub-Event` named it; `again:` stands before that of one "
        "whose words were had as a new command."
    )
    status: DeliveryStatus
    attempts: int
    note: str = Field(description="What came of it, or why it failed.")
    body_sha256: str
    received_at: datetime


class WholeDeliveryAnswer(DeliveryAnswer):
    """One delivery. Of its headers, what names it and its event is kept, and nothing else."""

    body_size: int | None = Field(description="Bytes; null once the body is no longer kept.")


class DeliveryPage(BaseModel):
    """Some deliveries, newest first."""

    items: list[DeliveryAnswer]
    next: str | None


class DeliveryQuery(Paging):
    """Which deliveries."""

    status: DeliveryStatus | None = None
    forge: str = Field("", max_length=32, pattern=WORD)
    kind: str = Field("", max_length=100, pattern=WORD, description="The event, to the letter.")


class ReplayBody(Strict):
    """How to have it again."""

    again: bool = Field(
        False,
        description="As a new command as of now, also where it was carried out before. Without "
        "it, only a delivery that failed is had again, as the same command.",
    )


class ReplayAnswer(BaseModel):
    """The delivery that is taken in."""

    id: str = Field(description="With `again` that of a new one.")
    queued: bool = Field(description="Else it is found before long: the queue is away.")


def _shape(delivery: Delivery) -> dict[str, object]:
    return {
        "id": delivery.id,
        "forge": delivery.forge,
        "delivery_id": delivery.delivery_id,
        "kind": delivery.kind,
        "status": str(delivery.status),
        "attempts": delivery.attempts,
        "note": delivery.note,
        "body_sha256": delivery.body_sha256,
        "received_at": delivery.received_at,
    }


def _list(call: Call) -> Response:
    rights.operator(call)
    query: DeliveryQuery = call.query
    wanted = DeliveryFilter(forge=query.forge, kind=query.kind, status=query.status)
    deliveries = call.services.store.deliveries
    return listing(
        call.services,
        query,
        "deliveries",
        lambda after, limit: deliveries.listed(wanted, after=after, limit=limit),
        _shape,
    )


def _get(call: Call) -> Response:
    delivery = _delivery(call)
    size = None if delivery.body is None else len(delivery.body)
    return answer({**_shape(delivery), "body_size": size})


def _body(call: Call) -> Response:
    delivery = _delivery(call)
    if delivery.body is None:
        raise UserError("The body of this delivery is no longer kept.", reason="body_gone")
    # It is somebody else's text, and nothing that a browser may run.
    response = Response(delivery.body, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = "inline"
    response.set_etag(delivery.body_sha256)
    response.make_conditional(request)
    return response


def _replay(call: Call) -> Response:
    delivery = _delivery(call)
    if call.body.again:
        given = idempotency_key()
        key = None if given is None else f"{who(call)}:{given}"
        replayed = as_new(call.services, delivery, key=key)
    else:
        replayed = once_more(call.services, delivery)
    told = {"id": replayed.id, "queued": replayed.queued}
    return answer(told, 202, location=f"/api/v1/deliveries/{replayed.id}")


def _delivery(call: Call) -> Delivery:
    rights.operator(call)
    found = call.services.store.deliveries.get(call.path["id"])
    if found is None:
        raise UserError("There is no such delivery.", reason="unknown_delivery")
    return found


OPERATIONS = (
    Operation(
        method="GET",
        address="/deliveries",
        name="list_deliveries",
        group=GROUP,
        summary="List webhook deliveries, newest first",
        needs=Needs.OPERATOR,
        scope=Scope.OPERATE,
        query=DeliveryQuery,
        gives={200: DeliveryPage},
        view=_list,
    ),
    Operation(
        method="GET",
        address="/deliveries/<uuid:id>",
        name="get_delivery",
        group=GROUP,
        summary="One delivery",
        needs=Needs.OPERATOR,
        scope=Scope.OPERATE,
        gives={200: WholeDeliveryAnswer},
        view=_get,
    ),
    Operation(
        method="GET",
        address="/deliveries/<uuid:id>/body",
        name="read_delivery",
        group=GROUP,
        summary="The body of a delivery, byte for byte",
        description="Always as `text/plain`. Bodies are kept for 30 days.",
        needs=Needs.OPERATOR,
        scope=Scope.OPERATE,
        gives={200: "text/plain"},
        view=_body,
    ),
    Operation(
        method="POST",
        address="/deliveries/<uuid:id>/replay",
        name="replay_delivery",
        group=GROUP,
        summary="Take a delivery in again",
        description="It is checked anew: what was allowed when it came may be refused by now.",
        needs=Needs.OPERATOR,
        scope=Scope.OPERATE,
        body=ReplayBody,
        body_is_optional=True,
        gives={202: ReplayAnswer},
        creates=True,
        view=_replay,
    ),
)
