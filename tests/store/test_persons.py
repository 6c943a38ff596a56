"""People, and the accounts that they have shown to be theirs."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from bot.core.access_scopes import DEFAULT
from bot.core.identity import Actor
from bot.errors import UserError
from bot.store.port import NewToken, Person, Store
from tests.store.making import ADA, all_at_once

ADA_AT_LAB = Actor(forge="gitlab", account_id="71", login="ada.l")
BOB = Actor(forge="github", account_id="2", login="bob")
BOB_AT_LAB = Actor(forge="gitlab", account_id="72", login="bob")


def logins(person: Person) -> list[str]:
    return [f"{account.forge}:{account.login}" for account in person.accounts]


def token_of(store: Store, person: Person) -> str:
    return store.tokens.add(
        NewToken(
            person_id=person.id,
            name="ci",
            sha256=uuid4().hex * 2,
            beginning="fc_abcde",
            scopes=DEFAULT,
            expires_at=datetime(2099, 1, 1, tzinfo=UTC),
        )
    ).id


def reason(caught: pytest.ExceptionInfo[UserError]) -> str:
    return caught.value.reason


def test_who_signs_in_for_the_first_time_is_somebody_new(store: Store) -> None:
    ada, bob = store.persons.signed_in(ADA), store.persons.signed_in(BOB)
    assert ada.id != bob.id
    assert (ada.accounts, ada.session_round) == ((ADA,), 0)
    assert store.persons.get(ada.id) == ada
    assert store.persons.of_account("github", "1") == ada


def test_who_signs_in_again_is_the_same_under_whatever_login(store: Store) -> None:
    ada = store.persons.signed_in(ADA)
    renamed = store.persons.signed_in(Actor(forge="github", account_id="1", login="countess"))
    assert renamed.id == ada.id
    assert logins(renamed) == ["github:countess"]


def test_the_same_login_is_not_the_same_person(store: Store) -> None:
    ada = store.persons.signed_in(ADA)
    assert store.persons.signed_in(Actor(forge="github", account_id="9", login="ada")).id != ada.id
    assert store.persons.signed_in(Actor(forge="gitlab", account_id="1", login="ada")).id != ada.id


def test_nobody_is_found_under_what_was_never_shown(store: Store) -> None:
    assert store.persons.get(str(uuid4())) is None
    assert store.persons.of_account("github", "1") is None


def test_an_account_is_linked(store: Store) -> None:
    ada = store.persons.signed_in(ADA)
    both = store.persons.link(ada.id, ADA_AT_LAB)
    assert logins(both) == ["github:ada", "gitlab:ada.l"]
    assert both.on("gitlab") == ADA_AT_LAB
    assert both.on("local") is None
    assert store.persons.signed_in(ADA_AT_LAB) == both


def test_linking_it_again_only_learns_its_login(store: Store) -> None:
    ada = store.persons.signed_in(ADA)
    store.persons.link(ada.id, ADA_AT_LAB)
    again = store.persons.link(ada.id, Actor(forge="gitlab", account_id="71", login="ada"))
    assert logins(again) == ["github:ada", "gitlab:ada"]


def test_two_who_turn_out_to_be_one_become_one(store: Store) -> None:
    ada, lab = store.persons.signed_in(ADA), store.persons.signed_in(ADA_AT_LAB)
    tokens = {token_of(store, ada), token_of(store, lab)}
    both = store.persons.link(ada.id, ADA_AT_LAB)
    assert both.id == ada.id
    assert logins(both) == ["github:ada", "gitlab:ada.l"]
    assert store.persons.get(lab.id) is None
    assert {token.id for token in store.tokens.listed(ada.id)} == tokens
    assert store.persons.signed_in(ADA_AT_LAB) == both


def test_of_one_forge_a_person_has_one_account(store: Store) -> None:
    ada = store.persons.signed_in(ADA)
    with pytest.raises(UserError, match="You have the account ada on that forge") as caught:
        store.persons.link(ada.id, BOB)
    assert reason(caught) == "account_taken"
    assert store.persons.of_account("github", "2") is None


def test_two_with_an_account_each_on_one_forge_stay_two(store: Store) -> None:
    ada, bob = store.persons.signed_in(ADA), store.persons.signed_in(BOB)
    store.persons.link(bob.id, BOB_AT_LAB)
    token_of(store, bob)
    with pytest.raises(UserError) as caught:
        store.persons.link(ada.id, BOB_AT_LAB)
    assert reason(caught) == "account_taken"
    assert logins(store.persons.signed_in(BOB)) == ["github:bob", "gitlab:bob"]
    assert len(store.tokens.listed(bob.id)) == 1
    assert logins(store.persons.signed_in(ADA)) == ["github:ada"]


def test_an_account_is_unlinked_and_all_sessions_end(store: Store) -> None:
    ada = store.persons.signed_in(ADA)
    store.persons.link(ada.id, ADA_AT_LAB)
    token = token_of(store, ada)
    left = store.persons.unlink(ada.id, "github")
    assert (logins(left), left.session_round) == (["gitlab:ada.l"], 1)
    assert store.tokens.get(token) is not None
    stranger = store.persons.signed_in(ADA)
    assert stranger.id != ada.id


def test_the_last_account_stays(store: Store) -> None:
    ada = store.persons.signed_in(ADA)
    with pytest.raises(UserError) as caught:
        store.persons.unlink(ada.id, "github")
    assert reason(caught) == "last_account"
    with pytest.raises(UserError) as caught:
        store.persons.unlink(ada.id, "gitlab")
    assert reason(caught) == "not_linked"
    assert store.persons.get(ada.id) == ada


def test_ending_all_sessions_begins_another_round(store: Store) -> None:
    ada = store.persons.signed_in(ADA)
    assert store.persons.end_sessions(ada.id).session_round == 1
    assert store.persons.end_sessions(ada.id).session_round == 2
    assert store.persons.signed_in(ADA).session_round == 2


def test_nobody_can_be_linked_unlinked_or_signed_out(store: Store) -> None:
    nobody = str(uuid4())
    for ask in (
        lambda: store.persons.link(nobody, ADA),
        lambda: store.persons.unlink(nobody, "github"),
        lambda: store.persons.end_sessions(nobody),
    ):
        with pytest.raises(UserError) as caught:
            ask()
        assert reason(caught) == "unknown_person"
    assert store.persons.of_account("github", "1") is None


def test_eight_first_sign_ins_at_once_make_one_person(store: Store) -> None:
    people = all_at_once([lambda: store.persons.signed_in(ADA)] * 8)
    assert len({person.id for person in people}) == 1


def test_two_who_link_each_others_account_at_once_become_one(store: Store) -> None:
    ada, lab = store.persons.signed_in(ADA), store.persons.signed_in(ADA_AT_LAB)

    def link(person: Person, actor: Actor) -> object:
        try:
            return store.persons.link(person.id, actor)
        except UserError as exc:
            return exc.reason

    found = all_at_once([lambda: link(ada, ADA_AT_LAB), lambda: link(lab, ADA)])
    assert sum(isinstance(each, Person) for each in found) == 1
    assert "unknown_person" in found
    assert len(store.persons.signed_in(ADA).accounts) == 2
