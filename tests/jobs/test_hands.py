"""Deliveries are worked on side by side, those of one person one after the other."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from bot.jobs.hands import Hands, Turns
from bot.jobs.intake import take_in
from tests.jobs.test_intake import together
from tests.spine import Bot

SOON_S = 30.0


def test_a_forge_that_does_not_answer_one_holds_up_no_other(bot: Bot) -> None:
    asked, answered, done = threading.Event(), threading.Event(), threading.Event()
    original = bot.forge.permission

    def slow(*args: object, **kwargs: object) -> object:
        bot.forge.permission = original  # type: ignore[method-assign]
        asked.set()
        assert answered.wait(SOON_S)
        return original(*args, **kwargs)  # type: ignore[arg-type]

    bot.forge.permission = slow  # type: ignore[method-assign, assignment]
    hands = Hands(2)
    hands.give(partial(take_in, bot.services, bot.write("@firstcommit help").delivery))
    assert asked.wait(SOON_S)
    hands.give(
        partial(take_in, bot.services, bot.write("@firstcommit help", author="mia").delivery)
    )
    hands.give(done.set)
    assert done.wait(SOON_S)
    assert len(bot.answers) == 1
    answered.set()
    hands.finish()
    assert len(bot.answers) == 2


def test_a_stranger_gets_no_more_answers_by_writing_all_at_once(bot: Bot) -> None:
    posted = [bot.write("@firstcommit help", author="rita") for _ in range(8)]
    together([partial(take_in, bot.services, one.delivery) for one in posted])
    assert len(bot.answers) == 5


def test_who_brings_more_than_there_are_hands_waits() -> None:
    hands, go, taken = Hands(1), threading.Event(), threading.Event()
    hands.give(partial(go.wait, SOON_S))

    def bring() -> None:
        hands.give(lambda: None)
        taken.set()

    bringing = threading.Thread(target=bring)
    bringing.start()
    assert not taken.wait(0.05)
    go.set()
    assert taken.wait(SOON_S)
    bringing.join(SOON_S)
    hands.finish()


def test_a_hand_whose_work_broke_takes_more() -> None:
    hands, done = Hands(1), threading.Event()

    def broken() -> None:
        raise KeyError("odd")

    hands.give(broken)
    hands.give(done.set)
    assert done.wait(SOON_S)
    hands.finish()
    assert hands.longest_s() == 0


def test_a_hand_that_does_not_come_back_is_noticed() -> None:
    hands, go = Hands(2), threading.Event()
    hands.give(partial(go.wait, SOON_S))
    begun = threading.Event()
    hands.give(begun.set)
    assert begun.wait(SOON_S)
    assert hands.longest_s() > 0
    go.set()
    hands.finish()


@pytest.mark.parametrize(("keys", "most"), [(["a"] * 8, 1), (list("abcdefgh"), 8)])
def test_turns_are_taken_one_after_the_other_for_each_key(keys: list[str], most: int) -> None:
    turns, lock = Turns(), threading.Lock()
    everybody = threading.Barrier(most)
    inside: list[int] = [0]
    seen: list[int] = []

    def act(key: str) -> None:
        with turns.of(key):
            with lock:
                inside[0] += 1
                seen.append(inside[0])
            everybody.wait(SOON_S)
            with lock:
                inside[0] -= 1

    together([partial(act, key) for key in keys])
    assert max(seen) == most


def test_who_has_a_turn_may_take_it_again() -> None:
    turns = Turns()
    with turns.of("a"), turns.of("a"):
        pass
    together([partial(_take, turns)])


def _take(turns: Turns) -> None:
    with turns.of("a"):
        return
