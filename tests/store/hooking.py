"""Hooks that the tests of the store begin with."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from bot.core.hooks import HookDeliveryStatus, HookKind, HookOutcome
from bot.store.port import Hook, HookDelivery, NewHook, Sending, Store

DELIVERED = HookOutcome(status=HookDeliveryStatus.DELIVERED, answered=200)
GIVEN_UP = HookOutcome(status=HookDeliveryStatus.FAILED, answered=500, note="answered 500")
OFF = HookOutcome(status=HookDeliveryStatus.FAILED, answered=410, off_reason="Gone.")


def put_off(retry_in_s: float = 60.0, *, rest_s: float = 5.0) -> HookOutcome:
    return HookOutcome(
        status=HookDeliveryStatus.PENDING,
        answered=500,
        note="answered 500",
        retry_in_s=retry_in_s,
        rest_s=rest_s,
    )


def hook(
    store: Store,
    *,
    kinds: Sequence[HookKind] = (),
    organisation_id: str | None = None,
    home: str | None = None,
    url: str = "https://hooks.example/x",
) -> Hook:
    """A hook: of an organisation, a home, or of all."""
    return store.hooks.create(
        NewHook(
            id=str(uuid4()),
            organisation_id=organisation_id,
            home=home,
            url=url,
            kinds=kinds,
            sealed_secret="sealed",
            created_by="github:ada",
        )
    )


def told(store: Store, hook: Hook) -> Sequence[HookDelivery]:
    """What a hook is or was told, the oldest first."""
    return list(reversed(store.hook_deliveries.listed(hook.id)))


def taken(store: Store, hook: Hook, *, lease_s: float = 20) -> Sending:
    sending = store.hook_deliveries.take(hook.id, lease_s=lease_s)
    assert sending is not None
    return sending


def settled(store: Store, hook: Hook, outcome: HookOutcome) -> HookDelivery:
    """What is due next to a hook, sent and settled so."""
    sending = taken(store, hook)
    assert store.hook_deliveries.settle(sending.delivery.id, sending.delivery.attempts, outcome)
    found = store.hook_deliveries.get(sending.delivery.id)
    assert found is not None
    return found


def now(store: Store, hook: Hook) -> Hook:
    """The hook as it is recorded by now."""
    found = store.hooks.get(hook.id)
    assert found is not None
    return found
