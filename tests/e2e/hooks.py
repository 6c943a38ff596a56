"""Webhooks: what the emulator sends, mended, signed and carried to the product.

https://docs.github.com/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.e2e.documents import mend
from tests.e2e.mended.threads import links_of
from tests.e2e.site import Site

HOOK_ID = 55001
#: GitHub gives up after ten seconds and does not try again by itself.
TIMEOUT_S = 10
NOBODY = 0
SECONDS = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(kw_only=True)
class Delivery:
    """One delivery; ``status_code`` is 0 until, and unless, the product answered."""

    guid: str
    event: str
    payload: dict[str, Any]
    body: bytes
    number: int
    redelivery: bool = False
    delivered_at: str = field(default_factory=lambda: datetime.now(UTC).strftime(SECONDS))
    status_code: int = NOBODY

    @property
    def action(self) -> str | None:
        return self.payload.get("action")


def signature_of(body: bytes, secret: str) -> str:
    """The value of ``X-Hub-Signature-256``."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers_of(event: str, body: bytes, *, guid: str, secret: str) -> dict[str, str]:
    """All headers that GitHub sends with a delivery."""
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/e2e",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": str(HOOK_ID),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature-256": signature_of(body, secret),
    }


@dataclass(kw_only=True)
class Hooks:
    """The App's webhook. Deliveries are kept whether or not somebody listens."""

    site: Site
    target: str = ""
    deliveries: list[Delivery] = field(default_factory=list)
    #: Deliveries that are kept but not sent, as if the network had lost them.
    losing: bool = False
    _waiting: queue.Queue[Delivery | None] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._carry_all, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join(TIMEOUT_S + 1)

    def take(self, event: str, payload: Mapping[str, Any]) -> None:
        """Mend what the emulator sent and pass it on; returns at once."""
        mended = mend(self.site, _completed(self.site, event, dict(payload)))
        if mended.get("installation", {}).get("id") in self._silent():
            return
        self.emit(event, mended)

    def emit(self, event: str, payload: Mapping[str, Any]) -> Delivery:
        """Send a delivery of the App's webhook, signed, under a new id; returns at once."""
        body = json.dumps(payload).encode()
        delivery = Delivery(
            guid=str(uuid.uuid4()),
            event=event,
            payload=dict(payload),
            body=body,
            number=next(self.site.numbers),
        )
        self._send(delivery)
        return delivery

    def redeliver(self, delivery: Delivery) -> Delivery:
        """The same body under the same id once more."""
        again = Delivery(
            guid=delivery.guid,
            event=delivery.event,
            payload=delivery.payload,
            body=delivery.body,
            number=next(self.site.numbers),
            redelivery=True,
        )
        self._send(again)
        return again

    def _send(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        if not self.losing:
            self._waiting.put(delivery)

    def _silent(self) -> set[int]:
        return set(self.site.suspended) | self.site.uninstalled

    def _carry_all(self) -> None:
        with httpx.Client(timeout=TIMEOUT_S, trust_env=False, verify=False) as client:
            while (delivery := self._waiting.get()) is not None:
                self._carry(client, delivery)

    def _carry(self, client: httpx.Client, delivery: Delivery) -> None:
        if not self.target:
            return
        secret = self.site.world.app.webhook_secret
        headers = headers_of(delivery.event, delivery.body, guid=delivery.guid, secret=secret)
        try:
            answered = client.post(self.target, content=delivery.body, headers=headers)
        except httpx.TransportError:
            return
        delivery.status_code = answered.status_code


def _completed(site: Site, event: str, payload: dict[str, Any]) -> dict[str, Any]:
    repository = payload.get("repository")
    if not repository:
        return payload
    # A webhook's repository says nothing about what its reader may do.
    payload["repository"] = {k: v for k, v in repository.items() if k != "permissions"}
    if repository["owner"]["type"] == "Organization":
        payload["organization"] = repository["owner"]
    if event == "issue_comment" and payload.get("issue"):
        _say_if_it_is_a_change(site, payload)
    if event == "repository" and repository["full_name"].lower() in site.made_by_app:
        payload["sender"] = site.bot
    if event == "create":
        payload["ref"] = payload["ref"].removeprefix("refs/heads/").removeprefix("refs/tags/")
        payload["pusher_type"] = "user"
    if event == "push":
        payload |= {"created": False, "deleted": False, "base_ref": None, "commits": []}
        payload["pusher"] = {"name": payload["sender"]["login"]}
    return payload


def _say_if_it_is_a_change(site: Site, payload: dict[str, Any]) -> None:
    owner = payload["repository"]["owner"]["login"]
    path = f"/repos/{payload['repository']['full_name']}/pulls/{payload['issue']['number']}"
    change = site.get(path, as_owner_of=owner)
    if change:
        merged = {"merged_at": change["merged_at"]}
        payload["issue"] = {**payload["issue"], "pull_request": {**links_of(change), **merged}}
