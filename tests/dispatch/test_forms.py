"""Forms that somebody fills in: one command, and the answers to its pack's questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.forms import form_file
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from tests.forms.github_forms import filled
from tests.spine import Bot, Posted, secretive_pack


def opened(bot: Bot, text: str) -> Posted:
    """Open a thread with that text, and let everything happen."""
    posted = bot.opening(text)
    bot.drain()
    return posted


def form(bot: Bot, **answers: str) -> str:
    """The form of the library pack, as GitHub hands it on."""
    pack = bot.services.generator.library.get("library")
    text = form_file(pack, "github", suggested={"ci": "github"}).text
    return filled(text, {"Name": "orders", **answers})


def test_a_form_becomes_a_change(bot: Bot) -> None:
    opened(bot, form(bot, Colour="green", Lines="7", Title="It's a | title"))
    (change,) = bot.forge.people.changes(bot.shop)
    assert bot.run.status == "completed"
    assert bot.run.inputs["answers"] == {
        "name": "orders",
        "description": "A library.",
        "colour": "green",
        "lines": 7,
        "data": "{}",
        "title": "It's a | title",
        "folder": "",
        "ci": "github",
    }
    assert b"orders" in bot.files("acme/shop", change.branch)["README.md"]


def test_more_may_stand_behind_the_command(bot: Bot) -> None:
    opened(bot, form(bot, Command="/plan library path=packages/orders"))
    assert bot.run.status == "waiting"
    assert bot.run.inputs["into"]["path"] == "packages/orders"


@pytest.mark.parametrize(
    "said",
    [
        "/approve 3f9a1c",
        "@firstcommit cancel",
        "/generate other name=x",
        "```\n/cancel\n```",
        "/close",
    ],
)
def test_an_answer_commands_nothing(bot: Bot, said: str) -> None:
    opened(bot, form(bot, Title="a title") + f"\n\n### My notes\n\n{said}")
    assert bot.run.status == "completed"
    assert len(bot.forge.people.changes(bot.shop)) == 1


def test_two_commands_in_the_commands_field_are_none(bot: Bot) -> None:
    opened(bot, form(bot, Command="/generate library\n\n/plan library"))
    assert bot.runs == []
    assert "/plan library" in bot.answer


def test_a_second_field_for_a_command_makes_two_of_them(bot: Bot) -> None:
    opened(bot, form(bot) + "\n\n### Command\n\n/approve 3f9a1c")
    assert bot.runs == []
    assert "/approve 3f9a1c" in bot.answer


@pytest.mark.parametrize("command", ["_No response_", "", "```\n/generate library\n```"])
def test_a_form_without_a_command_is_met_with_silence(bot: Bot, command: str) -> None:
    opened(bot, f"### Command\n\n{command}\n\n### Name\n\norders")
    assert bot.comments == []


def test_a_command_that_was_taken_out_is_not_looked_for_elsewhere(bot: Bot) -> None:
    opened(bot, "### Command\n\n_No response_\n\n### Name\n\n/generate library name=orders")
    assert bot.comments == []


def test_somebody_elses_form_that_asks_for_a_command_is_a_text_like_any_other(bot: Bot) -> None:
    opened(bot, "### Command\n\nnpm test\n\n### Output\n\n/generate library name=orders")
    assert bot.run.status == "completed"


def test_a_comment_is_no_form(bot: Bot) -> None:
    bot.post("### Command\n\n/generate library\n\n### Name\n\norders")
    assert bot.runs == []
    assert bot.reason == "missing_answer"


def test_two_answers_to_one_question_are_refused(bot: Bot) -> None:
    opened(bot, form(bot, Command="/generate library name=other"))
    assert bot.runs == []
    assert bot.reason == "answered_differently"
    assert "`other` and `orders`" in bot.answer


def test_the_same_answer_twice_is_one(bot: Bot) -> None:
    opened(bot, form(bot, Command="/generate library name=orders lines=3"))
    assert bot.run.status == "completed"


def test_a_wrong_answer_is_told_as_from_a_command(bot: Bot) -> None:
    opened(bot, form(bot, Lines="many"))
    assert bot.reason == "bad_answer"
    assert "`lines` has to be a whole number" in bot.answer


def test_a_heading_with_a_slip_is_no_answer_passed_over(bot: Bot) -> None:
    opened(bot, form(bot).replace("### Colour", "### Color"))
    assert bot.reason == "unknown_heading"
    assert "Colour" in bot.answer


def test_a_secret_under_a_heading_is_refused_and_not_kept(bot: Bot, tmp_path: Path) -> None:
    secretive_pack(tmp_path / "packs")
    bot.change(generator=ProjectGenerator(PackLibrary(tmp_path / "packs")))
    posted = opened(
        bot,
        "### Command\n\n/generate secretive\n\n### Name\n\norders\n\n### Token\n\nhunter2-hunter2",
    )
    assert bot.reason == "secret_in_thread"
    assert "hunter2" not in bot.answer
    assert bot.delivered(posted).body is None


def test_a_form_that_comes_again_is_one_command(bot: Bot) -> None:
    posted = opened(bot, form(bot))
    bot.deliver(posted.kind, posted.body)
    bot.drain()
    assert len(bot.runs) == 1
