"""``retry``: on from the step that stopped, with what the others had made."""

from __future__ import annotations

import pytest

from bot.errors import StepFailed, Transient, UserError
from tests.spine import GENERATE, NEW, Bot


def refused(bot: Bot, method: str = "commit_on_new_branch") -> None:
    bot.fail(method, UserError("The forge says no to `this`.", reason="no_access"))


def test_it_goes_on_from_the_failed_step_and_keeps_what_the_others_gave(bot: Bot) -> None:
    refused(bot)
    before = bot.do(GENERATE)
    assert before.status == "failed"
    assert "**Why:** The forge says no to `this`." in bot.living
    after = bot.do("/retry")
    assert after.id == before.id
    assert after.status == "completed"
    assert after.step("files").outputs == before.step("files").outputs
    assert after.step("files").attempts == 1
    assert len(bot.forge.people.changes(bot.shop)) == 1
    assert f"Run `{after.short_id}` goes on from where it stopped" in bot.answer


def test_the_living_comment_stays_one_and_tells_the_end(bot: Bot) -> None:
    refused(bot)
    bot.do(GENERATE)
    bot.do("/retry")
    assert "proposed in" in bot.living
    assert "Why" not in bot.living


def test_a_cancelled_run_can_be_taken_up_again(bot: Bot) -> None:
    bot.post(GENERATE)
    bot.do("/cancel")
    bot.do("/retry")
    assert bot.run.status == "completed"
    assert bot.run.cancel_requested_by is None


def test_a_repository_that_the_run_has_made_is_gone_on_with(bot: Bot) -> None:
    refused(bot, "replace_first_commit")
    bot.do(NEW, author="olga")
    assert "- [x] Make the repository" in bot.living
    bot.do("/retry", author="olga")
    assert "is ready in" in bot.living
    assert len(bot.forge.calls_of("create_repository")) == 1


def test_a_project_that_failed_is_whole_after_a_retry(bot: Bot) -> None:
    refused(bot)
    bot.do(GENERATE)
    run = bot.do("/retry")
    project = bot.store.projects.get(str(run.project_id))
    assert project is not None
    assert project.status == "completed"
    assert [export.status for export in bot.store.exports.of_project(project.id)] == ["completed"]


def test_somebody_elses_run_needs_write(bot: Bot) -> None:
    refused(bot)
    bot.do(GENERATE)
    bot.do("/retry", author="rita")
    assert bot.reason == "no_right"
    assert bot.run.status == "failed"


def test_a_completed_run_is_none_to_retry(bot: Bot) -> None:
    bot.do(GENERATE)
    bot.do("/retry")
    assert bot.reason == "nothing_to_retry"


def test_two_at_once_retry_it_once(bot: Bot) -> None:
    refused(bot)
    bot.do(GENERATE)
    bot.write("/retry")
    bot.write("/retry", author="mia")
    bot.drain()
    assert bot.run.step("files").attempts == 1
    assert len(bot.answers) == 2
    assert len(bot.forge.people.changes(bot.shop)) == 1


@pytest.mark.parametrize("after", [False, True])
def test_a_retry_whose_answer_is_owed_is_not_done_twice(bot: Bot, after: bool) -> None:
    refused(bot)
    bot.do(GENERATE)
    refused(bot)
    bot.fail("add_comment", after=after)
    bot.do("/retry")
    assert bot.run.status == "failed"
    bot.later(60)
    assert bot.run.status == "failed"
    assert len(bot.answers) == 1
    assert "goes on from where it stopped" in bot.answer


def test_after_too_many_attempts_it_gets_as_many_again(bot: Bot) -> None:
    bot.fail("commit_on_new_branch", Transient("The forge is away."), times=8)
    bot.do(GENERATE)
    for _ in range(8):
        bot.later(301)
    assert bot.run.status == "failed"
    assert bot.run.step("commit").attempts == 8
    assert "**Why:** The forge is away." in bot.living
    bot.fail("commit_on_new_branch", Transient("The forge is away."), times=7)
    bot.do("/retry")
    for _ in range(8):
        bot.later(301)
    assert bot.run.status == "completed"


def test_what_can_never_work_fails_again_with_its_reason(bot: Bot) -> None:
    bot.fail("commit_on_new_branch", StepFailed("Not so.", reason="never"), times=2)
    bot.do(GENERATE)
    bot.do("/retry")
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "never"
