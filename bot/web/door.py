"""The door: what becomes of a webhook delivery, from its first header to its row.

No Flask in here, so that a command written on our own pages goes through the very same code
as one that a forge sends. In order: is there a door, is the body of a bearable size, does it
look signed, does the signature hold. Until then nothing is parsed, logged or told; afterwards:
is it JSON, does it have an id, does anybody listen, is it new.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import structlog

from bot.core.signatures import PREFIX, signature_holds
from bot.errors import BotError, DeliveryRefused, StoreUnavailable
from bot.services import Services
from bot.web.wanted import listener

MAX_BODY_BYTES = 26_214_400
"""GitHub sends at most 25 MB: https://docs.github.com/webhooks/webhook-events-and-payloads"""

STORE_PATIENCE_S = 5.0
"""GitHub hangs up after ten seconds, and an answer that nobody hears is a failed delivery with
no reason: https://docs.github.com/webhooks/using-webhooks/best-practices-for-using-webhooks"""

RETRY_AFTER_S = 10

_SIGNATURE = re.compile(re.escape(PREFIX) + "[0-9a-f]{64}")
_DELIVERY_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_EVENT = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_NO_ID = "X-GitHub-Delivery is missing or not an id of at most 100 letters, digits, and . _ : -"

log = structlog.get_logger(__name__)


class Headers(Protocol):
    """Header fields by name."""

    def get(self, name: str, /) -> str | None:
        """The field's value, or None."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the sender is told: nothing of what it sent. ``said`` is sent as JSON."""

    status: int
    said: Mapping[str, str]
    retry_after_s: int | None = None

    @cached_property
    def body(self) -> bytes:
        """``said`` in bytes."""
        return json.dumps(self.said).encode() + b"\n"


IGNORED = Answer(status=202, said={"status": "ignored"})
PONG = Answer(status=202, said={"status": "pong"})
DUPLICATE = Answer(status=202, said={"status": "duplicate"})
UNAVAILABLE = Answer(
    status=503,
    said={"status": "refused", "reason": "store_unavailable", "message": "Send it again later."},
    retry_after_s=RETRY_AFTER_S,
)


def _uncounted(_forge: str, _outcome: str) -> None:
    return


class Door:
    """Takes deliveries in for the forges that this server is configured for."""

    def __init__(
        self, services: Services, *, count: Callable[[str, str], None] = _uncounted
    ) -> None:
        """Args:
        count: Called once for each delivery with the forge and an outcome: a short word.
        """
        settings = services.settings
        self._services = services
        self._count = count
        self._listens = listener(settings.name)
        self._secrets: dict[str, tuple[str, ...]] = {}
        if settings.github_webhook_secrets:
            self._secrets["github"] = settings.github_webhook_secrets
        if settings.local_forge_on:
            self._secrets["local"] = (services.keys.local_webhook_secret,)

    def receive(
        self,
        forge: str,
        headers: Headers,
        read_body: Callable[[int], bytes],
        content_length: int | None,
    ) -> Answer:
        """Take one delivery.

        Args:
            forge: The last part of the door's address.
            headers: Those of the request; names as GitHub sends them.
            read_body: Gives the body, or its first bytes up to the number given.
            content_length: As announced; None where the body comes in chunks.

        Raises:
            BotError: Only where something is broken in here; the delivery is not stored then.
        """
        try:
            body = self._verified(forge, headers, read_body, content_length)
            answer, outcome = self._taken(forge, headers, body)
        except DeliveryRefused as exc:
            return self.refuse(forge, exc)
        except StoreUnavailable:
            answer, outcome = UNAVAILABLE, "store_unavailable"
        if self.has(forge):
            self._count(forge, outcome)
        return answer

    def has(self, forge: str) -> bool:
        """Whether deliveries of that forge are taken at all."""
        return forge in self._secrets

    def reads(self, forge: str, headers: Headers, content_length: int | None) -> bool:
        """Whether a body matters; else `receive` refuses without it."""
        try:
            self._screened(forge, headers, content_length)
        except DeliveryRefused:
            return False
        return True

    def refuse(self, forge: str, why: DeliveryRefused) -> Answer:
        """Answer for a delivery whose body could not be had."""
        if self.has(forge):
            self._count(forge, why.reason)
        return _refusal(why)

    def _screened(
        self, forge: str, headers: Headers, content_length: int | None
    ) -> tuple[str, ...]:
        """The door's secrets, for what headers alone do not refuse."""
        if not self.has(forge):
            raise DeliveryRefused(404, "Nothing is here.", reason="not_found")
        if content_length is not None and content_length > MAX_BODY_BYTES:
            raise _too_large()
        if not _SIGNATURE.fullmatch(headers.get("X-Hub-Signature-256") or ""):
            raise _unsigned()
        return self._secrets[forge]

    def _verified(
        self,
        forge: str,
        headers: Headers,
        read_body: Callable[[int], bytes],
        content_length: int | None,
    ) -> bytes:
        secrets = self._screened(forge, headers, content_length)
        body = read_body(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
        if not signature_holds(body, headers.get("X-Hub-Signature-256"), secrets):
            raise _unsigned()
        return body

    def _taken(self, forge: str, headers: Headers, body: bytes) -> tuple[Answer, str]:
        content_type = headers.get("Content-Type") or ""
        if content_type.partition(";")[0].strip().lower() != "application/json":
            raise DeliveryRefused(
                415,
                "Choose application/json as the webhook's content type.",
                reason="not_json",
            )
        delivery_id = headers.get("X-GitHub-Delivery") or ""
        if not _DELIVERY_ID.fullmatch(delivery_id):
            raise DeliveryRefused(400, _NO_ID, reason="no_delivery_id")
        kind = headers.get("X-GitHub-Event") or ""
        if not _EVENT.fullmatch(kind):
            raise DeliveryRefused(400, "X-GitHub-Event is missing.", reason="no_event")
        if kind == "ping":
            return PONG, "pong"
        if not self._listens(kind, body):
            return IGNORED, "ignored"
        return self._stored(forge, delivery_id, kind, body)

    def _stored(self, forge: str, delivery_id: str, kind: str, body: bytes) -> tuple[Answer, str]:
        malformed = not _is_json_object(body)
        claim = self._services.store.deliveries.claim(
            forge=forge, delivery_id=delivery_id, kind=kind, body=body, malformed=malformed
        )
        outcome = "duplicate" if not claim.fresh else "malformed" if malformed else "accepted"
        log.info("delivery", outcome=outcome, forge=forge, kind=kind, delivery=claim.id)
        if outcome == "duplicate":
            return DUPLICATE, outcome
        if outcome == "accepted":
            self._enqueue(claim.id)
        return Answer(status=202, said={"status": outcome, "id": claim.id}), outcome

    def _enqueue(self, id: str) -> None:
        # The row is safe, and the sweep enqueues what the queue has not got: whatever goes
        # wrong here, refusing now would make the sender send it again for nothing.
        try:
            if not self._services.queue.intake(id):
                log.warning("delivery not enqueued", delivery=id)
        except BotError as exc:
            log.warning("delivery not enqueued", delivery=id, reason=exc.reason)
        except Exception:
            log.exception("delivery not enqueued", delivery=id)


def _is_json_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body.decode("utf-8")), dict)
    except (ValueError, RecursionError):
        return False


def _too_large() -> DeliveryRefused:
    return DeliveryRefused(413, "The body is larger than 25 MiB.", reason="too_large")


def _unsigned() -> DeliveryRefused:
    return DeliveryRefused(
        401, "X-Hub-Signature-256 does not hold.", reason="signature_does_not_hold"
    )


def _refusal(exc: DeliveryRefused) -> Answer:
    return Answer(
        status=exc.status,
        said={"status": "refused", "reason": exc.reason, "message": exc.message},
        retry_after_s=RETRY_AFTER_S if exc.status == 503 else None,
    )
