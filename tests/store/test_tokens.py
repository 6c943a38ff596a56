"""Tokens: found by their SHA-256, as long as they last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import pytest

from bot.core.access_scopes import DEFAULT, Scope, Scopes
from bot.errors import UserError
from bot.store.port import MOST_TOKENS, NewToken, Person, Store, Token
from tests.store.making import ADA, all_at_once
from tests.store.test_persons import BOB

Advance = Callable[[float], None]
DAY_S = 86_400


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@pytest.fixture
def now(url: str, store: Store) -> datetime:
    """By the clock of the store; a server has its own."""
    return datetime(2026, 11, 22, 9, 30, tzinfo=UTC) if "sqlite" in url else datetime.now(UTC)


@pytest.fixture
def add(store: Store, now: datetime) -> Callable[..., Token]:
    def add(
        text: str = "",
        person: Person | None = None,
        *,
        days: float = 90,
        scopes: Scopes = DEFAULT,
    ) -> Token:
        text = text or str(uuid4())
        return store.tokens.add(
            NewToken(
                person_id=person.id if person else None,
                name=f"for {text}",
                sha256=digest(text),
                beginning=text[:8],
                scopes=scopes,
                expires_at=now + timedelta(days=days),
            )
        )

    return add


Add = Callable[..., Token]


def test_a_token_is_found_by_what_is_kept_of_it(store: Store, add: Add) -> None:
    ada = store.persons.signed_in(ADA)
    made = add("sesame", ada, scopes=frozenset({Scope.APPROVE, Scope.READ}))
    found = store.tokens.find(digest("sesame"))
    assert found == made
    assert (made.person_id, made.name, made.beginning) == (ada.id, "for sesame", "sesame")
    assert made.scopes == {Scope.READ, Scope.APPROVE}
    assert made.expires_at - made.created_at > timedelta(days=89)
    assert store.tokens.find(digest("Sesame")) is None


def test_a_token_ends(store: Store, add: Add, advance: Advance) -> None:
    made = add("sesame", days=1)
    advance(DAY_S - 60)
    assert store.tokens.find(digest("sesame")) is not None
    advance(60)
    assert store.tokens.find(digest("sesame")) is None
    assert store.tokens.get(made.id) is not None
    assert [token.id for token in store.tokens.listed(None)] == [made.id]


def test_a_use_is_noted_once_a_minute(store: Store, add: Add, advance: Advance) -> None:
    made = add("sesame")

    def noted() -> datetime | None:
        store.tokens.find(digest("sesame"))
        found = store.tokens.get(made.id)
        assert found is not None
        return found.used_at

    assert made.used_at is None
    first = noted()
    assert first is not None
    assert noted() == first
    advance(30)
    before = store.tokens.get(made.id)
    assert before is not None
    assert noted() == before.used_at
    advance(31)
    latest = noted()
    assert latest is not None
    assert latest > first


def test_the_newest_is_listed_first_and_pages_go_on(store: Store, add: Add) -> None:
    ada, bob = store.persons.signed_in(ADA), store.persons.signed_in(BOB)
    one, two, three = add("1", ada), add("2", ada), add("3", ada)
    others, operators = add("4", bob), add("5")
    assert list(store.tokens.listed(ada.id)) == [three, two, one]
    assert list(store.tokens.listed(ada.id, limit=2)) == [three, two]
    assert list(store.tokens.listed(ada.id, before=two.id)) == [one]
    assert list(store.tokens.listed(ada.id, before=others.id)) == []
    assert list(store.tokens.listed(None)) == [operators]
    assert list(store.tokens.everybodys(limit=2)) == [operators, others]
    assert list(store.tokens.everybodys(before=two.id)) == [one]


def test_a_token_is_revoked_once_and_by_its_owner(store: Store, add: Add) -> None:
    ada, bob = store.persons.signed_in(ADA), store.persons.signed_in(BOB)
    hers, operators = add("hers", ada), add("operators")
    assert not store.tokens.revoke(hers.id, bob.id)
    assert not store.tokens.revoke(hers.id, None)
    assert not store.tokens.revoke(operators.id, ada.id)
    assert not store.tokens.revoke(str(uuid4()), ada.id)
    assert store.tokens.revoke(hers.id, ada.id)
    assert not store.tokens.revoke(hers.id, ada.id)
    assert store.tokens.find(digest("hers")) is None
    assert store.tokens.revoke(operators.id, None)


def test_nobody_gets_no_token(store: Store, add: Add) -> None:
    nobody = Person(id=str(uuid4()), accounts=())
    with pytest.raises(UserError) as caught:
        add("sesame", nobody)
    assert caught.value.reason == "unknown_person"


def test_there_are_at_most_a_hundred_that_work(store: Store, add: Add, advance: Advance) -> None:
    ada, bob = store.persons.signed_in(ADA), store.persons.signed_in(BOB)
    for _ in range(MOST_TOKENS - 1):
        add("", ada)
    last = add("", ada, days=1)
    with pytest.raises(UserError) as caught:
        add("", ada)
    assert caught.value.reason == "too_many_tokens"
    add("", bob)
    add("")
    advance(2 * DAY_S)
    add("", ada)
    assert store.tokens.get(last.id) is not None


def test_those_that_ended_are_dropped_after_a_month(
    store: Store, add: Add, advance: Advance
) -> None:
    ended = add("old", days=1)
    advance(32 * DAY_S)
    assert store.tokens.get(ended.id) is not None
    fresh = add("new", days=60)
    assert [token.id for token in store.tokens.everybodys()] == [fresh.id]


def test_eight_uses_at_once_are_eight_answers(store: Store, add: Add) -> None:
    add("sesame")
    found = all_at_once([lambda: store.tokens.find(digest("sesame"))] * 8)
    assert all(found)
