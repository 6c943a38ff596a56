"""Every outside effect happens once, wherever a call fails, an answer is lost or a worker dies."""

from __future__ import annotations

import pytest

from bot.errors import NotSupported, Transient, UserError
from tests.spine import GENERATE, NEW, Bot, Killed

NEW_METHODS = ("create_repository", "replace_first_commit", "describe_repository")
CHANGE_METHODS = ("commit_on_new_branch", "open_change")
TALK_METHODS = ("add_comment", "react", "report_check", "edit_comment")
READS = ("permission", "owner", "repository", "head", "entries", "may_write_workflows")

CASES = [
    *((method, NEW, "olga") for method in (*NEW_METHODS, *TALK_METHODS)),
    *((method, GENERATE, "ann") for method in (*CHANGE_METHODS, *TALK_METHODS)),
]


@pytest.mark.parametrize(("method", "text", "author"), CASES)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_call_that_fails_is_made_good_and_everything_is_there_once(
    bot: Bot, method: str, text: str, author: str, after: bool
) -> None:
    bot.fail(method, after=after, times=2)
    bot.do(text, author=author)
    for _ in range(6):
        bot.later(60)
    assert_all_there_once(bot, new=text == NEW)


@pytest.mark.parametrize(("method", "text", "author"), CASES)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_worker_killed_at_a_call_loses_and_doubles_nothing(
    bot: Bot, method: str, text: str, author: str, after: bool
) -> None:
    bot.kill_at(method, after=after)
    with pytest.raises(Killed):
        bot.do(text, author=author)
    bot.queue.forget()
    for _ in range(4):
        bot.later(31)
    assert_all_there_once(bot, new=text == NEW)


@pytest.mark.parametrize(
    ("step", "nth"),
    [
        *(("step_started", nth) for nth in range(4)),
        *(("step_completed", nth) for nth in range(4)),
        ("finish", 0),
    ],
)
@pytest.mark.parametrize("text", [NEW, GENERATE])
def test_a_worker_killed_at_a_record_loses_and_doubles_nothing(
    bot: Bot, step: str, nth: int, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The store has no way of being killed: this is the moment before its transaction.
    runs, calls = bot.store.runs, []
    original = getattr(runs, step)

    def killed(*args: object, **named: object) -> object:
        calls.append(args)
        if len(calls) == nth + 1:
            raise Killed
        return original(*args, **named)

    monkeypatch.setattr(runs, step, killed)
    with pytest.raises(Killed):
        bot.do(text, author="olga")
    bot.queue.forget()
    for _ in range(3):
        bot.later(31)
    assert_all_there_once(bot, new=text == NEW)


@pytest.mark.parametrize("method", READS)
def test_a_question_that_the_forge_does_not_answer_is_asked_again(bot: Bot, method: str) -> None:
    bot.post(NEW, author="olga")
    bot.fail(method, times=2)
    bot.drain()
    for _ in range(4):
        bot.later(60)
    assert_all_there_once(bot, new=True)


@pytest.mark.parametrize(
    ("method", "text"),
    [
        *((method, NEW) for method in NEW_METHODS),
        *((method, GENERATE) for method in CHANGE_METHODS),
    ],
)
def test_a_step_that_breaks_fails_the_run_with_a_name_and_can_be_retried(
    bot: Bot, method: str, text: str
) -> None:
    bot.fail(method, KeyError("an odd answer"), after=True)
    bot.do(text, author="olga")
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "internal"
    assert "broke (KeyError)" in bot.living
    assert "an odd answer" not in bot.living
    bot.do("/retry", author="olga")
    assert_all_there_once(bot, new=text == NEW, answers=1)


@pytest.mark.parametrize("error", [UserError("No."), NotSupported("Cannot."), KeyError("odd")])
@pytest.mark.parametrize("method", ["react", "report_check"])
def test_what_is_only_pretty_fails_no_run(bot: Bot, method: str, error: Exception) -> None:
    bot.fail(method, error, times=3)
    bot.do(GENERATE)
    for _ in range(4):
        bot.later(60)
    assert bot.run.status == "completed"
    assert bot.run.reported_at is not None


def test_a_name_that_somebody_took_meanwhile_is_not_taken_over(bot: Bot) -> None:
    bot.post(NEW, author="olga")
    bot.forge.people.add_repository("acme/orders", description="Mine.")
    bot.drain()
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "repository_exists"
    assert set(bot.files("acme/orders")) == {"README.md"}
    found = bot.repository("acme/orders")
    assert found is not None
    assert found.description == "Mine."


def test_a_repository_that_somebody_made_with_our_mark_before_is_not_taken_over(bot: Bot) -> None:
    bot.post(NEW, author="olga")
    mark = f"A project is being generated here: firstcommit run {bot.run.id}"
    bot.forge.people.add_repository("acme/orders", description=mark)
    bot.clock.now = bot.clock.now.replace(hour=11)
    bot.drain()
    assert bot.run.status == "failed"
    assert set(bot.files("acme/orders")) == {"README.md"}


def test_a_new_repository_that_somebody_committed_to_is_left_alone(bot: Bot) -> None:
    bot.fail("replace_first_commit", Transient("Away."))
    bot.do(NEW, author="olga")
    made = bot.repository("acme/orders")
    assert made is not None
    bot.commit("mine.txt", b"mine\n", where=made)
    bot.later(30)
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "repository_moved"
    assert "mine.txt" in bot.files("acme/orders")


def test_a_branch_that_somebody_made_beforehand_is_left_alone(bot: Bot) -> None:
    bot.post(GENERATE)
    branch = f"firstcommit/{bot.run.short_id}"
    theirs = bot.commit("theirs.txt", b"theirs\n", branch=branch)
    bot.drain()
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "branch_exists"
    assert bot.forge.people.branches(bot.shop)[branch] == theirs
    assert not bot.forge.people.changes(bot.shop)


def test_a_branch_that_somebody_made_between_two_attempts_is_left_alone(bot: Bot) -> None:
    bot.fail("commit_on_new_branch")
    bot.do(GENERATE)
    branch = f"firstcommit/{bot.run.short_id}"
    theirs = bot.commit("theirs.txt", b"theirs\n", branch=branch)
    bot.later(30)
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "branch_exists"
    assert bot.forge.people.branches(bot.shop)[branch] == theirs


def test_a_marker_that_somebody_else_wrote_is_not_our_comment(bot: Bot) -> None:
    bot.fail("add_comment")
    bot.post(GENERATE)
    forged = f"Sent you money.\n<!-- firstcommit:run:{bot.run.id} -->"
    bot.forge.people.say(bot.thread, forged, author=bot.person("eve"))
    bot.drain()
    bot.later(30)
    assert "proposed in" in bot.living
    said = [comment.body for comment in bot.forge.people.comments(bot.thread)]
    assert forged in said


def test_a_change_that_somebody_opened_from_our_branch_is_not_taken_for_ours(bot: Bot) -> None:
    bot.fail("open_change")
    bot.do(GENERATE)
    branch = f"firstcommit/{bot.run.short_id}"
    bot.open_change(branch, author="eve")
    bot.later(30)
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "change_exists"


def test_what_landed_is_proven(bot: Bot) -> None:
    bot.post(GENERATE)
    original = bot.forge.commit_on_new_branch

    def meddled(repository: object, *, files: object, **more: object) -> object:
        return original(repository, files=list(files)[1:], **more)  # type: ignore[arg-type, call-overload]

    bot.forge.commit_on_new_branch = meddled  # type: ignore[method-assign, assignment]
    bot.drain()
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "proof_failed"
    assert not bot.forge.people.changes(bot.shop)


def assert_all_there_once(bot: Bot, *, new: bool, answers: int = 0) -> None:
    """One run that is completed, told in one comment, and what it published exists once."""
    assert [run.status for run in bot.runs] == ["completed"], bot.run.failure
    assert len(bot.comments) == 1 + answers
    assert bot.run.reported_at is not None
    kinds = [effect.status for effect in bot.store.ledger.of(f"run:{bot.run.id}")]
    assert set(kinds) == {"confirmed"}
    if new:
        assert "is ready in" in bot.living
        repository = bot.repository("acme/orders")
        assert repository is not None
        assert repository.description == "A library."
        head = bot.forge.head(repository, "main")
        assert head is not None
        assert head.parents == ()
        assert bot.forge.people.branches(repository).keys() == {"main"}
        assert len(bot.files("acme/orders")) == 7
    else:
        assert "proposed in" in bot.living
        (change,) = bot.forge.people.changes(bot.shop)
        assert bot.forge.people.branches(bot.shop).keys() == {"main", change.branch}
        head = bot.forge.head(bot.shop, change.branch)
        base = bot.forge.head(bot.shop, "main")
        assert head is not None
        assert base is not None
        assert head.parents == (base.id,)
