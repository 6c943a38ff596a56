"""Issues whose stories are part of what people approve, and that never carry a secret."""

from __future__ import annotations

from bot.steps.tracked import story_changes
from tests.jobs.engine import echo, step, step_types
from tests.spine import GENERATE, Bot
from tests.steps.test_track import failure, titles, track

HEAD = """
name: telling
inputs:
  pack: {type: string}
  answers: {type: object, default: {}}
  into: {type: destination, default: "."}
  stories: {type: list, default: [{title: Read orders, body: By number, labels: [story]}]}
steps:
  - id: files
    uses: file_generation
    with: {pack: "${{ inputs.pack }}", answers: "${{ inputs.answers }}"}
"""
GATE = """
  - id: gate
    uses: approval
    with: {project: "${{ steps.files.project }}", into: "${{ inputs.into }}"}
"""
GIVEN = """
  - id: issues
    uses: track
    with: {into: "${{ inputs.into }}", stories: "${{ inputs.stories }}", milestone: First}
"""
MADE = """
  - {id: call, uses: told, with: {value: [{title: Unseen}]}}
"""
MADE_ISSUES = """
  - id: issues
    uses: track
    with: {into: "${{ inputs.into }}", stories: "${{ steps.call.value }}"}
"""
EACH = """
  - id: issues
    uses: track
    for_each: "${{ inputs.stories }}"
    with: {into: "${{ inputs.into }}", stories: ["${{ item }}"]}
"""
SECRET = "ghp_" + "Zq8vT2nLw5RkXc7Hy4JmPb9SdFg3AeUi6QoW"
TOLD = step("told", echo)


def planned(bot: Bot, *steps: str) -> None:
    """Run these steps up to the approval."""
    home = bot.forge.people.add_repository("acme/.github", private=False)
    text = HEAD.rstrip("\n") + "".join(part.rstrip("\n") for part in steps) + "\n"
    bot.commit(".github/firstcommit/workflows/telling.yaml", text.encode(), where=home)
    bot.do(f"{GENERATE} workflow=telling")
    assert bot.run.status == "waiting", bot.run.failure or bot.answers


def approve(bot: Bot) -> None:
    plan = bot.store.plans.of_run(bot.run.id)[-1]
    bot.do(f"/approve {plan.digest[:12]}", author="mia")


def test_stories_are_shown_and_approved(bot: Bot) -> None:
    planned(bot, GATE, GIVEN)
    for words in ("Opens 1 issue", "`Read orders`", "By number", "`First`", "`story`"):
        assert words in bot.living
    approve(bot)
    assert bot.run.status == "completed", bot.run.failure
    assert titles(bot) == ["Read orders"]


def test_stories_of_a_list_are_approved_each(bot: Bot) -> None:
    planned(bot, GATE, EACH)
    assert "`Read orders`" in bot.living
    approve(bot)
    assert titles(bot) == ["Read orders"]


def test_stories_that_nobody_has_seen_are_not_opened(bot: Bot) -> None:
    with step_types(TOLD):
        planned(bot, GATE, MADE, MADE_ISSUES)
        assert "Unseen" not in bot.living
        approve(bot)
    assert failure(bot) == "approval_missing"
    assert titles(bot) == []


def test_stories_that_are_made_before_the_approval_are_shown(bot: Bot) -> None:
    with step_types(TOLD):
        planned(bot, MADE, GATE, MADE_ISSUES)
        assert "`Unseen`" in bot.living
        approve(bot)
    assert titles(bot) == ["Unseen"]


def test_stories_that_differ_from_the_approved_are_named(bot: Bot) -> None:
    planned(bot, GATE, GIVEN)
    plans = bot.store.plans.of_run(bot.run.id)
    seen = {"title": "Read orders", "body": "By number", "labels": ["story"]}
    assert story_changes("issues", plans, {"stories": [seen], "milestone": "First"}) == ()
    for changed in (
        {"stories": [seen]},
        {"stories": [{**seen, "body": "x"}], "milestone": "First"},
    ):
        assert story_changes("issues", plans, changed) == ("its stories are others",)


def test_a_secret_in_a_story_is_not_opened(bot: Bot) -> None:
    track(bot, [{"title": "Read orders", "body": f"token: {SECRET}"}])
    bot.drain()
    assert failure(bot) == "secret_found"
    assert titles(bot) == []
    assert SECRET not in bot.living
