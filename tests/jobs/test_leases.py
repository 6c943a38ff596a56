"""A run belongs to one worker at a time, and whoever has lost it writes nothing more."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from bot.core.runs import Failure
from bot.errors import StoreUnavailable
from bot.jobs.execute import LeaseTimes
from tests.spine import GENERATE, NEW, Bot, Killed

WRITES = (
    "create_repository",
    "replace_first_commit",
    "describe_repository",
    "commit_on_new_branch",
    "open_change",
    "report_check",
)


def test_a_run_worked_on_by_two_at_once_is_done_once(bot: Bot) -> None:
    bot.post(GENERATE)
    bot.queue.runs.clear()
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        bot.work()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert bot.run.status == "completed"
    assert bot.run.lease_number == 1
    assert len(bot.forge.people.changes(bot.shop)) == 1
    assert len(bot.comments) == 1


def test_a_run_that_has_ended_is_not_done_again(bot: Bot) -> None:
    bot.do(GENERATE)
    calls = len(bot.forge.calls)
    bot.work()
    assert len(bot.forge.calls) == calls


@pytest.mark.parametrize("method", ["permission", "entries", "commit_on_new_branch"])
def test_who_has_lost_the_run_writes_nothing_more(bot: Bot, method: str) -> None:
    bot.post(GENERATE)
    seen: list[int] = []

    def taken_over() -> None:
        bot.clock.now = bot.clock.now.replace(hour=12)
        taken = bot.store.runs.lease(bot.run.id, worker="another", lease_s=60)
        assert taken is not None
        seen.append(len(bot.forge.calls_of(*WRITES, "edit_comment", "add_comment")))

    meanwhile(bot, method, taken_over)
    bot.drain()
    assert len(bot.forge.calls_of(*WRITES, "edit_comment", "add_comment")) == seen[0]
    assert bot.run.status == "running"
    assert bot.run.lease_number == 2


def test_a_run_that_was_stopped_with_its_installation_writes_nothing_more(bot: Bot) -> None:
    bot.post(NEW, author="olga")
    failure = Failure(reason="installation_suspended", message="The app was suspended.")
    meanwhile(
        bot,
        "create_repository",
        lambda: bot.store.runs.stop_of_installation("github", "77", failure),
    )
    bot.drain()
    assert bot.run.failure == failure
    assert not bot.forge.calls_of("replace_first_commit")


def test_a_worker_that_died_is_followed_by_another_when_its_lease_lapses(bot: Bot) -> None:
    bot.post(GENERATE)
    bot.kill_at("entries")
    with pytest.raises(Killed):
        bot.drain()
    bot.later(14)
    assert bot.run.status == "running"
    bot.later(2)
    assert bot.run.status == "completed"
    assert bot.run.lease_number == 2
    assert bot.run.step("files").attempts == 1


def test_a_long_step_keeps_its_lease(bot: Bot) -> None:
    bot.post(GENERATE)
    renewed = threading.Event()
    original = bot.store.runs.renew

    def renew(*args: object, **kwargs: object) -> None:
        original(*args, **kwargs)  # type: ignore[arg-type]
        renewed.set()

    bot.store.runs.renew = renew  # type: ignore[method-assign]
    meanwhile(bot, "entries", lambda: assert_true(renewed.wait(30)))
    bot.work(times=LeaseTimes(lease_s=15, renew_s=0.01))
    assert bot.run.status == "completed"


@pytest.mark.parametrize("method", ["step_started", "step_completed", "get", "finish"])
def test_a_database_that_is_away_for_a_while_fails_no_run(
    bot: Bot, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A database that is away cannot be had on demand: the store's own error stands for it.
    bot.post(GENERATE)
    original = getattr(bot.store.runs, method)
    left = [StoreUnavailable("The database does not answer.")]

    def away(*args: object, **named: object) -> object:
        if left:
            raise left.pop()
        return original(*args, **named)

    monkeypatch.setattr(bot.store.runs, method, away)
    bot.drain()
    assert bot.run.status == "running"
    bot.later(16)
    assert bot.run.status == "completed"
    assert len(bot.forge.people.changes(bot.shop)) == 1


def test_a_step_that_ends_its_workers_is_given_up(bot: Bot) -> None:
    bot.post(GENERATE)
    bot.fail("entries", Killed(), times=30)
    for _ in range(30):
        try:
            bot.later(16)
        except Killed:
            continue
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "workers_lost"
    assert bot.run.step("commit").attempts == 8
    assert "**Why:**" in bot.living


def test_a_mistake_outside_of_any_step_ends_the_run(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No input is known that leads there; what is tried is that none could make a run eternal.
    bot.post(GENERATE)
    monkeypatch.setattr("bot.jobs.values.is_true", lambda *_: {}["odd"])
    bot.drain()
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "internal"
    assert "**Why:** The run broke (KeyError)." in bot.living


def meanwhile(bot: Bot, method: str, act: Callable[[], object]) -> None:
    """Have something happen while the forge is at the next call of a method."""
    original = getattr(bot.forge, method)

    def call(*args: object, **kwargs: object) -> object:
        setattr(bot.forge, method, original)
        result = original(*args, **kwargs)
        act()
        return result

    setattr(bot.forge, method, call)


def assert_true(what: bool) -> None:
    assert what
