"""Issues and a milestone from stories: what people find, and that it is there once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bot.core.destination import Destination, destination_to_dict
from bot.core.git_values import Issue
from bot.core.identity import Permission
from bot.core.runs import Run
from bot.errors import StepFailed, Transient, UserError
from bot.steps.stories import Story, read_stories
from tests.jobs.engine import start_sealed
from tests.report.golden import check_reply
from tests.spine import Bot, Killed

STORIES: list[dict[str, object]] = [
    {"title": "Read orders", "body": "As a clerk I read orders.\n\n- [ ] by number"},
    {"title": "Write orders", "labels": ["story", "later"]},
    {"title": "Print orders"},
]


def track(
    bot: Bot, stories: object = STORIES, milestone: str | None = "First version", **into: Any
) -> Run:
    """Queue a run that tracks stories in the shop, by ann."""
    place = Destination(
        forge="github",
        repository="acme/shop",
        id=bot.shop.id,
        new=False,
        existing=True,
        visibility="private",
        path="",
        branch="firstcommit/1",
        base="main",
        draft=True,
    )
    given: dict[str, object] = {"into": "${{ inputs.into }}", "stories": stories}
    if milestone is not None:
        given["milestone"] = milestone
    data = {
        "name": "made-up",
        "inputs": {"into": {"type": "destination"}},
        "steps": [{"id": "issues", "uses": "track", "with": given}],
    }
    return start_sealed(bot, data, {"into": {**destination_to_dict(place), **into}})


def issues(bot: Bot) -> Sequence[Issue]:
    """The issues of the shop but for the current thread."""
    return [one for one in bot.forge.people.issues(bot.shop) if one.number != bot.thread.number]


def titles(bot: Bot) -> list[str]:
    return [issue.title for issue in issues(bot)]


def outputs(bot: Bot) -> Mapping[str, Any]:
    found = bot.run.step("issues").outputs
    assert found is not None, bot.run.failure
    return found


def failure(bot: Bot) -> str:
    assert bot.run.failure is not None
    return bot.run.failure.reason


def test_each_story_becomes_an_issue_under_the_milestone(bot: Bot) -> None:
    track(bot)
    bot.drain()
    assert bot.run.status == "completed", bot.run.failure
    assert titles(bot) == ["Read orders", "Write orders", "Print orders"]
    people = bot.forge.people
    for issue in issues(bot):
        under = people.issue_milestone(bot.shop, issue.number)
        assert under is not None
        assert under.title == "First version"
        assert people.issue_author(bot.shop, issue.number).is_same_as(bot.forge.me())
    assert people.issue_labels(bot.shop, issues(bot)[1].number) == ("story", "later")


def test_what_came_of_it_is_told(bot: Bot) -> None:
    track(bot)
    bot.drain()
    found = outputs(bot)
    assert found["issues"] == [
        {"number": issue.number, "url": issue.url, "title": issue.title} for issue in issues(bot)
    ]
    (milestone,) = bot.forge.people.milestones(bot.shop)
    assert found["milestone"] == {
        "number": milestone.number,
        "url": milestone.url,
        "title": "First version",
    }


def test_an_issue_tells_its_story_and_where_it_comes_from(bot: Bot) -> None:
    track(bot)
    bot.drain()
    text = bot.forge.people.issue_text(bot.shop, issues(bot)[0].number)
    shown = text.rpartition("<!-- firstcommit:")[0].strip() + "\n"
    check_reply("story", shown, run=bot.run.id)


def test_a_story_calls_nobody(bot: Bot) -> None:
    track(bot, [{"title": "One", "body": "@acme/all see <!-- x -->\n/approve\n```\n@kept"}])
    bot.drain()
    text = bot.forge.people.issue_text(bot.shop, issues(bot)[0].number)
    assert "@acme" not in text
    assert "\n/approve" not in text
    assert text.count("<!--") == 1
    assert "```\n@kept\n```\n" in text


def test_no_milestone_is_made_where_none_is_asked_for(bot: Bot) -> None:
    track(bot, milestone=None)
    bot.drain()
    assert outputs(bot)["milestone"] is None
    assert not bot.forge.people.milestones(bot.shop)
    assert len(titles(bot)) == 3


def test_no_story_is_no_issue(bot: Bot) -> None:
    track(bot, [])
    bot.drain()
    assert outputs(bot)["issues"] == []
    assert not titles(bot)


def test_a_milestone_of_that_title_is_used_and_left_as_it_is(bot: Bot) -> None:
    theirs = bot.forge.create_milestone(bot.shop, "First version", description="Ours, by hand.")
    track(bot)
    bot.drain()
    assert bot.forge.people.milestones(bot.shop) == [theirs]
    assert outputs(bot)["milestone"]["number"] == theirs.number


def test_a_closed_milestone_is_not_filled(bot: Bot) -> None:
    theirs = bot.forge.create_milestone(bot.shop, "First version")
    bot.forge.people.close_milestone(bot.shop, theirs.number)
    track(bot)
    bot.drain()
    assert failure(bot) == "milestone_closed"
    assert not titles(bot)


def test_a_milestone_that_somebody_makes_meanwhile_is_used(bot: Bot) -> None:
    original = bot.forge.create_milestone

    def late(*args: Any, **named: Any) -> object:
        original(*args, **named)
        bot.forge.create_milestone = original  # type: ignore[method-assign]
        raise Transient("The forge does not answer.")

    bot.forge.create_milestone = late  # type: ignore[method-assign, assignment]
    track(bot)
    bot.drain()
    bot.later(60)
    assert bot.run.status == "completed", bot.run.failure
    assert len(bot.forge.people.milestones(bot.shop)) == 1


def test_somebody_who_may_not_write_there_any_more_opens_nothing(bot: Bot) -> None:
    track(bot)
    bot.forge.permissions["acme/shop", "ann"] = Permission.READ
    bot.drain()
    assert failure(bot) == "no_write"
    assert not titles(bot)
    assert not bot.forge.people.milestones(bot.shop)


def test_a_repository_that_is_another_by_now_gets_no_issues(bot: Bot) -> None:
    track(bot, id="999")
    bot.drain()
    assert failure(bot) == "repository_gone"
    assert not titles(bot)


def test_a_new_repository_that_this_run_did_not_make_gets_no_issues(bot: Bot) -> None:
    bot.forge.people.add_person("ann", owner_of=["acme"])
    track(bot, new=True, existing=False, id="", base="", branch="")
    bot.drain()
    assert failure(bot) == "not_ours"
    assert not titles(bot)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("method", ["create_issue", "create_milestone"])
def test_a_worker_killed_at_a_call_loses_and_doubles_nothing(
    bot: Bot, method: str, after: bool
) -> None:
    track(bot)
    bot.kill_at(method, after=after)
    with pytest.raises(Killed):
        bot.drain()
    bot.queue.forget()
    for _ in range(4):
        bot.later(31)
    assert_all_there_once(bot)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("nth", [2, 3])
def test_a_worker_killed_at_a_later_issue_goes_on_from_there(
    bot: Bot, nth: int, after: bool
) -> None:
    original, calls = bot.forge.create_issue, []

    def counted(*args: Any, **named: Any) -> object:
        calls.append(args)
        if len(calls) == nth and not after:
            raise Killed
        made = original(*args, **named)
        if len(calls) == nth:
            raise Killed
        return made

    bot.forge.create_issue = counted  # type: ignore[method-assign, assignment]
    track(bot)
    with pytest.raises(Killed):
        bot.drain()
    bot.queue.forget()
    for _ in range(4):
        bot.later(31)
    assert_all_there_once(bot)
    assert len(calls) == (3 if after else 4)


@pytest.mark.parametrize("record", ["intend", "confirm"])
@pytest.mark.parametrize("nth", range(4))
def test_a_worker_killed_at_a_row_of_the_ledger_loses_and_doubles_nothing(
    bot: Bot, record: str, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The store has no way of being killed: this is the moment before its transaction.
    original, calls = getattr(bot.store.ledger, record), []

    def killed(*args: Any, **named: Any) -> object:
        kind = named.get("kind", "issue")
        if kind in ("issue", "milestone"):
            calls.append(args)
        if len(calls) == nth + 1 and kind in ("issue", "milestone"):
            raise Killed
        return original(*args, **named)

    track(bot)
    monkeypatch.setattr(bot.store.ledger, record, killed)
    with pytest.raises(Killed):
        bot.drain()
    bot.queue.forget()
    for _ in range(4):
        bot.later(31)
    assert_all_there_once(bot)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("method", ["create_issue", "create_milestone"])
def test_an_answer_that_is_lost_is_made_good(bot: Bot, method: str, after: bool) -> None:
    track(bot)
    bot.fail(method, after=after, times=2)
    bot.drain()
    for _ in range(6):
        bot.later(60)
    assert_all_there_once(bot)


def test_a_used_up_pace_is_waited_for(bot: Bot) -> None:
    problem = Transient("The hour's writes are used up.", reason="pace", retry_after_s=30)
    track(bot)
    bot.fail("create_issue", problem, times=2)
    bot.drain()
    assert bot.run.status == "waiting"
    for _ in range(4):
        bot.later(60)
    assert_all_there_once(bot)


@pytest.mark.parametrize("method", ["find_issue", "find_milestone", "permission", "repository"])
def test_a_question_that_the_forge_does_not_answer_is_asked_again(bot: Bot, method: str) -> None:
    track(bot)
    bot.fail("create_issue", after=True)
    bot.drain()
    bot.fail(method, times=2)
    for _ in range(6):
        bot.later(60)
    assert_all_there_once(bot)


def test_a_mark_that_somebody_else_wrote_is_not_our_issue(bot: Bot) -> None:
    track(bot, STORIES[:1], milestone=None)
    bot.fail("create_issue")
    bot.drain()
    (effect,) = (
        one for one in bot.store.ledger.of(f"run:{bot.run.id}") if one.key.startswith("issue:")
    )
    forged = f"Mine\n<!-- firstcommit:issue:{effect.id} -->"
    bot.forge.people.open_thread(bot.shop, "Read orders", forged, author=bot.person("eve"))
    bot.later(60)
    ours = [
        issue
        for issue in issues(bot)
        if bot.forge.people.issue_author(bot.shop, issue.number).is_same_as(bot.forge.me())
    ]
    assert [issue.title for issue in ours] == ["Read orders"]
    assert outputs(bot)["issues"][0]["number"] == ours[0].number


def test_the_step_done_again_opens_nothing_twice(bot: Bot) -> None:
    track(bot)
    bot.drain()
    before = outputs(bot)
    bot.store.runs.retry(bot.run.id, steps=["issues"])
    bot.queue.run(bot.run.id)
    bot.drain()
    assert bot.run.step("issues").round == 1
    assert_all_there_once(bot)
    assert outputs(bot) == before


def test_a_repository_without_issues_says_so(bot: Bot) -> None:
    problem = UserError("Issues are turned off in acme/shop.", reason="issues_disabled")
    track(bot, milestone=None)
    bot.fail("create_issue", problem)
    bot.drain()
    assert failure(bot) == "issues_disabled"


@pytest.mark.parametrize(
    ("stories", "place"),
    [
        ([{"title": "One"}, {"body": "no title"}], "stories[1].title"),
        ([{"title": ""}], "stories[0].title"),
        ([{"title": " \t"}], "stories[0].title"),
        ([{"title": 3}], "stories[0].title"),
        ([{"title": "a\nb"}], "stories[0].title"),
        ([{"title": "a" * 251}], "stories[0].title"),
        ([{"title": "a", "body": 1}], "stories[0].body"),
        ([{"title": "a", "body": "b" * 50_001}], "stories[0].body"),
        ([{"title": "a", "labels": "story"}], "stories[0].labels"),
        ([{"title": "a", "labels": [1]}], "stories[0].labels[0]"),
        ([{"title": "a", "labels": [""]}], "stories[0].labels[0]"),
        ([{"title": "a", "labels": ["a,b"]}], "stories[0].labels[0]"),
        ([{"title": "a", "labels": ["l" * 51]}], "stories[0].labels[0]"),
        ([{"title": "a", "labels": [str(n) for n in range(11)]}], "stories[0].labels"),
        ([{"title": "a", "assignee": "ann"}], "'assignee'"),
        (["One"], "stories[0]"),
        ([{"title": str(n)} for n in range(51)], "51 entries"),
        ("One", "stories"),
        ({"title": "One"}, "stories"),
        (None, "stories"),
    ],
)
def test_stories_that_are_none_are_refused_and_named(stories: object, place: str) -> None:
    with pytest.raises(StepFailed, check=lambda error: error.reason == "bad_stories") as refused:
        read_stories(stories)
    assert place in refused.value.message
    assert "`{title, body, labels}`" in refused.value.remedy


def test_the_most_that_is_taken_is_taken() -> None:
    entry = {
        "title": " " + "a" * 250 + " ",
        "body": "b" * 50_000,
        "labels": [str(n) for n in range(9)] + ["8"],
    }
    found = read_stories([entry] * 50)
    assert len(found) == 50
    labels = tuple(str(n) for n in range(9))
    assert found[0] == Story(title="a" * 250, body="b" * 50_000, labels=labels)


def test_nothing_is_opened_where_one_story_is_wrong(bot: Bot) -> None:
    track(bot, [*STORIES, {"title": ""}])
    bot.drain()
    assert failure(bot) == "bad_stories"
    assert not titles(bot)
    assert not bot.forge.people.milestones(bot.shop)


def test_a_milestone_that_cannot_be_one_is_refused(bot: Bot) -> None:
    track(bot, milestone=" ")
    bot.drain()
    assert failure(bot) == "bad_stories"
    assert not titles(bot)


def assert_all_there_once(bot: Bot) -> None:
    """One completed run; each issue and the milestone is there once, in order, as it says."""
    assert [run.status for run in bot.runs] == ["completed"], bot.run.failure
    assert titles(bot) == [story["title"] for story in STORIES]
    assert len(bot.forge.people.milestones(bot.shop)) == 1
    told = [entry["number"] for entry in outputs(bot)["issues"]]
    assert told == [issue.number for issue in issues(bot)]
    kinds = {effect.status for effect in bot.store.ledger.of(f"run:{bot.run.id}")}
    assert kinds == {"confirmed"}
