"""``status``, ``templates``, ``help`` and ``doctor``: they tell, and change nothing."""

from __future__ import annotations

import pytest

from bot.commands import COMMANDS
from bot.core.policy import Policy
from bot.core.verbs import BARE_VERBS, LATER_VERBS
from bot.errors import Transient, UserError
from tests.spine import GENERATE, Bot


@pytest.mark.parametrize("verb", ["status", "templates", "help", "doctor"])
def test_readers_are_told(bot: Bot, verb: str) -> None:
    bot.post(f"@firstcommit {verb}", author="rita")
    assert "Reason:" not in bot.answer


@pytest.mark.parametrize("verb", ["status", "templates", "help", "doctor"])
def test_who_may_not_read_is_not(bot: Bot, verb: str) -> None:
    bot.post(f"/firstcommit {verb}", author="eve")
    assert bot.reason == "no_read"


def test_status_of_a_thread_without_runs(bot: Bot) -> None:
    bot.post("@firstcommit status")
    assert bot.answer.startswith("There is no run in this thread yet.")


def test_status_names_each_run_with_its_state(bot: Bot) -> None:
    bot.do(GENERATE)
    bot.fail("commit_on_new_branch", UserError("No.", reason="no_access"))
    bot.do("/generate library name=bills path=bills")
    bot.fail("commit_on_new_branch", Transient("The forge is `busy` | away.", retry_after_s=60))
    bot.do("/generate library name=cards path=cards")
    bot.post("@firstcommit status")
    rows = [line for line in bot.answer.splitlines() if line.startswith("| `")]
    assert [run.short_id in row for run, row in zip(reversed(bot.runs), rows, strict=True)]
    assert r"⏸️ waiting: The forge is \`busy\` \| away." in rows[0]
    assert "❌ failed: `no_access` | bills |" in rows[1]
    assert "✅ completed | orders | 2026-11-22 09:30 UTC |" in rows[2]


def test_templates_lists_the_packs(bot: Bot) -> None:
    bot.post("@firstcommit templates")
    assert "| `library` | 1.0.0 | A small library, for tests of the spine |" in bot.answer


def test_templates_lists_only_what_policy_allows(bot: Bot) -> None:
    bot.change(policy=Policy(packs=("python-*",)))
    bot.post("@firstcommit templates")
    assert bot.answer.startswith("There are no template packs")


def test_templates_of_a_pack_shows_its_questions(bot: Bot) -> None:
    bot.post("@firstcommit templates library")
    assert "| `colour` | red, green | `red` |" in bot.answer
    assert "| `title` | string |  | a title" in bot.answer
    assert "| `ci` | github, gitlab, none | `github` |" in bot.answer
    assert r"what it is for \| in a line" in bot.answer
    assert "/generate library name=NAME" in bot.answer


def test_templates_of_a_pack_that_policy_does_not_allow_are_refused(bot: Bot) -> None:
    bot.change(policy=Policy(packs=("python-*",)))
    bot.post("@firstcommit templates library")
    assert bot.reason == "pack_not_allowed"


def test_templates_of_no_pack_names_the_nearest(bot: Bot) -> None:
    bot.post("@firstcommit templates libary")
    assert bot.reason == "unknown_pack"
    assert "Did you mean library?" in bot.answer


def test_help_lists_every_command_and_none_that_is_not_built(bot: Bot) -> None:
    bot.post("/firstcommit help")
    for spec in COMMANDS:
        prefix = "/" if spec.verb in BARE_VERBS else "@firstcommit "
        assert f"`{prefix}{spec.usage}`" in bot.answer
    for verb in LATER_VERBS:
        assert verb not in bot.answer


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.verb)
def test_help_of_a_command_shows_its_keys_and_examples(bot: Bot, spec: object) -> None:
    bot.post(f"@firstcommit help {spec.verb}")  # type: ignore[attr-defined]
    for key in spec.keys:  # type: ignore[attr-defined]
        assert f"| `{key}` |" in bot.answer
    for example in spec.examples:  # type: ignore[attr-defined]
        assert example in bot.answer


@pytest.mark.parametrize("text", ["@firstcommit", "/firstcommit", "@firstcommit --help"])
def test_our_name_alone_is_help(bot: Bot, text: str) -> None:
    bot.post(text)
    assert bot.answer.startswith("### What I can do")


def test_doctor_tells_what_it_found_of_this_repository(bot: Bot) -> None:
    bot.post("@firstcommit doctor")
    assert bot.answer.startswith("### ✅ Everything is in place")


def test_examples_are_commands_that_are_understood(bot: Bot) -> None:
    from bot.core.grammar import CommandLine, find_commands

    for spec in COMMANDS:
        assert spec.examples
        for example in spec.examples:
            (found,) = find_commands(f"@firstcommit {example}")
            assert isinstance(found, CommandLine)
            assert found.verb == spec.verb
