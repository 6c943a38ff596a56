"""One-time sign-in codes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from bot.store.opening import open_store
from bot.store.port import Store
from tests.store.making import all_at_once


def test_a_code_is_good_once(store: Store) -> None:
    store.sign_ins.add("sesame", valid_s=600)
    assert not store.sign_ins.use("Sesame")
    assert store.sign_ins.use("sesame")
    assert not store.sign_ins.use("sesame")


def test_looking_at_a_code_does_not_use_it(store: Store, advance: Callable[[float], None]) -> None:
    store.sign_ins.add("sesame", valid_s=600)
    assert not store.sign_ins.holds("Sesame")
    assert store.sign_ins.holds("sesame")
    assert store.sign_ins.holds("sesame")
    advance(601)
    assert not store.sign_ins.holds("sesame")


def test_of_eight_browsers_at_once_one_gets_in(store: Store) -> None:
    store.sign_ins.add("sesame", valid_s=600)
    used = all_at_once([lambda: store.sign_ins.use("sesame")] * 8)
    assert sorted(used) == [False] * 7 + [True]


def test_a_code_expires(store: Store, advance: Callable[[float], None]) -> None:
    store.sign_ins.add("sesame", valid_s=600)
    store.sign_ins.add("open", valid_s=6_000)
    advance(601)
    assert not store.sign_ins.use("sesame")
    assert store.sign_ins.use("open")


def test_what_may_be_done_once_is_claimed_once(
    store: Store, advance: Callable[[float], None]
) -> None:
    claimed = all_at_once([lambda: store.sign_ins.claim("state", valid_s=600)] * 8)
    assert sorted(claimed) == [False] * 7 + [True]
    assert store.sign_ins.claim("another", valid_s=600)
    advance(500)
    assert not store.sign_ins.claim("state", valid_s=600)
    advance(101)
    assert store.sign_ins.claim("state", valid_s=600)


def test_the_code_itself_is_not_stored(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    store.sign_ins.add("sesame", valid_s=600)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        assert "sesame" not in "\n".join(connection.iterdump())
