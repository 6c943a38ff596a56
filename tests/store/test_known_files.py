"""Files that people keep in their repositories: the last good one, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Callable

from bot.store.port import KnownFile, Store
from tests.store.making import all_at_once

Advance = Callable[[float], None]
DAY_S = 86_400
WHERE = ("github", "20", ".github/firstcommit.yml")


def good(store: Store, version: str, text: str | None = "version: 1\n") -> None:
    store.known_files.good(*WHERE, version=version, text=text, owner_id="10")


def bad(store: Store, version: str, problem: str = "line 3: unknown key") -> bool:
    return store.known_files.bad(*WHERE, version=version, problem=problem, owner_id="10")


def test_nothing_is_known_at_first(store: Store) -> None:
    assert store.known_files.get(*WHERE) is None


def test_a_good_file_is_kept(store: Store) -> None:
    good(store, "a1")
    assert store.known_files.get(*WHERE) == KnownFile(
        text="version: 1\n", version="a1", problem="", problem_version=""
    )
    for elsewhere in (("gitlab", *WHERE[1:]), ("github", "21", WHERE[2]), (*WHERE[:2], "other")):
        assert store.known_files.get(*elsewhere) is None


def test_that_there_is_no_file_is_known_too(store: Store) -> None:
    good(store, "a1")
    good(store, "a2", None)
    known = store.known_files.get(*WHERE)
    assert known is not None
    assert (known.text, known.version) == (None, "a2")


def test_a_bad_file_leaves_the_last_good_one(store: Store) -> None:
    good(store, "a1", "good")
    assert bad(store, "a2")
    assert store.known_files.get(*WHERE) == KnownFile(
        text="good", version="a1", problem="line 3: unknown key", problem_version="a2"
    )


def test_a_file_may_be_bad_from_the_first(store: Store) -> None:
    assert bad(store, "a1")
    assert store.known_files.get(*WHERE) == KnownFile(
        text=None, version="", problem="line 3: unknown key", problem_version="a1"
    )


def test_a_problem_is_new_once(store: Store) -> None:
    assert bad(store, "a1")
    assert not bad(store, "a1")
    assert bad(store, "a1", "another problem")
    assert bad(store, "a2", "another problem")
    good(store, "a3")
    known = store.known_files.get(*WHERE)
    assert known is not None
    assert (known.problem, known.problem_version) == ("", "")
    assert bad(store, "a2", "another problem")


def test_of_eight_that_find_a_problem_at_once_one_is_first(store: Store) -> None:
    assert sorted(all_at_once([lambda: bad(store, "a1")] * 8)) == [False] * 7 + [True]


def test_what_is_known_goes_with_the_owner_of_the_repository(
    store: Store, advance: Advance
) -> None:
    for account in ("10", "11"):
        store.organisations.installed(
            "github", account, f"acme-{account}", is_person=False, installation=account
        )
    good(store, "a1")
    store.known_files.good("github", "30", "p", version="b", text="x", owner_id="11")
    store.known_files.bad("local", "20", "p", version="b", problem="x", owner_id="10")
    store.organisations.remove("github", "10")
    advance(31 * DAY_S)
    assert store.organisations.erase_removed() == 1
    assert store.known_files.get(*WHERE) is None
    assert store.known_files.get("github", "30", "p") is not None
    assert store.known_files.get("local", "20", "p") is not None


def test_the_owner_of_a_file_may_change(store: Store, advance: Advance) -> None:
    store.organisations.installed("github", "10", "a", is_person=False, installation="10")
    good(store, "a1")
    store.known_files.good(*WHERE, version="a2", text="x", owner_id="12")
    store.organisations.remove("github", "10")
    advance(31 * DAY_S)
    store.organisations.erase_removed()
    assert store.known_files.get(*WHERE) is not None
