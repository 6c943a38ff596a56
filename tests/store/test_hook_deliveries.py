"""Deliveries to hooks: one sender at a time, in order, again after a failure, and kept a while."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import update

from bot.core.hooks import HookDeliveryStatus
from bot.errors import UserError
from bot.store.engines import engines_for
from bot.store.models import HookRow
from bot.store.port import Store
from bot.store.session import Sessions
from tests.store.hooking import (
    DELIVERED,
    GIVEN_UP,
    OFF,
    hook,
    now,
    put_off,
    settled,
    taken,
    told,
)
from tests.store.making import all_at_once, queued

Advance = Callable[[float], None]


def test_what_happened_is_due_at_once_and_no_more_when_it_arrived(store: Store) -> None:
    made = hook(store)
    assert not store.hook_deliveries.due()
    queued(store)
    assert store.hook_deliveries.due() == [made.id]
    delivery = settled(store, made, DELIVERED)
    assert (delivery.status, delivery.answered, delivery.attempts) == ("delivered", 200, 1)
    assert delivery.finished_at is not None
    assert not store.hook_deliveries.due()
    assert store.hook_deliveries.take(made.id, lease_s=20) is None


def test_events_are_sent_in_their_order(store: Store, advance: Advance) -> None:
    made = hook(store)
    for name in ("one", "two", "three"):
        queued(store, project=name)
        advance(1)
    names = [
        settled(store, made, DELIVERED).body["data"]["project"]["name"]  # type: ignore[index]
        for _ in range(3)
    ]
    assert names == ["one", "two", "three"]


def test_two_senders_never_send_to_a_hook_at_once(store: Store) -> None:
    made, other = hook(store), hook(store)
    for _ in range(3):
        queued(store)
    takes = [partial(store.hook_deliveries.take, made.id, lease_s=20) for _ in range(6)]
    assert len([each for each in all_at_once(takes) if each]) == 1
    assert store.hook_deliveries.due() == [other.id]
    assert taken(store, other).delivery.attempts == 1


def test_what_a_killed_sender_had_is_sent_again_under_its_id(
    store: Store, advance: Advance
) -> None:
    made = hook(store)
    queued(store)
    first = taken(store, made)
    advance(19)
    assert store.hook_deliveries.take(made.id, lease_s=20) is None
    advance(2)
    assert store.hook_deliveries.due() == [made.id]
    second = taken(store, made)
    assert second.delivery.id == first.delivery.id
    assert second.delivery.attempts == 2
    # The first was only slow: what it says counts no more.
    assert not store.hook_deliveries.settle(first.delivery.id, 1, OFF)
    assert now(store, made).is_active
    assert store.hook_deliveries.settle(second.delivery.id, 2, DELIVERED)
    assert not store.hook_deliveries.settle(second.delivery.id, 2, DELIVERED)


def test_after_a_failure_the_hook_rests_and_others_go_ahead(store: Store, advance: Advance) -> None:
    made = hook(store)
    for _ in range(2):
        queued(store)
        advance(1)
    failed = settled(store, made, put_off(60, rest_s=5))
    assert (failed.status, failed.answered, failed.note) == ("pending", 500, "answered 500")
    assert not store.hook_deliveries.due()
    advance(6)
    assert settled(store, made, DELIVERED).id != failed.id
    assert now(store, made).failing_since is None
    assert not store.hook_deliveries.due()
    advance(60)
    again = taken(store, made)
    assert (again.delivery.id, again.delivery.attempts) == (failed.id, 2)


def test_it_is_known_for_how_long_nothing_has_arrived(store: Store, advance: Advance) -> None:
    made = hook(store)
    queued(store)
    assert taken(store, made).failing_for_s is None
    advance(21)
    settled(store, made, put_off(60))
    advance(100)
    again = taken(store, made)
    assert again.failing_for_s is not None
    assert 99 < again.failing_for_s < 110


def test_hooks_that_work_come_before_those_that_fail(store: Store, advance: Advance) -> None:
    failing = hook(store)
    queued(store)
    settled(store, failing, put_off(5))
    advance(10)
    working = hook(store)
    queued(store)
    assert store.hook_deliveries.due() == [working.id, failing.id]
    assert store.hook_deliveries.due(limit=1) == [working.id]


def test_a_dead_hook_is_switched_off_and_what_waits_for_it_ends(store: Store) -> None:
    made = hook(store)
    for _ in range(3):
        queued(store)
    settled(store, made, OFF)
    off = now(store, made)
    assert (off.is_active, off.off_reason) == (False, "Gone.")
    assert {delivery.status for delivery in told(store, made)} == {HookDeliveryStatus.FAILED}
    assert not store.hook_deliveries.due()


def test_one_that_is_given_up_leaves_its_hook_on(store: Store, advance: Advance) -> None:
    made = hook(store)
    queued(store)
    given_up = settled(store, made, GIVEN_UP)
    assert (given_up.status, given_up.due_at) == ("failed", None)
    assert now(store, made).is_active
    assert now(store, made).failing_since is not None
    advance(5)
    assert not store.hook_deliveries.due()


@pytest.mark.parametrize("outcome", [DELIVERED, GIVEN_UP, put_off(3600)])
def test_anything_can_be_sent_again_at_once(store: Store, outcome: object) -> None:
    made = hook(store)
    queued(store)
    before = settled(store, made, outcome)  # type: ignore[arg-type]
    again = store.hook_deliveries.redeliver(before.id)
    assert again is not None
    assert (again.id, again.status) == (before.id, "pending")
    assert again.attempts == (1 if outcome == put_off(3600) else 0)
    assert taken(store, made).delivery.id == before.id


def test_a_ping_is_sent_at_once_also_where_the_hook_rests(store: Store) -> None:
    made = hook(store)
    queued(store)
    settled(store, made, put_off(3600, rest_s=300))
    ping = store.hook_deliveries.ping(made.id)
    assert ping is not None
    assert (ping.kind, ping.body["type"]) == ("ping", "ping")
    assert ping.body["data"] == {"hook_id": made.id}
    assert taken(store, made).delivery.id == ping.id


def test_nothing_is_sent_to_a_hook_that_is_off(store: Store) -> None:
    made = hook(store)
    queued(store)
    before = settled(store, made, OFF)
    for ask in (
        partial(store.hook_deliveries.redeliver, before.id),
        partial(store.hook_deliveries.ping, made.id),
    ):
        with pytest.raises(UserError) as caught:
            ask()
        assert caught.value.reason == "hook_off"
    assert store.hook_deliveries.take(made.id, lease_s=20) is None


def test_what_was_under_way_when_a_hook_was_switched_off_ends_unsent(
    store: Store, url: str, clock: Callable[[], datetime]
) -> None:
    made = hook(store)
    queued(store)
    # As if that event had begun before the hook was switched off, and ended after it.
    with Sessions(engines_for(url), clock).write() as tx:
        tx.execute(update(HookRow).where(HookRow.id == made.id).values(is_active=False))
    assert store.hook_deliveries.due() == [made.id]
    assert store.hook_deliveries.take(made.id, lease_s=20) is None
    (delivery,) = told(store, made)
    assert (delivery.status, delivery.attempts) == ("failed", 0)
    assert not store.hook_deliveries.due()


def test_there_may_be_no_such_hook_or_delivery(store: Store) -> None:
    nobody = str(uuid4())
    assert store.hook_deliveries.ping(nobody) is None
    assert store.hook_deliveries.redeliver(nobody) is None
    assert store.hook_deliveries.get(nobody) is None
    assert store.hook_deliveries.take(nobody, lease_s=20) is None
    assert not store.hook_deliveries.settle(nobody, 1, DELIVERED)


def test_deliveries_are_listed_the_newest_first(store: Store) -> None:
    made = hook(store)
    for _ in range(3):
        queued(store)
    newest, middle = store.hook_deliveries.listed(made.id, limit=2)
    (oldest,) = store.hook_deliveries.listed(made.id, before=middle.serial)
    assert newest.serial > middle.serial > oldest.serial
    assert not store.hook_deliveries.listed(str(uuid4()))


def test_what_has_ended_is_kept_for_thirty_days(store: Store, advance: Advance) -> None:
    made = hook(store)
    for _ in range(2):
        queued(store)
    ended = settled(store, made, DELIVERED)
    advance(29 * 86_400)
    assert store.hook_deliveries.purge() == 0
    advance(2 * 86_400)
    assert store.hook_deliveries.purge() == 1
    (left,) = told(store, made)
    assert left.id != ended.id
    assert left.status is HookDeliveryStatus.PENDING


def test_a_clock_that_was_set_back_holds_no_hook_up(store: Store, advance: Advance) -> None:
    made = hook(store)
    queued(store)
    taken(store, made)
    # Everything that was written lies two hours ahead now, the end of the lease as well.
    advance(-7200)
    ping = store.hook_deliveries.ping(made.id)
    assert ping is not None
    assert taken(store, made).delivery.id == ping.id


def test_what_ended_lately_is_counted_by_what_came_of_it(store: Store, advance: Advance) -> None:
    made, off = hook(store), hook(store)
    assert store.hooks.count_off() == 0
    store.hook_deliveries.ping(made.id)
    settled(store, made, DELIVERED)
    advance(100)
    for each, outcome in ((off, OFF), (made, DELIVERED), (made, put_off())):
        store.hook_deliveries.ping(each.id)
        settled(store, each, outcome)
    assert store.hook_deliveries.ended(within_s=60) == {"delivered": 1, "failed": 1}
    assert store.hook_deliveries.ended(within_s=600) == {"delivered": 2, "failed": 1}
    assert store.hooks.count_off() == 1
