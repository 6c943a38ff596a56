"""``cancel``: a queued run at once, a running one at its next step, and whose it may be."""

from __future__ import annotations

import pytest

from bot.errors import Transient, UserError
from tests.spine import GENERATE, NEW, Bot


def test_a_queued_run_is_cancelled_at_once(bot: Bot) -> None:
    bot.post(GENERATE)
    bot.post("/cancel")
    bot.drain()
    assert bot.run.status == "cancelled"
    assert f"Run `{bot.run.short_id}` is cancelled." in bot.answer
    assert "orders: cancelled" in bot.living
    assert "Cancelled by ann." in bot.living
    assert not bot.forge.calls_of("commit_on_new_branch")


def test_a_running_run_stops_before_its_next_step(bot: Bot) -> None:
    bot.post(NEW, author="olga")
    during(bot, "create_repository", lambda: bot.post("/cancel", author="olga"))
    bot.drain()
    assert bot.run.status == "cancelled"
    assert "was asked to stop" in bot.answer
    assert "- [x] Make the repository" in bot.living
    assert "By then it had made, and this stays as it is:" in bot.living
    assert "- the repository [acme/orders](https://forge.example/acme/orders)" in bot.living
    assert not bot.forge.calls_of("replace_first_commit")


def test_a_waiting_run_is_cancelled_at_once(bot: Bot) -> None:
    bot.fail("commit_on_new_branch", Transient("Busy.", retry_after_s=600))
    bot.do(GENERATE)
    bot.do("/cancel")
    assert bot.run.status == "cancelled"
    bot.later(3600)
    assert not bot.forge.people.changes(bot.shop)


def test_a_run_is_named_by_its_first_digits(bot: Bot) -> None:
    bot.post(GENERATE)
    bot.post("/generate library name=bills")
    first, second = bot.runs
    bot.post(f"/cancel {first.short_id[:6]}")
    assert [run.status for run in bot.runs] == ["cancelled", "queued"]
    assert second.status == "queued"


def test_five_digits_are_too_few(bot: Bot) -> None:
    bot.post(GENERATE)
    bot.post(f"/cancel {bot.run.id[:5]}")
    assert bot.reason == "unknown_run"


def test_somebody_elses_run_needs_write(bot: Bot) -> None:
    bot.post(GENERATE, author="ann")
    bot.post("/cancel", author="rita")
    assert bot.reason == "no_right"
    assert "Only ann, who asked for it" in bot.answer
    assert bot.run.status == "queued"


def test_who_may_write_can_cancel_what_another_asked_for(bot: Bot) -> None:
    bot.post(GENERATE, author="ann")
    bot.post("/cancel", author="mia")
    assert bot.run.status == "cancelled"


def test_ones_own_run_can_be_cancelled_without_write(bot: Bot) -> None:
    bot.post(GENERATE, author="ann")
    bot.forge.permissions["acme/shop", "ann"] = bot.forge.permissions["acme/shop", "rita"]
    bot.post("/cancel", author="ann")
    assert bot.run.status == "cancelled"


def test_runs_of_other_threads_are_not_to_be_had(bot: Bot) -> None:
    bot.post(GENERATE)
    other = bot.open("Another thread")
    bot.post(f"/cancel {bot.run.short_id}", thread=other)
    assert bot.run.status == "queued"


def test_a_run_that_has_ended_is_none_to_cancel(bot: Bot) -> None:
    bot.do(GENERATE)
    bot.post("/cancel")
    assert bot.reason == "nothing_to_cancel"


@pytest.mark.parametrize("after", [False, True])
def test_an_answer_that_is_owed_still_tells_of_the_cancelling(bot: Bot, after: bool) -> None:
    bot.post(GENERATE)
    bot.fail("add_comment", after=after)
    bot.post("/cancel")
    bot.later(60)
    assert bot.answer == f"Run `{bot.run.short_id}` is cancelled. `/retry` takes it up again.\n"


def test_in_a_locked_thread_it_is_cancelled_without_a_word(bot: Bot) -> None:
    bot.post(GENERATE)
    bot.fail("add_comment", UserError("The thread is locked.", reason="no_access"))
    posted = bot.post("/cancel")
    assert bot.run.status == "cancelled"
    assert bot.delivered(posted).status == "done"


def during(bot: Bot, method: str, act: object) -> None:
    """Have something happen while the forge is at a call of a method."""
    original = getattr(bot.forge, method)

    def call(*args: object, **kwargs: object) -> object:
        setattr(bot.forge, method, original)
        result = original(*args, **kwargs)
        act()  # type: ignore[operator]
        return result

    setattr(bot.forge, method, call)
