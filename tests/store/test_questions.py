"""Questions of runs: asked once, answered once, and gone with their run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.identity import Actor
from bot.core.runs import RunStatus
from bot.errors import LeaseLost
from bot.store.port import Question, Store
from tests.store.making import ADA, all_at_once, found, running, thread

BOB = Actor(forge="github", account_id="2", login="bob")


def asked(store: Store, *, number: int = 7) -> Question:
    """A question of a run that waits for its answer."""
    run = running(store, at=thread(number))
    question = store.questions.ask(run.id, "needs", "Which database?", number=run.lease_number)
    store.runs.wait(run.id, run.lease_number, resume_in_s=None, waiting_for="an answer")
    return question


def test_an_answer_is_kept_and_wakes_the_run(store: Store) -> None:
    question = asked(store)
    assert (question.text, question.answer, question.answered_by) == ("Which database?", None, None)
    answered = store.questions.answer(question.id, "SQLite", by=BOB)
    assert answered is not None
    assert answered == replace(
        question, answer="SQLite", answered_by=BOB, answered_at=answered.answered_at
    )
    assert answered.answered_at is not None
    assert store.questions.get(question.id) == answered
    assert store.questions.of_run(question.run_id) == [answered]
    assert question.run_id in store.runs.due(queued_for_s=0)


def test_only_the_first_answer_counts(store: Store) -> None:
    question = asked(store)
    answers = all_at_once(
        [
            lambda text=text: store.questions.answer(question.id, text, by=ADA)
            for text in ("one", "two", "three")
        ]
    )
    (first,) = [answer for answer in answers if answer is not None]
    kept = store.questions.get(question.id)
    assert kept is not None
    assert kept.answer == first.answer


def test_a_worker_that_asks_again_is_given_the_question_that_is_open(store: Store) -> None:
    run = running(store, at=thread())
    first = store.questions.ask(run.id, "needs", "Which?", number=run.lease_number)
    assert store.questions.ask(run.id, "needs", "Which one?", number=run.lease_number) == first
    store.questions.answer(first.id, "That", by=ADA)
    second = store.questions.ask(run.id, "needs", "And?", number=run.lease_number)
    assert second.text == "And?"
    assert [one.id for one in store.questions.of_run(run.id)] == [first.id, second.id]


def test_the_newest_open_question_of_a_thread_is_found(store: Store) -> None:
    assert store.questions.open_of_thread(thread()) is None
    older, newer = asked(store), asked(store)
    asked(store, number=8)
    assert store.questions.open_of_thread(thread()) == newer
    store.questions.answer(newer.id, "yes", by=ADA)
    assert store.questions.open_of_thread(thread()) == older


def test_what_a_run_asked_that_is_over_is_not_answered(store: Store) -> None:
    question = asked(store)
    store.runs.request_cancel(question.run_id, by="github:ada")
    assert store.questions.open_of_thread(thread()) is None
    assert store.questions.answer(question.id, "late", by=ADA) is None
    assert store.questions.answer("nobody", "late", by=ADA) is None


def test_an_older_lease_asks_nothing(store: Store) -> None:
    run = running(store)
    store.runs.finish(run.id, run.lease_number, RunStatus.COMPLETED)
    with pytest.raises(LeaseLost):
        store.questions.ask(run.id, "needs", "Which?", number=run.lease_number)
    assert found(store, run).status is RunStatus.COMPLETED
