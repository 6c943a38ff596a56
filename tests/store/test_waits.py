"""A run waits without a worker, until its time has come or somebody has answered."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.core.runs import PlanStatus, RunStatus
from bot.store.port import Store
from tests.store.making import (
    BROKEN,
    all_at_once,
    found,
    kinds,
    proposed,
    queued,
    running,
    thread,
)

Advance = Callable[[float], None]
DAY_S = 86_400


def taken_again(store: Store, run_id: str) -> bool:
    return store.runs.lease(run_id, worker="w2", lease_s=15) is not None


def test_a_run_that_waits_for_somebody_is_never_due(store: Store, advance: Advance) -> None:
    run = running(store)
    store.runs.wait(run.id, 1, resume_in_s=None, waiting_for="an answer")
    advance(400 * DAY_S)
    waiting = found(store, run)
    assert (waiting.status, waiting.waiting_for) == (RunStatus.WAITING, "an answer")
    assert (waiting.resume_at, waiting.worker) == (None, None)
    assert store.runs.due(queued_for_s=0) == []
    assert not taken_again(store, run.id)


def test_waking_a_run_makes_it_due_at_once(store: Store, advance: Advance) -> None:
    run = running(store)
    store.runs.wait(run.id, 1, resume_in_s=None, waiting_for="an answer")
    assert store.runs.wake(run.id)
    assert found(store, run).status is RunStatus.WAITING
    assert store.runs.due(queued_for_s=600) == [run.id]
    assert taken_again(store, run.id)


def test_waking_comes_before_the_time_that_was_set(store: Store) -> None:
    run = running(store)
    store.runs.wait(run.id, 1, resume_in_s=7 * DAY_S, waiting_for="approval")
    assert store.runs.due(queued_for_s=0) == []
    assert store.runs.wake(run.id)
    assert taken_again(store, run.id)


def test_a_wait_for_somebody_can_be_over_by_itself(store: Store, advance: Advance) -> None:
    run = running(store)
    store.runs.wait(run.id, 1, resume_in_s=7 * DAY_S, waiting_for="approval")
    advance(7 * DAY_S - 60)
    assert store.runs.due(queued_for_s=0) == []
    advance(61)
    assert store.runs.due(queued_for_s=0) == [run.id]


def test_waking_twice_keeps_the_place_in_the_queue(store: Store, advance: Advance) -> None:
    first, second = running(store), running(store)
    for run in (first, second):
        store.runs.wait(run.id, 1, resume_in_s=None, waiting_for="x")
    assert store.runs.wake(first.id)
    advance(5)
    assert store.runs.wake(second.id)
    advance(5)
    assert store.runs.wake(first.id)
    assert store.runs.due(queued_for_s=0) == [first.id, second.id]


def test_a_run_that_was_woken_while_worked_on_does_not_wait(store: Store) -> None:
    run = running(store)
    assert not store.runs.wake(run.id)
    store.runs.wait(run.id, 1, resume_in_s=None, waiting_for="x")
    assert found(store, run).status is RunStatus.WAITING
    assert taken_again(store, run.id)
    store.runs.wait(run.id, 2, resume_in_s=None, waiting_for="x")
    assert not taken_again(store, run.id)


def test_what_woke_a_run_before_it_was_taken_over_is_seen_by_the_new_worker(
    store: Store, advance: Advance
) -> None:
    run = running(store)
    store.runs.wake(run.id)
    advance(16)
    assert taken_again(store, run.id)
    store.runs.wait(run.id, 2, resume_in_s=None, waiting_for="x")
    assert store.runs.due(queued_for_s=0) == []


def test_waking_and_waiting_at_once_loses_no_answer(store: Store) -> None:
    for _ in range(8):
        run = running(store)
        all_at_once(
            [
                lambda run=run: store.runs.wait(run.id, 1, resume_in_s=None, waiting_for="x"),  # type: ignore[misc]
                lambda run=run: store.runs.wake(run.id),  # type: ignore[misc]
            ]
        )
        assert taken_again(store, run.id)


@pytest.mark.parametrize("status", [RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED])
def test_only_a_waiting_run_can_be_woken(store: Store, status: RunStatus) -> None:
    over, new = running(store), queued(store)
    store.runs.wake(over.id)
    store.runs.finish(over.id, 1, status)
    assert not store.runs.wake(over.id)
    assert not store.runs.wake(new.id)
    assert not store.runs.wake("nobody")
    assert found(store, over).status is status
    assert found(store, new).status is RunStatus.QUEUED


def test_a_run_that_waits_for_somebody_can_be_cancelled_and_stopped(store: Store) -> None:
    cancelled, stopped = running(store), running(store, at=thread())
    for run in (cancelled, stopped):
        store.runs.wait(run.id, 1, resume_in_s=None, waiting_for="x")
    assert store.runs.request_cancel(cancelled.id, "ada").status is RunStatus.CANCELLED
    assert store.runs.stop_of_installation("github", "99", BROKEN) == 1
    assert found(store, stopped).status is RunStatus.FAILED


def test_only_the_time_in_which_a_worker_held_the_run_is_counted(
    store: Store, advance: Advance
) -> None:
    run = running(store, lease_s=120)
    advance(10)
    store.runs.wait(run.id, 1, resume_in_s=None, waiting_for="approval")
    advance(5 * DAY_S)
    assert 10 <= found(store, run).worked_s < 60
    store.runs.wake(run.id)
    assert taken_again(store, run.id)
    advance(7)
    store.runs.finish(run.id, 2, RunStatus.COMPLETED)
    assert 17 <= found(store, run).worked_s < 60


def test_a_worker_that_died_is_counted_until_its_lease_lapsed(
    store: Store, advance: Advance
) -> None:
    run = running(store, lease_s=15)
    advance(3600)
    taken = store.runs.lease(run.id, worker="w2", lease_s=15)
    assert taken is not None
    assert 14 <= taken.worked_s <= 15.5
    advance(3600)
    store.runs.request_cancel(run.id, "ada")
    assert 29 <= found(store, run).worked_s <= 31


def test_a_clock_set_back_takes_no_time_from_a_run(store: Store, advance: Advance) -> None:
    run = running(store)
    advance(-3600)
    store.runs.wait(run.id, 1, resume_in_s=None, waiting_for="x")
    assert found(store, run).worked_s == 0


def test_a_retry_counts_the_time_anew(store: Store, advance: Advance) -> None:
    run = running(store, lease_s=120)
    advance(60)
    store.runs.finish(run.id, 1, RunStatus.FAILED, BROKEN)
    assert found(store, run).worked_s >= 60
    assert store.runs.retry(run.id).worked_s == 0


def test_who_holds_a_run_is_told_while_it_is_held(store: Store) -> None:
    run = running(store)
    assert found(store, run).worker == "w1"
    store.runs.finish(run.id, 1, RunStatus.COMPLETED)
    assert found(store, run).worker is None


def test_an_answer_wakes_the_run_whose_plan_it_decides(store: Store) -> None:
    run = running(store, at=thread())
    plan = proposed(store, run)
    assert not taken_again(store, run.id)
    store.plans.decide(plan.id, PlanStatus.APPROVED, by="github:bob")
    assert taken_again(store, run.id)
    assert kinds(store, run.id)[-4:] == [
        "plan_proposed",
        "run_waiting",
        "plan_approved",
        "run_started",
    ]
