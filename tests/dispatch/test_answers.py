"""What a command is answered that cannot be carried out: once, clearly, and nothing is left."""

from __future__ import annotations

import pytest

from bot.core.git_values import Reaction
from tests.spine import GENERATE, NEW, Bot

WRITES = ("create_repository", "replace_first_commit", "commit_on_new_branch", "open_change")


@pytest.mark.parametrize(
    ("text", "reason", "words"),
    [
        ("/generate", "missing_pack", "Which template pack?"),
        ("/generate nothing name=orders", "unknown_pack", "There is no template pack"),
        ("/generate librray name=orders", "unknown_pack", "Did you mean library?"),
        ("/generate library", "missing_answer", "`name` is missing"),
        ("/generate library name=Orders!", "bad_answer", "`name`"),
        (f"{GENERATE} lines=many", "bad_answer", "`lines`"),
        (f"{GENERATE} colour=blue", "bad_answer", "`colour`"),
        (f"{GENERATE} color=red", "unknown_answer", "did you mean `colour`?"),
        (f"{GENERATE} into=orders", "bad_destination", "owner/name"),
        (f"{GENERATE} into=acme/or*ders", "bad_destination", "cannot be a repository's name"),
        (f"{GENERATE} into=ftp:acme/orders", "bad_destination", "`ftp` is no forge"),
        (f"{GENERATE} into=local:acme/orders", "foreign_forge", "This thread is on github"),
        (f"{GENERATE} path=../secrets", "bad_path", ".."),
        (f"{GENERATE} path=.git/hooks", "bad_path", ".git"),
        (f"{GENERATE} branch=a..b", "bad_branch", "`a..b`"),
        (f"{GENERATE} branch=main", "branch_exists", "`main` exists already"),
        (f"{GENERATE} draft=perhaps", "bad_value", "`draft` is yes or no"),
        (f"{GENERATE} visibility=public", "key_not_fitting", "this one exists"),
        (f"{GENERATE} workflow=other", "unknown_workflow", "There is no workflow 'other'"),
        (f"{GENERATE} budget=much", "bad_budget", "`much` is no budget"),
        (f"{GENERATE} --budget", "missing_value", "`budget` needs a value"),
        (f"{GENERATE} to=acme", "not_available", "`to`"),
        ("/generate library other name=x", "too_many_arguments", "one argument, not 2"),
        ("@firstcommit cancel", "nothing_to_cancel", "No run of this thread is under way."),
        ("@firstcommit retry", "nothing_to_retry", "No run of this thread has failed"),
        ("/retry 123456", "unknown_run", "no run of that name"),
        ("@firstcommit help nonsense", "unknown_verb", "There is no such command."),
        ("@firstcommit help generat", "unknown_verb", "Did you mean `generate`?"),
        ("@firstcommit status now", "too_many_arguments", "no argument, not 1"),
        ("@firstcommit status --wide", "unknown_key", "does not know `wide`"),
        ("@firstcommit status -- please", "unexpected_text", "takes no text"),
        ("@firstcommit generrate library", "unknown_verb", "Did you mean `generate`?"),
        ("/firstcommit statsu", "unknown_verb", "Did you mean `status`?"),
        ('/generate library name="orders', "unclosed_quote", "^"),
        (f"{GENERATE} name=bills", "duplicate_key", "name"),
    ],
)
def test_what_cannot_be_done_is_answered_once_with_its_reason(
    bot: Bot, text: str, reason: str, words: str
) -> None:
    bot.post(text)
    bot.drain()
    assert bot.reason == reason
    assert words in bot.answer
    assert not bot.runs
    assert not bot.forge.calls_of(*WRITES)


@pytest.mark.parametrize("verb", ["update", "drift", "campaign"])
def test_verbs_asked_of_us_by_name_are_told_to_be_missing(bot: Bot, verb: str) -> None:
    bot.post(f"@firstcommit {verb}")
    assert bot.reason == "not_available"
    assert f"`{verb}` is not available in this version." in bot.answer


def test_a_syntax_error_is_shown_where_it_is(bot: Bot) -> None:
    bot.post('Please:\n\n/generate library name="orders')
    line, mark = bot.answer.split("```")[1].strip("\n").splitlines()
    assert line == '/generate library name="orders'
    assert line[mark.index("^")] == '"'


def test_a_syntax_error_far_out_on_a_long_line_is_cut_around_it(bot: Bot) -> None:
    bot.post(f'/generate library name=orders description={"x" * 20_000} title="open')
    assert len(bot.answer) < 1_000
    line, mark = bot.answer.split("```")[1].strip("\n").splitlines()
    assert line[mark.index("^")] == '"'


def test_two_commands_in_one_text_are_both_quoted_and_neither_is_run(bot: Bot) -> None:
    bot.post(f"{GENERATE}\nand then\n{NEW}")
    bot.drain()
    assert bot.reason == "two_commands"
    assert GENERATE in bot.answer
    assert NEW in bot.answer
    assert not bot.runs


def test_words_for_another_bot_are_no_second_command(bot: Bot) -> None:
    bot.post(f"/approve\n{GENERATE}")
    bot.drain()
    assert len(bot.runs) == 1
    assert not bot.answers


def test_text_behind_a_pack_is_refused_for_want_of_a_model(bot: Bot) -> None:
    bot.post("/generate -- a small library for photos")
    assert bot.reason == "needs_model"
    assert "/generate library name=NAME" in bot.answer


def test_a_fourth_run_in_a_thread_has_to_wait(bot: Bot) -> None:
    for _ in range(3):
        bot.post(GENERATE)
    bot.post(GENERATE)
    assert bot.reason == "too_many_runs"
    assert len(bot.runs) == 3


def test_an_accepted_command_gets_its_reaction_and_its_comment_before_it_is_run(bot: Bot) -> None:
    posted = bot.post(GENERATE)
    assert bot.reactions(posted) == {Reaction.SEEN}
    assert "orders: queued" in bot.living


def test_the_opening_text_of_a_thread_is_a_command_too(bot: Bot) -> None:
    posted = bot.opening(f"We need this.\n\n{GENERATE}")
    bot.take_in()
    bot.drain()
    assert "proposed in" in bot.living
    assert bot.reactions(posted) == {Reaction.SEEN}


def test_code_and_quotes_hold_no_commands(bot: Bot) -> None:
    bot.post(f"> {GENERATE}\n\n```\n{GENERATE}\n```\n\n`{GENERATE}`\n\n<!--\n{GENERATE}\n-->")
    assert not bot.comments
    assert not bot.runs
