"""Outgoing webhooks and what they were told, as the API shows and takes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.core.hooks import HookDeliveryStatus, HookKind
from bot.store.port import Hook, HookDelivery
from bot.web.api.forms import HTTP_URL
from bot.web.api.operation import Strict


class HookAnswer(BaseModel):
    """Where somebody wants to hear of projects."""

    id: str
    url: str
    kinds: list[HookKind] = Field(description="Empty: everything.")
    organisation_id: str | None = Field(description="Of whose projects it hears; else one's own.")
    active: bool
    off_reason: str = Field(description="Why it is not active.")
    failing_since: datetime | None
    created_by: str
    created_at: datetime
    updated_at: datetime


class MadeHookAnswer(HookAnswer):
    """A hook with the secret that signs what it is sent."""

    secret: str = Field(description="`whsec_…`. It is shown this once.")


class HookPage(BaseModel):
    """Some hooks, newest first."""

    items: list[HookAnswer]
    next: str | None


class HookDeliveryAnswer(BaseModel):
    """Something that a hook was told, or is to be."""

    id: str
    hook_id: str
    kind: str
    status: HookDeliveryStatus
    attempts: int
    due_at: datetime | None
    answered: int | None = Field(description="The status of the last answer.")
    note: str
    body: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None


class HookDeliveryPage(BaseModel):
    """Some deliveries, newest first."""

    items: list[HookDeliveryAnswer]
    next: str | None


class NewHook(Strict):
    """Where to tell of what."""

    url: str = Field(max_length=2008, pattern=HTTP_URL, examples=["https://example.com/hook"])
    kinds: list[HookKind] = Field([], max_length=20, description="Empty: everything.")
    organisation_id: str | None = Field(
        None, max_length=36, description="Of whose projects; one needs to own it. Else one's own."
    )


class HookChange(Strict):
    """What is to be otherwise. What is left out stays."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    url: str | None = Field(
        None, max_length=2008, pattern=HTTP_URL, examples=["https://example.com/hook"]
    )
    kinds: list[HookKind] | None = Field(None, max_length=20)
    active: bool | None = Field(None, description="On again: it forgets that it was failing.")

    @model_validator(mode="after")
    def _says_something(self) -> HookChange:
        if not self.model_fields_set:
            raise ValueError("give url, kinds or active")
        return self


def hook_shape(hook: Hook) -> dict[str, object]:
    """A hook as data."""
    return {
        "id": hook.id,
        "url": hook.url,
        "kinds": [str(kind) for kind in hook.kinds],
        "organisation_id": hook.organisation_id,
        "active": hook.is_active,
        "off_reason": hook.off_reason,
        "failing_since": hook.failing_since,
        "created_by": hook.created_by,
        "created_at": hook.created_at,
        "updated_at": hook.updated_at,
    }


def delivery_shape(delivery: HookDelivery) -> Mapping[str, object]:
    """Something that a hook was sent, or is to be."""
    return {
        "id": delivery.id,
        "hook_id": delivery.hook_id,
        "kind": delivery.kind,
        "status": str(delivery.status),
        "attempts": delivery.attempts,
        "due_at": delivery.due_at,
        "answered": delivery.answered,
        "note": delivery.note,
        "body": delivery.body,
        "created_at": delivery.created_at,
        "finished_at": delivery.finished_at,
    }
