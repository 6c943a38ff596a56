"""``retry``: on from the step that stopped, with what the others had made."""

from __future__ import annotations

import pytest

from bot.errors import StepFailed, Transient, UserError
from bot.store.port import FileEdit, NewFile
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


def edited(bot: Bot, path: str = "NOTES.md", content: bytes = b"mine\n") -> str:
    """A project whose files somebody has changed by hand."""
    project = str(bot.run.project_id)
    file = NewFile(path=path, content=content, mode=0o100644, origin="person")
    edit = FileEdit(by="local:ann", expected=None, check=lambda files: None)
    bot.store.projects.write_file(project, file, edit)
    return project


def paths(bot: Bot, project: str) -> list[str]:
    return [file.path for file in bot.store.projects.files(project)]


def test_a_plan_is_made_anew_of_files_changed_by_hand_and_publishes_them(bot: Bot) -> None:
    bot.do("/plan library name=orders")
    edited(bot)
    bot.work(bot.run.id)
    assert bot.run.status == "failed"
    bot.do("/retry")
    assert bot.run.status == "waiting"
    plan = bot.store.plans.of_run(bot.run.id)[-1]
    bot.do(f"/approve {plan.digest[:12]}", author="mia")
    assert bot.run.status == "completed"
    (change,) = bot.forge.people.changes(bot.shop)
    assert "NOTES.md" in bot.files("acme/shop", change.branch)


def test_files_changed_by_hand_are_verified_before_a_new_plan(bot: Bot) -> None:
    bot.do("/plan library name=orders")
    edited(bot, content=b"ghp_" + b"aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5")
    bot.work(bot.run.id)
    bot.do("/retry")
    assert bot.run.status == "failed"
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "secret_found"


def test_generating_over_what_was_changed_by_hand_is_refused(bot: Bot) -> None:
    bot.do(GENERATE)
    project = edited(bot)
    bot.do("/retry step=files")
    assert bot.reason == "edited_by_hand"
    assert "`NOTES.md`" in bot.answer
    assert "NOTES.md" in paths(bot, project)
    assert bot.run.status == "completed"


def test_what_was_published_already_is_not_made_of_other_files(bot: Bot) -> None:
    refused(bot, "open_change")
    bot.do(GENERATE)
    edited(bot)
    bot.do("/retry")
    assert bot.run.status == "completed"
    (change,) = bot.forge.people.changes(bot.shop)
    assert "NOTES.md" not in bot.files("acme/shop", change.branch)


@pytest.mark.parametrize("line", ["/retry", "/retry step=files"])
def test_an_archived_project_stays_as_it_is(bot: Bot, line: str) -> None:
    refused(bot)
    bot.do(GENERATE)
    bot.store.projects.change(str(bot.run.project_id), archived=True)
    bot.do(line)
    assert bot.reason == "archived"
    assert bot.run.status == "failed"


@pytest.mark.parametrize("line", ["/retry", "/retry step=files"])
def test_the_run_of_a_project_that_is_gone_is_not_taken_up(bot: Bot, line: str) -> None:
    refused(bot)
    bot.do(GENERATE)
    bot.store.projects.drop(str(bot.run.project_id))
    bot.do(line)
    assert bot.reason == "project_gone"
    assert bot.run.status == "failed"
