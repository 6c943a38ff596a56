"""Sealed secrets of organisations, and whom they go to."""

from __future__ import annotations

from collections.abc import Callable

from bot.store.port import Store
from tests.store.making import all_at_once

Advance = Callable[[float], None]
DAY_S = 86_400
ORIGIN = "https://hooks.example"


def put(store: Store, name: str = "HOOK", organisation: str = "acme", *, sealed: str = "s") -> None:
    store.secrets.put("github", organisation, name, origin=ORIGIN, sealed=sealed)


def names(store: Store, organisation: str = "acme") -> list[str]:
    return [secret.name for secret in store.secrets.listed("github", organisation)]


def account(store: Store, number: str, login: str) -> None:
    store.organisations.installed("github", number, login, is_person=False, installation=number)


def test_a_secret_is_given_out_sealed_and_its_use_recorded(store: Store) -> None:
    put(store, sealed="gAAAA")
    (before,) = store.secrets.listed("github", "acme")
    assert (before.forge, before.organisation, before.name) == ("github", "acme", "HOOK")
    assert (before.origin, before.used_at) == (ORIGIN, None)
    taken = store.secrets.take("github", "acme", "HOOK")
    assert taken is not None
    assert taken[1] == "gAAAA"
    assert taken[0].used_at is not None
    assert list(store.secrets.listed("github", "acme")) == [taken[0]]


def test_the_letters_of_a_login_may_be_of_any_case(store: Store) -> None:
    put(store, organisation="Acme")
    assert names(store, "ACME") == ["HOOK"]
    assert store.secrets.take("github", "acmE", "HOOK") is not None
    assert store.secrets.take("github", "acme", "hook") is None
    assert store.secrets.drop("github", "aCME", "HOOK")


def test_a_secret_is_one_organisations_on_one_forge(store: Store) -> None:
    put(store)
    assert store.secrets.take("gitlab", "acme", "HOOK") is None
    assert store.secrets.take("github", "acme-corp", "HOOK") is None
    assert store.secrets.take("github", "acme", "OTHER") is None
    assert names(store, "acme-corp") == []


def test_secrets_are_listed_by_name(store: Store) -> None:
    for name in ("b", "A", "c"):
        put(store, name)
    assert names(store) == ["A", "b", "c"]


def test_a_secret_that_is_replaced_is_new(store: Store, advance: Advance) -> None:
    put(store, sealed="old")
    store.secrets.take("github", "acme", "HOOK")
    (old,) = store.secrets.listed("github", "acme")
    advance(60)
    store.secrets.put("github", "acme", "HOOK", origin="https://new.example", sealed="new")
    (new,) = store.secrets.listed("github", "acme")
    assert (new.origin, new.used_at) == ("https://new.example", None)
    assert new.created_at > old.created_at
    taken = store.secrets.take("github", "acme", "HOOK")
    assert taken is not None
    assert taken[1] == "new"


def test_a_secret_is_dropped_once(store: Store) -> None:
    put(store)
    put(store, "OTHER")
    assert store.secrets.drop("github", "acme", "HOOK")
    assert not store.secrets.drop("github", "acme", "HOOK")
    assert names(store) == ["OTHER"]


def test_eight_writers_leave_one_secret(store: Store) -> None:
    all_at_once([lambda: put(store)] * 8)
    assert names(store) == ["HOOK"]


def test_secrets_set_before_an_organisation_came_are_its_own(store: Store) -> None:
    put(store)
    account(store, "10", "Acme")
    account(store, "10", "acme")
    assert names(store) == ["HOOK"]


def test_whoever_takes_over_a_login_does_not_get_its_secrets(store: Store) -> None:
    account(store, "10", "acme")
    put(store)
    # The first account was renamed without our hearing of it.
    account(store, "66", "acme")
    assert names(store) == []
    put(store, "NEW")
    account(store, "10", "acme-corp")
    assert names(store) == ["NEW"]
    assert names(store, "acme-corp") == []


def test_an_organisation_that_is_renamed_leaves_no_secrets_to_the_next(store: Store) -> None:
    account(store, "10", "acme")
    put(store)
    account(store, "10", "acme-corp")
    account(store, "66", "acme")
    assert names(store) == []
    assert names(store, "acme-corp") == []


def test_an_account_that_takes_a_used_login_by_renaming_gets_nothing(store: Store) -> None:
    account(store, "10", "acme")
    account(store, "66", "eve")
    put(store)
    account(store, "66", "ACME")
    assert names(store) == []


def test_secrets_go_with_their_organisation(store: Store, advance: Advance) -> None:
    account(store, "10", "Acme")
    account(store, "11", "zeta")
    put(store)
    put(store, organisation="zeta")
    store.secrets.put("gitlab", "acme", "HOOK", origin=ORIGIN, sealed="s")
    store.organisations.remove("github", "10")
    advance(31 * DAY_S)
    assert names(store) == ["HOOK"]
    assert store.organisations.erase_removed() == 1
    assert names(store) == []
    assert names(store, "zeta") == ["HOOK"]
    assert len(store.secrets.listed("gitlab", "acme")) == 1
