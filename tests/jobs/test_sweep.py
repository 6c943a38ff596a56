"""What was left behind is found in the database and goes on."""

from __future__ import annotations

import threading

import pytest

from bot.errors import StoreUnavailable, Transient
from bot.jobs import sweep as sweeping
from bot.jobs.sweep import SweepTimes, keep_sweeping, sweep, sweep_reports, sweep_verifications
from tests.spine import GENERATE, Bot


def test_a_delivery_whose_queue_was_away_is_swept(bot: Bot) -> None:
    bot.queue.away = True
    bot.write(GENERATE)
    bot.drain()
    assert not bot.runs
    bot.queue.away = False
    bot.later(6)
    assert "proposed in" in bot.living


def test_a_run_whose_queue_was_away_is_swept(bot: Bot) -> None:
    bot.write(GENERATE)
    bot.queue.away = True
    bot.take_in()
    bot.queue.away = False
    bot.later(6)
    assert "proposed in" in bot.living


def test_a_queue_that_lost_everything_loses_nothing(bot: Bot) -> None:
    bot.post(GENERATE)
    bot.write("/generate library name=bills path=bills")
    bot.queue.forget()
    bot.later(6)
    bot.drain()
    assert [run.status for run in bot.runs] == ["completed", "completed"]


def test_a_retry_whose_queue_was_away_is_swept(bot: Bot) -> None:
    bot.post(GENERATE)
    bot.do("/cancel")
    bot.write("/retry")
    bot.queue.away = True
    bot.take_in()
    bot.queue.away = False
    bot.later(6)
    assert bot.run.status == "completed"


def test_what_a_dead_worker_was_verifying_is_given_to_another(bot: Bot) -> None:
    bot.queue.left_behind = ["a-run"]
    assert (sweep_verifications(bot.services), sweep_verifications(bot.services)) == (1, 0)
    assert bot.queue.verifications == ["a-run"]


def test_what_is_fresh_is_left_to_whoever_has_it(bot: Bot) -> None:
    bot.write(GENERATE)
    assert sweep(bot.services, SweepTimes()) == 0
    bot.take_in()
    assert sweep(bot.services, SweepTimes()) == 0


def test_sweeping_twice_is_harmless(bot: Bot) -> None:
    bot.post(GENERATE)
    for _ in range(3):
        bot.later(60)
    assert len(bot.forge.people.changes(bot.shop)) == 1
    assert sweep(bot.services, SweepTimes()) == 0
    assert sweep_reports(bot.services, SweepTimes()) == 0


@pytest.mark.parametrize("error", [Transient("Away."), RuntimeError("A mistake of ours.")])
def test_a_last_word_that_was_not_heard_is_said_again(bot: Bot, error: Exception) -> None:
    bot.fail("edit_comment", error)
    bot.do(GENERATE)
    assert bot.run.status == "completed"
    assert "queued" in bot.living
    bot.later(16)
    assert "proposed in" in bot.living
    assert bot.run.reported_at is not None


def test_a_last_word_that_nobody_can_hear_is_given_up_after_a_day(bot: Bot) -> None:
    bot.fail("edit_comment", times=50)
    bot.do(GENERATE)
    for _ in range(25):
        bot.later(3600)
    assert bot.run.reported_at is not None
    assert sweep_reports(bot.services, SweepTimes()) == 0


def test_a_comment_that_somebody_deleted_is_not_written_again(bot: Bot) -> None:
    bot.post(GENERATE)
    bot.forge.delete_comment(bot.thread, bot.comments[0].id)
    bot.drain()
    bot.later(60)
    assert bot.run.status == "completed"
    assert not bot.comments
    assert bot.run.reported_at is not None


def test_a_doubled_comment_is_removed_and_the_oldest_stays(bot: Bot) -> None:
    bot.fail("add_comment", after=True)
    bot.post(GENERATE)
    first = bot.comments[0]
    bot.forge.people.say(bot.thread, first.body, author=bot.forge.me())
    bot.drain()
    bot.later(30)
    assert [comment.id for comment in bot.comments] == [first.id]
    assert "proposed in" in bot.living


def test_a_comment_that_intake_may_be_writing_is_left_to_it(bot: Bot) -> None:
    bot.write(GENERATE)
    original = bot.forge.add_comment

    def slow(*args: object, **kwargs: object) -> object:
        bot.forge.add_comment = original  # type: ignore[method-assign]
        bot.work()
        return original(*args, **kwargs)  # type: ignore[arg-type]

    bot.forge.add_comment = slow  # type: ignore[method-assign, assignment]
    bot.take_in()
    assert bot.run.status == "completed"
    bot.later(20)
    assert "proposed in" in bot.living


def test_sweeping_goes_on_whatever_goes_wrong(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    # Neither a database that is away nor a mistake of ours can be had on demand.
    problems = [StoreUnavailable("Away."), RuntimeError("A mistake of ours.")]
    swept = threading.Event()

    def one(*_: object) -> int:
        if problems:
            raise problems.pop()
        swept.set()
        return 0

    monkeypatch.setattr(sweeping, "sweep", one)
    stop = threading.Event()
    times = SweepTimes(every_s=0.001)
    thread = threading.Thread(target=keep_sweeping, args=(bot.services, stop, times))
    thread.start()
    assert swept.wait(30)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
