"""A command is carried out once, however often and by whomever it is delivered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from bot.core.git_values import Reaction
from bot.errors import Transient
from bot.jobs.intake import take_in
from tests.spine import GENERATE, Bot, Killed


def test_a_redelivery_is_not_run_twice(bot: Bot) -> None:
    posted = bot.post(GENERATE)
    delivery = bot.delivered(posted)
    again = bot.deliver(posted.kind, posted.body, delivery_id=delivery.delivery_id)
    bot.drain()
    assert again == posted.delivery
    assert len(bot.forge.people.changes(bot.shop)) == 1


def test_the_same_comment_under_another_delivery_id_is_not_run_twice(bot: Bot) -> None:
    posted = bot.post(GENERATE)
    bot.deliver(posted.kind, posted.body)
    bot.drain()
    assert len(bot.runs) == 1
    assert len(bot.comments) == 1
    newest = bot.store.deliveries.recent(limit=1)[0]
    assert newest.note == "the command is known: run"


def test_an_opening_text_under_another_delivery_id_is_not_run_twice(bot: Bot) -> None:
    posted = bot.opening(GENERATE)
    bot.deliver(posted.kind, posted.body)
    bot.drain()
    assert len(bot.runs) == 1


@pytest.mark.parametrize("text", [GENERATE, "@firstcommit help", "/generate nothing"])
def test_five_deliveries_of_one_comment_at_once_are_one_command(bot: Bot, text: str) -> None:
    posted = bot.write(text)
    deliveries = [posted.delivery] + [bot.deliver(posted.kind, posted.body) for _ in range(4)]
    together([partial(take_in, bot.services, delivery) for delivery in deliveries])
    bot.queue.deliveries.clear()
    bot.drain()
    assert len(bot.comments) == 1
    assert len(bot.runs) == (text == GENERATE)


def test_one_delivery_taken_in_five_times_at_once_is_one_command(bot: Bot) -> None:
    posted = bot.write(GENERATE)
    together([partial(take_in, bot.services, posted.delivery)] * 5)
    bot.drain()
    assert len(bot.runs) == 1
    assert len(bot.comments) == 1


@pytest.mark.parametrize("method", ["react", "add_comment"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("text", [GENERATE, "@firstcommit help"])
def test_a_worker_killed_while_taking_in_loses_and_doubles_nothing(
    bot: Bot, text: str, method: str, after: bool
) -> None:
    posted = bot.write(text)
    bot.kill_at(method, after=after)
    if text == GENERATE or method == "add_comment":
        with pytest.raises(Killed):
            bot.take_in()
    bot.queue.forget()
    bot.later(31)
    bot.later(31)
    assert len(bot.comments) == 1
    assert bot.delivered(posted).status == "done"
    assert len(bot.runs) == (text == GENERATE)
    assert all(run.status == "completed" for run in bot.runs)


@pytest.mark.parametrize("after", [False, True])
def test_an_answer_that_got_lost_is_written_once(bot: Bot, after: bool) -> None:
    bot.fail("add_comment", after=after)
    bot.post("@firstcommit help")
    for _ in range(4):
        bot.later(15)
    assert bot.answer.startswith("### What I can do")


def test_a_forge_that_is_busy_is_asked_again_as_late_as_it_wants(bot: Bot) -> None:
    bot.fail("permission", Transient("Busy.", retry_after_s=120))
    posted = bot.post("/generate nothing")
    bot.later(100)
    assert not bot.comments
    bot.later(21)
    assert bot.reason == "unknown_pack"
    assert bot.delivered(posted).attempts == 2


def test_a_forge_that_never_answers_is_given_up_and_can_be_asked_anew(bot: Bot) -> None:
    bot.fail("permission", times=12)
    posted = bot.post("/generate nothing")
    for _ in range(12):
        bot.later(301)
    assert bot.delivered(posted).status == "failed"
    bot.deliver(posted.kind, posted.body, delivery_id=bot.delivered(posted).delivery_id)
    bot.drain()
    assert bot.reason == "unknown_pack"


def test_a_command_whose_first_delivery_failed_is_finished_by_another(bot: Bot) -> None:
    bot.fail("permission", RuntimeError("A mistake of ours."))
    posted = bot.post("/generate nothing")
    assert bot.delivered(posted).note == "internal: RuntimeError"
    bot.deliver(posted.kind, posted.body)
    bot.take_in()
    assert bot.reason == "unknown_pack"


def test_a_delivery_that_ends_its_workers_is_given_up(bot: Bot) -> None:
    posted = bot.write("/generate nothing")
    bot.fail("permission", Killed(), times=20)
    for _ in range(20):
        if bot.delivered(posted).status == "received":
            with_kills(bot)
    assert bot.delivered(posted).status == "failed"
    assert bot.delivered(posted).attempts == 13


@pytest.mark.parametrize("body", [b"{}", b'{"action": "created", "comment": 1}', b"[]", b"\xff"])
def test_a_delivery_that_cannot_be_read_fails_and_leaves_nothing(bot: Bot, body: bytes) -> None:
    claimed = bot.deliver("issue_comment", body)
    bot.take_in()
    delivery = bot.store.deliveries.get(claimed)
    assert delivery is not None
    assert delivery.status == "failed"
    assert delivery.note.startswith("unreadable_payload")


def test_an_event_that_nobody_listens_to_is_done(bot: Bot) -> None:
    claimed = bot.deliver("star", b'{"action": "created"}')
    bot.take_in()
    delivery = bot.store.deliveries.get(claimed)
    assert delivery is not None
    assert delivery.note == "nothing listens to this"


def test_a_reaction_that_fails_is_only_prettiness(bot: Bot) -> None:
    bot.fail("react", RuntimeError("odd"))
    posted = bot.post(GENERATE)
    bot.drain()
    assert bot.reactions(posted) == set()
    assert "proposed in" in bot.living


def test_the_first_feedback_is_there_before_the_run_is_queued(bot: Bot) -> None:
    bot.queue.away = True
    posted = bot.write(GENERATE)
    take_in(bot.services, posted.delivery)
    assert bot.reactions(posted) == {Reaction.SEEN}
    assert "queued" in bot.living


def with_kills(bot: Bot) -> None:
    try:
        bot.later(31)
    except Killed:
        return


def together(acts: Sequence[Callable[[], None]]) -> None:
    """Do everything at the same time."""
    start = threading.Barrier(len(acts))
    problems: list[BaseException] = []

    def act(what: Callable[[], None]) -> None:
        start.wait()
        try:
            what()
        except BaseException as exc:  # shown by the assertion below
            problems.append(exc)

    threads = [threading.Thread(target=act, args=(what,)) for what in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not problems
