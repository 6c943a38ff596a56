"""What may work later is tried later: as late as the forge asks, and not for ever."""

from __future__ import annotations

from bot.errors import Transient
from tests.spine import GENERATE, NEW, Bot

PACE = Transient("The hour's writes for acme are used up.", reason="pace", retry_after_s=300)


def test_a_run_waits_as_long_as_the_forge_asks(bot: Bot) -> None:
    bot.fail("commit_on_new_branch", Transient("Busy.", retry_after_s=120))
    bot.do(GENERATE)
    assert bot.run.status == "waiting"
    bot.later(119)
    assert bot.run.status == "waiting"
    bot.later(2)
    assert bot.run.status == "completed"


def test_it_waits_longer_each_time_where_the_forge_says_nothing(bot: Bot) -> None:
    bot.fail("commit_on_new_branch", times=3)
    bot.do(GENERATE)
    waits = []
    while bot.run.status == "waiting":
        assert bot.run.resume_at is not None
        waits.append((bot.run.resume_at - bot.clock.now).total_seconds())
        bot.later(waits[-1])
    assert waits == [2, 4, 8]


def test_waiting_for_pace_is_told_in_the_comment(bot: Bot) -> None:
    bot.fail("create_repository", PACE)
    bot.do(NEW, author="olga")
    assert "### ⏸️ orders: waiting" in bot.living
    assert "**Waiting:** The hour's writes for acme are used up." in bot.living
    assert "Goes on by itself at about 2026-11-22 09:35 UTC." in bot.living
    bot.later(300)
    assert "is ready in" in bot.living


def test_waiting_for_pace_is_no_failed_attempt(bot: Bot) -> None:
    bot.fail("commit_on_new_branch", PACE, times=20)
    bot.do(GENERATE)
    for _ in range(20):
        bot.later(300)
    bot.drain()
    assert bot.run.status == "completed"


def test_after_many_waits_for_pace_one_fault_fails_nothing(bot: Bot) -> None:
    bot.fail("commit_on_new_branch", PACE, times=10)
    bot.fail("commit_on_new_branch", Transient("Busy."))
    bot.do(GENERATE)
    for _ in range(12):
        bot.later(300)
    assert bot.run.status == "completed"


def test_a_wait_too_short_to_read_of_is_not_told(bot: Bot) -> None:
    bot.fail("commit_on_new_branch", Transient("Pace.", reason="pace", retry_after_s=1))
    bot.do(GENERATE)
    assert bot.run.status == "waiting"
    assert not bot.forge.calls_of("edit_comment")


def test_a_forge_that_stays_away_fails_the_run_with_the_reason(bot: Bot) -> None:
    bot.fail("open_change", Transient("GitHub does not answer.", reason="unavailable"), times=8)
    bot.do(GENERATE)
    for _ in range(8):
        bot.later(301)
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "unavailable"
    assert bot.run.step("change").failure == bot.run.failure
    assert "- [ ] Open the change — **failed**" in bot.living
    assert "Reason: `unavailable`" in bot.living
    bot.do("/retry")
    assert bot.run.status == "completed"
    assert len(bot.forge.people.changes(bot.shop)) == 1
