"""A comment of ours exists once, even where two write it at the same time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.errors import Transient
from bot.remarks import reply_once
from tests.spine import GENERATE, Bot, Killed

#: As long as a call, its token and its turn in the pace bucket may take together.
SLOW_S = 21
LOST_S = 40


@pytest.mark.parametrize("seconds", [13, SLOW_S, LOST_S])
def test_a_run_that_ends_while_its_first_comment_is_written_is_told_in_one(
    bot: Bot, seconds: float
) -> None:
    bot.write(GENERATE)
    while_writing(bot, seconds, bot.work)
    bot.take_in()
    bot.later(60)
    assert len(bot.comments) == 1
    assert "proposed in" in bot.living
    assert bot.run.reported_at is not None


def test_who_loses_the_race_says_what_is_true_by_now(bot: Bot) -> None:
    """The loser's own words are those of before the race."""
    bot.write(GENERATE)
    while_writing(bot, LOST_S, bot.work)
    bot.take_in()
    assert bot.run.reported_at is not None
    assert "proposed in" in bot.living


def test_an_answer_that_two_deliveries_write_at_once_is_there_once(bot: Bot) -> None:
    posted = bot.write("@firstcommit help")
    while_writing(bot, LOST_S, lambda: bot.later(0))
    bot.take_in()
    bot.later(60)
    assert bot.answer.startswith("### What I can do")
    assert bot.delivered(posted).status == "done"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [Killed(), Transient("No answer.")], ids=["killed", "lost"])
def test_a_late_writer_whose_end_is_unknown_leaves_no_double(
    bot: Bot, error: BaseException, after: bool
) -> None:
    """Killed, or left without an answer, after somebody else has written the comment."""
    bot.write(GENERATE)
    original = bot.forge.add_comment

    def overtaken() -> None:
        bot.work()
        bot.fail("add_comment", error, after=after)

    while_writing(bot, LOST_S, overtaken)
    try:
        bot.take_in()
    except Killed:
        assert isinstance(error, Killed)
    bot.forge.add_comment = original  # type: ignore[method-assign]
    for _ in range(3):
        bot.later(31)
    assert len(bot.comments) == 1
    assert "proposed in" in bot.living


def test_a_writer_who_is_refused_forgets_nothing_of_somebody_elses(bot: Bot) -> None:
    """The second one has no turn in the pace bucket, and the first is still writing."""
    bot.write(GENERATE)

    def refused() -> None:
        bot.fail("add_comment", Transient("Pace.", reason="pace", retry_after_s=5))
        bot.work()

    while_writing(bot, LOST_S, refused)
    # The failure above is for the run's own comment: intake's is on its way already.
    bot.take_in()
    bot.later(60)
    assert len(bot.comments) == 1
    assert "proposed in" in bot.living


def test_a_clock_that_was_set_back_delays_no_comment(bot: Bot) -> None:
    bot.write(GENERATE)
    bot.kill_at("add_comment")
    with pytest.raises(Killed):
        bot.take_in()
    bot.clock.now -= timedelta(hours=1)
    bot.work()
    assert "proposed in" in bot.living


def test_a_comment_is_awaited_by_the_stores_clock(bot: Bot) -> None:
    """A worker's own clock may be wrong where the database has one."""
    bot.write(GENERATE)
    bot.kill_at("add_comment")
    with pytest.raises(Killed):
        bot.take_in()
    bot.change(clock=lambda: bot.clock.now + timedelta(days=1))
    with pytest.raises(Transient) as raised:
        reply_once(bot.services, bot.thread, f"run:{bot.run.id}", "Too early.")
    assert raised.value.reason == "being_written"
    assert not bot.comments


def while_writing(bot: Bot, seconds: float, act: Callable[[], None]) -> None:
    """Let the next comment take so long to be written, and something happen meanwhile."""
    original = bot.forge.add_comment

    def slow(*args: object, **kwargs: object) -> object:
        bot.forge.add_comment = original  # type: ignore[method-assign]
        bot.clock.now += timedelta(seconds=seconds)
        act()
        return original(*args, **kwargs)  # type: ignore[arg-type]

    bot.forge.add_comment = slow  # type: ignore[method-assign, assignment]
