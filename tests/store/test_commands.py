"""Commands, recorded once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.store.port import NewCommand, Store
from tests.store.making import ADA, all_at_once, command, new_run, thread

NEW = NewCommand(
    key="github:20:500",
    actor=ADA,
    thread=thread(),
    comment_id="500",
    source="/generate python-package",
    delivery="0a0b0c0d",
)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_a_command_is_recorded_once_by_its_key(store: Store) -> None:
    first, is_new = store.commands.add(NEW)
    second, is_new_again = store.commands.add(replace(NEW, delivery="another"))
    assert (is_new, is_new_again) == (True, False)
    assert second == first
    assert (first.delivery, first.outcome, first.run_id) == ("0a0b0c0d", None, None)


def test_of_eight_at_once_one_is_new(store: Store) -> None:
    made = all_at_once([lambda: store.commands.add(NEW)] * 8)
    assert sorted(is_new for _, is_new in made) == [False] * 7 + [True]
    assert len({row.id for row, _ in made}) == 1


def test_the_first_outcome_stays(store: Store) -> None:
    row = command(store)
    store.commands.settle(row.id, "pack_unknown")
    store.commands.settle(row.id, "silent_bot")
    assert command(store).outcome == "pack_unknown"


def test_a_run_settles_its_command(store: Store) -> None:
    row = command(store)
    run = store.runs.create(new_run(command_id=row.id))
    store.commands.settle(row.id, "refused")
    assert (command(store).outcome, command(store).run_id) == ("run", run.id)


def test_answers_are_counted_by_account_and_time(
    store: Store, advance: Callable[[float], None]
) -> None:
    outcomes = ["run", "silent_bot", "pack_unknown", "silent"]
    for number, outcome in enumerate(outcomes):
        store.commands.settle(command(store, f"k{number}").id, outcome)
    command(store, "undecided")
    stranger = replace(ADA, account_id="2")
    store.commands.settle(command(store, "k9", actor=stranger).id, "help")
    renamed = replace(ADA, login="ada-lovelace")
    assert store.commands.answered_since(renamed, LONG_AGO) == 2
    assert store.commands.answered_since(stranger, LONG_AGO) == 1
    assert store.commands.answered_since(replace(ADA, forge="local"), LONG_AGO) == 0


def test_older_answers_do_not_count(store: Store) -> None:
    row = command(store)
    store.commands.settle(row.id, "help")
    after = row.created_at + timedelta(hours=1)
    assert store.commands.answered_since(ADA, after) == 0


def test_text_that_no_database_holds_is_mended(store: Store) -> None:
    row, _ = store.commands.add(replace(NEW, source="/generate \0 \ud800", comment_id=None))
    assert row.outcome is None


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="zone"):
        store.commands.answered_since(ADA, datetime(2026, 1, 1))


def test_of_eight_at_once_one_takes_a_command(store: Store) -> None:
    row = command(store)
    taken = all_at_once([lambda: store.commands.take(row.id, lapses_s=60)] * 8)
    assert len([each for each in taken if each]) == 1


def test_what_is_given_back_is_taken_by_the_next(store: Store) -> None:
    row = command(store)
    first = store.commands.take(row.id, lapses_s=60)
    assert first is not None
    assert store.commands.take(row.id, lapses_s=60) is None
    store.commands.give_back(row.id, first)
    assert store.commands.take(row.id, lapses_s=60) is not None


def test_whoever_died_over_a_command_is_overtaken_and_takes_nothing_back(
    store: Store, advance: Callable[[float], None]
) -> None:
    row = command(store)
    dead = store.commands.take(row.id, lapses_s=60)
    assert dead is not None
    advance(61)
    assert store.commands.take(row.id, lapses_s=60) is not None
    store.commands.give_back(row.id, dead)
    assert store.commands.take(row.id, lapses_s=60) is None


def test_nobody_takes_what_is_settled(store: Store) -> None:
    row = command(store)
    store.commands.settle(row.id, "token t")
    assert store.commands.take(row.id, lapses_s=0) is None
    store.commands.give_back(row.id, row.created_at)
    assert command(store).outcome == "token t"


def test_what_is_being_carried_out_is_no_answer_yet(store: Store) -> None:
    store.commands.take(command(store).id, lapses_s=60)
    assert store.commands.answered_since(ADA, LONG_AGO) == 0
