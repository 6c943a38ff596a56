"""Changes from workflows of one's own: at several places, and from a project of an earlier run."""

from __future__ import annotations

from bot.core.identity import Permission
from tests.spine import GENERATE, Bot

TWO = """
name: two
inputs:
  pack: {type: string}
  answers: {type: object, default: {}}
  into: {type: destination, default: "."}
  other: {type: destination}
steps:
  - id: files
    uses: file_generation
    with: {pack: "${{ inputs.pack }}", answers: "${{ inputs.answers }}"}
  - id: c1
    uses: commit
    with: {project: "${{ steps.files.project }}", into: "${{ inputs.into }}"}
  - id: o1
    uses: open_change
    with: {into: "${{ inputs.into }}", branch: "${{ steps.c1.branch }}"}
  - id: c2
    uses: commit
    with: {project: "${{ steps.files.project }}", into: "${{ inputs.other }}"}
  - id: o2
    uses: open_change
    with: {into: "${{ inputs.other }}", branch: "${{ steps.c2.branch }}"}
"""
AGAIN = """
name: again
inputs:
  made: {type: project}
  into: {type: destination, default: "."}
steps:
  - {id: c1, uses: commit, with: {project: "${{ inputs.made }}", into: "${{ inputs.into }}"}}
  - id: o1
    uses: open_change
    with: {into: "${{ inputs.into }}", branch: "${{ steps.c1.branch }}"}
"""


def offer(bot: Bot, name: str, text: str) -> None:
    """Put a workflow where acme's repositories find it."""
    home = bot.forge.people.add_repository("acme/.github", private=False)
    bot.commit(f".github/firstcommit/workflows/{name}.yaml", text.encode(), where=home)


def test_each_destination_gets_the_change_of_its_own_commit(bot: Bot) -> None:
    site = bot.forge.people.add_repository("acme/site")
    bot.forge.permissions["acme/site", "ann"] = Permission.WRITE
    offer(bot, "two", TWO)
    bot.do("/generate library name=orders workflow=two other=acme/site --existing")
    assert bot.run.status == "completed", bot.run.failure
    assert [len(bot.forge.people.changes(place)) for place in (bot.shop, site)] == [1, 1]


def test_a_project_of_an_earlier_run_is_proposed_under_its_own_name(bot: Bot) -> None:
    offer(bot, "again", AGAIN)
    bot.do(GENERATE)
    bot.do(f"/generate workflow=again made={bot.run.id}")
    assert bot.run.status == "completed", bot.run.failure
    changes = bot.forge.people.changes(bot.shop)
    titles = [bot.forge.people.change_texts(bot.shop, change.number)[0] for change in changes]
    assert titles == ["Add orders from library@1.0.0"] * 2
