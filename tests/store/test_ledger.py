"""Outside effects, written down once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.store.port import EffectStatus, Store
from tests.store.making import all_at_once, running


def test_an_effect_is_intended_then_confirmed(store: Store) -> None:
    run = running(store)
    owner = f"run:{run.id}"
    effect = store.ledger.intend(owner, "branch:main", kind="branch", number=1)
    assert effect.fresh
    assert (effect.status, effect.external_id, effect.result) == (EffectStatus.INTENDED, None, {})
    store.ledger.confirm(effect.id, external_id="b7", result={"sha": "abc"})
    found = store.ledger.find(owner, "branch:main")
    assert found is not None
    assert (found.status, found.external_id) == (EffectStatus.CONFIRMED, "b7")
    assert (found.result, found.fresh) == ({"sha": "abc"}, False)


def test_a_second_intention_gives_the_first_row(store: Store) -> None:
    first = store.ledger.intend("command:1", "reply", kind="comment")
    second = store.ledger.intend("command:1", "reply", kind="comment")
    assert (second.id, second.fresh, second.intended_at) == (first.id, False, first.intended_at)


def test_of_eight_intentions_at_once_one_is_fresh(store: Store) -> None:
    run = running(store)
    made = all_at_once(
        [lambda: store.ledger.intend(f"run:{run.id}", "comment", kind="comment", number=1)] * 8
    )
    assert sorted(effect.fresh for effect in made) == [False] * 7 + [True]
    assert len({effect.id for effect in made}) == 1


def test_only_an_intended_row_is_forgotten(store: Store) -> None:
    intended = store.ledger.intend("command:1", "a", kind="comment")
    confirmed = store.ledger.intend("command:1", "b", kind="comment")
    store.ledger.confirm(confirmed.id, external_id="5")
    store.ledger.forget(intended.id)
    store.ledger.forget(confirmed.id)
    assert [effect.key for effect in store.ledger.of("command:1")] == ["b"]
    assert store.ledger.intend("command:1", "a", kind="comment").fresh


def test_rows_of_an_owner_are_listed_oldest_first(store: Store) -> None:
    for key in ("c", "a", "b"):
        store.ledger.intend("command:1", key, kind="comment")
    store.ledger.intend("command:2", "x", kind="comment")
    assert [effect.key for effect in store.ledger.of("command:1")] == ["c", "a", "b"]
    assert store.ledger.find("command:1", "x") is None


def test_what_was_confirmed_is_found_by_its_key_whoever_did_it(store: Store) -> None:
    ledger = store.ledger
    for owner in ("command:1", "command:2", "command:3"):
        effect = ledger.intend(owner, "change:7:topic", kind="change")
        if owner != "command:2":
            ledger.confirm(effect.id, external_id=owner[-1])
    ledger.intend("command:1", "change:7:other", kind="change")
    found = ledger.confirmed("change:7:topic")
    assert [(effect.owner, effect.external_id) for effect in found] == [
        ("command:1", "1"),
        ("command:3", "3"),
    ]


def test_commands_have_no_lease_number(store: Store) -> None:
    with pytest.raises(ValueError, match="lease"):
        store.ledger.intend("command:1", "reply", kind="comment", number=1)


def test_the_first_answer_to_an_effect_stays(store: Store) -> None:
    effect = store.ledger.intend("command:1", "reply", kind="comment")
    first = store.ledger.confirm(effect.id, external_id="5", result={"url": "a"})
    second = store.ledger.confirm(effect.id, external_id="6", result={"url": "b"})
    assert first is not None
    assert second is not None
    assert (first.external_id, first.result) == ("5", {"url": "a"})
    assert (second.external_id, second.result, second.confirmed_at) == (
        "5",
        {"url": "a"},
        first.confirmed_at,
    )


def test_of_eight_answers_at_once_one_is_kept_and_all_are_told_which(store: Store) -> None:
    effect = store.ledger.intend("command:1", "reply", kind="comment")
    kept = all_at_once(
        [
            lambda number=number: store.ledger.confirm(effect.id, external_id=str(number))  # type: ignore[misc]
            for number in range(8)
        ]
    )
    found = store.ledger.find("command:1", "reply")
    assert found is not None
    assert {row.external_id for row in kept if row} == {found.external_id}


def test_what_was_forgotten_cannot_be_confirmed(store: Store) -> None:
    effect = store.ledger.intend("command:1", "reply", kind="comment")
    store.ledger.forget(effect.id)
    assert store.ledger.confirm(effect.id, external_id="5") is None
    assert store.ledger.of("command:1") == []


def test_an_intention_tells_its_age(store: Store, advance: Callable[[float], None]) -> None:
    assert store.ledger.intend("command:1", "reply", kind="comment").age_s < 5
    advance(60)
    assert 60 <= store.ledger.intend("command:1", "reply", kind="comment").age_s < 90
