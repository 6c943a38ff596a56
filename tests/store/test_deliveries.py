"""Webhook deliveries at the door and in intake."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import pytest

from bot.store.port import DeliveryFilter, DeliveryStatus, Store
from tests.store.making import all_at_once, claim


def test_a_delivery_is_kept_with_its_bytes(store: Store) -> None:
    body = bytes(range(256)) * 40
    made = claim(store, body=body)
    found = store.deliveries.get(made.id)
    assert made.fresh
    assert found is not None
    assert (found.forge, found.delivery_id, found.kind) == ("github", "d-1", "issue_comment")
    assert (found.body, found.body_sha256) == (body, sha256(body).hexdigest())
    assert (found.status, found.attempts, found.note) == (DeliveryStatus.RECEIVED, 0, "")


def test_the_same_delivery_is_a_duplicate(store: Store) -> None:
    first, second = claim(store), claim(store)
    assert (second.id, second.fresh) == (first.id, False)
    assert len(store.deliveries.recent()) == 1


def test_another_body_or_id_is_another_delivery(store: Store) -> None:
    made = [claim(store), claim(store, body=b"[]"), claim(store, "d-2")]
    assert all(each.fresh for each in made)
    assert len({each.id for each in made}) == 3


def test_of_eight_claims_at_once_one_is_fresh(store: Store) -> None:
    made = all_at_once([lambda: claim(store, body=b"x" * 50_000)] * 8)
    assert sorted(each.fresh for each in made) == [False] * 7 + [True]
    assert len({each.id for each in made}) == 1


@pytest.mark.parametrize("status", [DeliveryStatus.DONE, DeliveryStatus.MALFORMED])
def test_a_settled_delivery_is_a_duplicate(store: Store, status: DeliveryStatus) -> None:
    made = claim(store)
    store.deliveries.settle(made.id, status)
    assert not claim(store).fresh


def test_a_failed_delivery_may_be_claimed_again_once(store: Store) -> None:
    made = claim(store)
    store.deliveries.settle(made.id, DeliveryStatus.FAILED, "the forge was away")
    again = all_at_once([lambda: claim(store)] * 8)
    assert {each.id for each in again} == {made.id}
    assert sorted(each.fresh for each in again) == [False] * 7 + [True]
    found = store.deliveries.begin(made.id, lease_s=10)
    assert found is not None
    assert (found.note, found.body) == ("", b"{}")


def test_a_failed_delivery_gets_its_purged_body_back(store: Store) -> None:
    made = claim(store, body=b"[1]")
    store.deliveries.settle(made.id, DeliveryStatus.FAILED, "no")
    assert store.deliveries.purge(older_than_days=0) == 1
    assert claim(store, body=b"[1]").fresh
    found = store.deliveries.get(made.id)
    assert found is not None
    assert found.body == b"[1]"


def test_a_malformed_delivery_is_kept_and_never_begun(store: Store) -> None:
    made = claim(store, malformed=True)
    assert made.fresh
    assert store.deliveries.begin(made.id, lease_s=10) is None
    assert store.deliveries.due(older_than_s=0) == []


def test_one_of_eight_begins(store: Store) -> None:
    made = claim(store)
    begun = all_at_once([lambda: store.deliveries.begin(made.id, lease_s=30)] * 8)
    taken = [each for each in begun if each is not None]
    assert len(taken) == 1
    assert (taken[0].attempts, taken[0].body) == (1, b"{}")


def test_a_lapsed_lease_lets_another_begin(store: Store, advance: Callable[[float], None]) -> None:
    made = claim(store)
    assert store.deliveries.begin(made.id, lease_s=30)
    advance(29)
    assert store.deliveries.begin(made.id, lease_s=30) is None
    advance(2)
    found = store.deliveries.begin(made.id, lease_s=30)
    assert found is not None
    assert found.attempts == 2


def test_settled_or_unknown_is_not_begun(store: Store) -> None:
    made = claim(store)
    store.deliveries.settle(made.id, DeliveryStatus.DONE)
    assert store.deliveries.begin(made.id, lease_s=10) is None
    assert store.deliveries.begin("nobody", lease_s=10) is None
    assert store.deliveries.get("nobody") is None


def test_settling_keeps_the_note(store: Store) -> None:
    made = claim(store)
    store.deliveries.settle(made.id, DeliveryStatus.FAILED, "the forge was away")
    found = store.deliveries.get(made.id)
    assert found is not None
    assert (found.status, found.note) == (DeliveryStatus.FAILED, "the forge was away")


def test_due_names_what_nobody_works_on_oldest_first(
    store: Store, advance: Callable[[float], None]
) -> None:
    old, worked_on, settled = claim(store, "a"), claim(store, "b"), claim(store, "c")
    advance(5)
    newer = claim(store, "d")
    advance(10)
    claim(store, "e")
    store.deliveries.begin(worked_on.id, lease_s=60)
    store.deliveries.settle(settled.id, DeliveryStatus.DONE)
    assert store.deliveries.due(older_than_s=10) == [old.id, newer.id]
    assert store.deliveries.due(older_than_s=10, limit=1) == [old.id]
    advance(61)
    assert worked_on.id in store.deliveries.due(older_than_s=10)


def test_a_postponed_delivery_is_due_when_its_time_has_come(
    store: Store, advance: Callable[[float], None]
) -> None:
    made = claim(store)
    store.deliveries.begin(made.id, lease_s=60)
    store.deliveries.postpone(made.id, retry_in_s=60, note="403 from the forge")
    advance(59)
    assert store.deliveries.due(older_than_s=10) == []
    advance(2)
    assert store.deliveries.due(older_than_s=10) == [made.id]
    found = store.deliveries.begin(made.id, lease_s=10)
    assert found is not None
    assert found.note == "403 from the forge"


def test_the_list_is_newest_first_and_without_bodies(store: Store) -> None:
    made = [claim(store, f"d-{number}").id for number in range(5)]
    listed = store.deliveries.recent(limit=3)
    assert [each.id for each in listed] == made[:1:-1]
    assert [each.body for each in listed] == [None] * 3


def test_purge_drops_old_settled_bodies_and_keeps_hashes(
    store: Store, advance: Callable[[float], None]
) -> None:
    old, unsettled = claim(store, "a"), claim(store, "b")
    store.deliveries.settle(old.id, DeliveryStatus.DONE)
    advance(31 * 86_400)
    new = claim(store, "c")
    store.deliveries.settle(new.id, DeliveryStatus.DONE)
    assert store.deliveries.purge() == 1
    bodies = {each.id: store.deliveries.get(each.id) for each in (old, unsettled, new)}
    assert [found.body if found else "" for found in bodies.values()] == [None, b"{}", b"{}"]
    assert not claim(store, "a").fresh


def test_a_clock_set_back_keeps_no_dead_workers_delivery(
    store: Store, advance: Callable[[float], None]
) -> None:
    made, untouched = claim(store, "a"), claim(store, "b")
    store.deliveries.begin(made.id, lease_s=30)
    advance(-3600)
    assert store.deliveries.due(older_than_s=10) == [made.id, untouched.id]
    assert store.deliveries.begin(made.id, lease_s=30)
    assert store.deliveries.begin(made.id, lease_s=30) is None


def test_deliveries_are_listed_page_by_page_and_by_what_they_are(store: Store) -> None:
    made = [claim(store, f"d-{number}").id for number in range(5)]
    store.deliveries.settle(made[1], DeliveryStatus.FAILED, "internal: KeyError")
    everything = DeliveryFilter()
    first = store.deliveries.listed(everything, limit=3)
    second = store.deliveries.listed(everything, after=first.next, limit=3)
    assert [each.id for each in (*first.items, *second.items)] == made[::-1]
    assert second.next is None
    assert {each.body for each in first.items} == {None}
    for wanted, found in (
        (DeliveryFilter(status=DeliveryStatus.FAILED), [made[1]]),
        (DeliveryFilter(forge="github", kind="issue_comment"), made[::-1]),
        (DeliveryFilter(kind="push"), []),
        (DeliveryFilter(forge="gitlab"), []),
    ):
        assert [each.id for each in store.deliveries.listed(wanted).items] == found
