"""The App's webhook: its configuration and its deliveries, which the emulator lacks.

https://docs.github.com/rest/apps/webhooks
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.e2e.exchange import NOT_FOUND, Answer, Request, answer
from tests.e2e.site import Site, route

if TYPE_CHECKING:
    from tests.e2e.hooks import Delivery, Hooks


def show_configuration(site: Site, request: Request) -> Answer:
    return answer(
        200,
        {
            "content_type": "json",
            "insecure_ssl": "0",
            "secret": "********",
            "url": _hooks(site).target,
        },
    )


def list_deliveries(site: Site, request: Request) -> Answer:
    """Newest first."""
    return answer(200, [_shown(each) for each in reversed(_hooks(site).deliveries)])


def show_delivery(site: Site, request: Request, delivery: str) -> Answer:
    found = _found(site, int(delivery))
    if found is None:
        return NOT_FOUND
    content = {"headers": {"X-GitHub-Event": found.event}, "payload": found.payload}
    replied = {"headers": {}, "payload": ""}
    url = {"url": _hooks(site).target}
    return answer(200, {**_shown(found), **url, "request": content, "response": replied})


def redeliver(site: Site, request: Request, delivery: str) -> Answer:
    found = _found(site, int(delivery))
    if found is None:
        return NOT_FOUND
    _hooks(site).redeliver(found)
    return answer(202, {})


def _hooks(site: Site) -> Hooks:
    assert site.hooks is not None
    return site.hooks


def _found(site: Site, number: int) -> Delivery | None:
    return next((each for each in _hooks(site).deliveries if each.number == number), None)


def _shown(delivery: Delivery) -> dict[str, Any]:
    payload = delivery.payload
    answered = delivery.status_code
    return {
        "id": delivery.number,
        "guid": delivery.guid,
        "delivered_at": delivery.delivered_at,
        "redelivery": delivery.redelivery,
        "duration": 0.1,
        "status": "OK" if 200 <= answered < 300 else f"Invalid HTTP Response: {answered}",
        "status_code": answered,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": payload.get("installation", {}).get("id"),
        "repository_id": payload.get("repository", {}).get("id"),
    }


ROUTES = (
    route("GET", "/app/hook/config", show_configuration),
    route("GET", "/app/hook/deliveries", list_deliveries),
    route("GET", "/app/hook/deliveries/{delivery#}", show_delivery),
    route("POST", "/app/hook/deliveries/{delivery#}/attempts", redeliver),
)
