"""Calls of models as they are recorded: in pages, with texts apart, and what repeats itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.core.model_calls import CallStatus
from bot.core.runs import Run
from bot.store.port import Repeats, Store
from tests.store.making import running
from tests.store.test_budgets import ANSWERED, USED, call, caps, reserved


def test_a_call_is_recorded_before_and_after(store: Store) -> None:
    run = running(store)
    made = reserved(store, run)
    planned = store.model_calls.get(run.id, made)
    assert planned is not None
    assert (planned.status, planned.tokens, planned.micro_usd) == (CallStatus.PLANNED, 1000, 100)
    assert (planned.usage, planned.settled_at, planned.prompt) == (None, None, "say hello")
    store.budgets.settle(made, ANSWERED)
    found = store.model_calls.get(run.id, made)
    assert found is not None
    assert (found.status, found.tokens, found.micro_usd, found.usage) == (
        CallStatus.ANSWERED,
        400,
        40,
        USED,
    )
    assert (found.duration_ms, found.answer, found.answer_hash) == (1200, "hello", "b" * 64)
    assert found.settled_at is not None
    assert "hello" not in repr(found)
    assert store.model_calls.get("another run", made) is None


def test_pages_hold_no_texts(store: Store) -> None:
    run = running(store)
    ids = [reserved(store, run, prompt=text) for text in ("a", "b", None)]
    first = store.model_calls.of_run(run.id, limit=2)
    assert [one.id for one in first.items] == ids[:2]
    assert [(one.prompt, one.has_texts) for one in first.items] == [(None, True), (None, True)]
    rest = store.model_calls.of_run(run.id, after=first.next, limit=2)
    assert [(one.id, one.has_texts) for one in rest.items] == [(ids[2], False)]
    assert rest.next is None


def test_what_is_asked_again_and_again_is_counted(store: Store) -> None:
    run = running(store)
    for _ in range(3):
        store.budgets.settle(reserved(store, run), ANSWERED)
    reserved(store, run)
    assert repeats(store, run) == Repeats(prompts=3, answers=0)
    assert repeats(store, run, prompt="c" * 64) == Repeats(prompts=0, answers=0)


def test_the_same_answer_in_a_row_is_counted_within_repeated_questions(store: Store) -> None:
    run = running(store)
    for attempt, answer in ((1, "x"), (2, "y"), (2, "x"), (3, "x"), (4, "x")):
        made = reserved(store, run, attempt=attempt)
        store.budgets.settle(made, replace(ANSWERED, answer_hash=answer * 64))
    assert repeats(store, run, prompt="c" * 64).answers == 3
    assert repeats(store, run, step="other", prompt="c" * 64).answers == 0


def test_a_new_stretch_of_work_counts_anew(store: Store, advance: Callable[[float], None]) -> None:
    run = running(store, lease_s=5)
    store.budgets.settle(reserved(store, run), ANSWERED)
    advance(6)
    again = store.runs.lease(run.id, worker="w2", lease_s=15)
    assert again is not None
    assert repeats(store, again) == Repeats(prompts=0, answers=0)


def test_texts_go_after_a_time_and_the_rest_stays(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = running(store)
    made = reserved(store, run)
    store.budgets.settle(made, ANSWERED)
    advance(31 * 86_400)
    store.budgets.reserve(call(run), caps(run))
    assert store.model_calls.purge_texts() == 1
    kept = store.model_calls.get(run.id, made)
    assert kept is not None
    assert (kept.prompt, kept.answer, kept.answer_hash) == (None, None, "b" * 64)


def repeats(store: Store, run: Run, *, step: str = "files", prompt: str = "a" * 64) -> Repeats:
    return store.model_calls.repeats(run.id, run.lease_number, step, "file", prompt)


def test_calls_are_summed_by_model_and_how_they_ended(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = running(store)
    store.budgets.settle(reserved(store, run), ANSWERED)
    advance(100)
    for _ in range(2):
        store.budgets.settle(reserved(store, run), ANSWERED)
    unpriced = reserved(store, run, model="openai:own", micro_usd=None)
    store.budgets.settle(unpriced, replace(ANSWERED, micro_usd=None))
    reserved(store, run)
    found = store.model_calls.sums(within_s=50)
    assert [(one.model, one.status, one.calls, one.tokens, one.micro_usd) for one in found] == [
        ("openai:own", CallStatus.ANSWERED, 1, 400, 0),
        ("openai:small", CallStatus.ANSWERED, 2, 800, 80),
        ("openai:small", CallStatus.PLANNED, 1, 1000, 100),
    ]
