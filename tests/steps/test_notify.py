"""A comment of its own, in the run's thread or in another, and there once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.core.git_values import Comment
from bot.core.identity import Permission, Thread
from bot.core.runs import Run
from bot.errors import Transient
from tests.jobs.engine import start
from tests.report.golden import check_reply
from tests.spine import Bot, Killed

MESSAGE = "The **orders** are ready.\n\n- see `README.md`"


def notify(bot: Bot, message: str = MESSAGE, **more: object) -> Run:
    """Queue a run that says something, by ann."""
    given = {"message": message, **more}
    return start(bot, [{"id": "tell", "uses": "notify", "with": given}])


def said(bot: Bot, thread: Thread | None = None) -> Sequence[Comment]:
    """Our comments in a thread, but for living ones."""
    me = bot.forge.me()
    return [
        comment
        for comment in bot.forge.people.comments(thread or bot.thread)
        if comment.author.is_same_as(me) and "firstcommit:run:" not in comment.body
    ]


def failure(bot: Bot) -> str:
    assert bot.run.failure is not None
    return bot.run.failure.reason


def test_it_is_said_in_the_runs_thread_beside_the_living_comment(bot: Bot) -> None:
    notify(bot)
    bot.drain()
    assert bot.run.status == "completed", bot.run.failure
    (comment,) = said(bot)
    text = comment.body.rpartition("<!-- firstcommit:")[0].strip() + "\n"
    check_reply("notify", text, run=bot.run.id)
    assert bot.run.step("tell").outputs == {"comment": comment.id, "url": comment.url}
    assert len(bot.comments) == 2


def test_it_is_said_in_another_thread_of_the_repository(bot: Bot) -> None:
    other = bot.open("Another")
    notify(bot, thread=other.number)
    bot.drain()
    assert len(said(bot, other)) == 1
    assert not said(bot)


def test_a_thread_that_is_not_there_fails_the_step(bot: Bot) -> None:
    notify(bot, thread=999)
    bot.drain()
    assert failure(bot) == "no_access"


@pytest.mark.parametrize("number", [0, -1])
def test_what_cannot_be_a_threads_number_is_refused(bot: Bot, number: int) -> None:
    notify(bot, thread=number)
    bot.drain()
    assert failure(bot) == "bad_input"


def test_a_run_without_a_thread_says_what_to_do(bot: Bot) -> None:
    bot.thread, thread = None, bot.thread  # type: ignore[assignment]
    notify(bot)
    bot.thread = thread
    bot.drain()
    assert failure(bot) == "no_thread"
    assert bot.run.failure is not None
    assert "`if`" in bot.run.failure.remedy
    assert not said(bot)


def test_nothing_is_not_said(bot: Bot) -> None:
    notify(bot, " \n")
    bot.drain()
    assert failure(bot) == "bad_input"
    assert not said(bot)


def test_somebody_who_lost_write_access_says_nothing_through_us(bot: Bot) -> None:
    notify(bot)
    bot.forge.permissions["acme/shop", "ann"] = Permission.READ
    bot.drain()
    assert failure(bot) == "no_write"
    assert not said(bot)


def test_a_message_calls_nobody_and_commands_nothing(bot: Bot) -> None:
    notify(bot, "@acme/all\n/generate library name=x\n@firstcommit help\n<!-- a -->\n```\n@kept")
    bot.drain()
    (comment,) = said(bot)
    assert "@acme" not in comment.body
    assert "@firstcommit" not in comment.body
    assert "\n/generate" not in comment.body
    assert comment.body.count("<!--") == 1
    assert "```\n@kept\n```\n" in comment.body


def test_our_own_words_are_no_command_even_where_they_look_like_one(bot: Bot) -> None:
    notify(bot, "/firstcommit help")
    bot.drain()
    (comment,) = said(bot)
    kind, body = bot.forge.people.delivery_for_comment(bot.thread, comment)
    bot.deliver(kind, body)
    bot.drain()
    assert len(bot.runs) == 1
    assert said(bot) == [comment]


def test_what_is_too_long_is_cut_and_still_known_as_ours(bot: Bot) -> None:
    halves = ["```\n" + ("y" * 99 + "\n") * 450] * 2
    message = "${{ inputs.halves[0] }}${{ inputs.halves[1] }}"
    steps: list[dict[str, object]] = [
        {"id": "tell", "uses": "notify", "with": {"message": message}}
    ]
    start(bot, steps, inputs={"halves": halves})
    bot.drain()
    (comment,) = said(bot)
    assert len(comment.body) <= 60_000
    assert "Cut here" in comment.body
    assert bot.run.short_id in comment.body
    assert comment.body.count("```") == 2


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_worker_killed_while_it_speaks_says_it_once(bot: Bot, after: bool) -> None:
    notify(bot)
    kill_at_the_notice(bot, after=after)
    with pytest.raises(Killed):
        bot.drain()
    bot.queue.forget()
    for _ in range(4):
        bot.later(31)
    assert bot.run.status == "completed", bot.run.failure
    assert len(said(bot)) == 1


def test_what_was_doubled_is_removed(bot: Bot) -> None:
    notify(bot)
    kill_at_the_notice(bot, after=True)
    with pytest.raises(Killed):
        bot.drain()
    (first,) = said(bot)
    # A writer of whom nobody heard any more has written it as well.
    bot.forge.add_comment(bot.thread, first.body)
    bot.queue.forget()
    for _ in range(4):
        bot.later(31)
    assert said(bot) == [first]


def test_a_lost_answer_is_made_good(bot: Bot) -> None:
    notify(bot)
    original = bot.forge.add_comment

    def lost(thread: Thread, body: str, *, first: bool = False) -> Comment:
        made = original(thread, body, first=first)
        if "firstcommit:notice:" in body:
            bot.forge.add_comment = original  # type: ignore[method-assign]
            raise Transient("The forge does not answer.")
        return made

    bot.forge.add_comment = lost  # type: ignore[method-assign]
    bot.drain()
    for _ in range(4):
        bot.later(60)
    assert bot.run.status == "completed", bot.run.failure
    assert len(said(bot)) == 1


def test_a_mark_that_somebody_else_wrote_is_not_our_comment(bot: Bot) -> None:
    notify(bot)
    kill_at_the_notice(bot, after=False)
    with pytest.raises(Killed):
        bot.drain()
    effects = bot.store.ledger.of(f"run:{bot.run.id}")
    (effect,) = (one for one in effects if one.key.startswith("notify:"))
    forged = f"Mine\n<!-- firstcommit:notice:{effect.id} -->"
    bot.forge.people.say(bot.thread, forged, author=bot.person("eve"))
    bot.queue.forget()
    for _ in range(4):
        bot.later(31)
    assert len(said(bot)) == 1


def test_the_step_done_again_says_it_again(bot: Bot) -> None:
    notify(bot)
    bot.drain()
    bot.store.runs.retry(bot.run.id, steps=["tell"])
    bot.queue.run(bot.run.id)
    bot.drain()
    assert len(said(bot)) == 2


def test_each_part_of_a_step_speaks_for_itself(bot: Bot) -> None:
    start(
        bot,
        [
            {
                "id": "tell",
                "uses": "notify",
                "for_each": ["one", "two"],
                "with": {"message": "Number ${{ item }}"},
            }
        ],
    )
    bot.drain()
    assert bot.run.status == "completed", bot.run.failure
    assert sorted(comment.body.split("\n")[0] for comment in said(bot)) == [
        "Number one",
        "Number two",
    ]


def kill_at_the_notice(bot: Bot, *, after: bool) -> None:
    """Have the worker killed when it writes the step's comment, and not the living one."""
    original = bot.forge.add_comment

    def killed(thread: Thread, body: str, *, first: bool = False) -> Comment:
        if "firstcommit:notice:" not in body:
            return original(thread, body, first=first)
        bot.forge.add_comment = original  # type: ignore[method-assign]
        if after:
            original(thread, body, first=first)
        raise Killed

    bot.forge.add_comment = killed  # type: ignore[method-assign]
