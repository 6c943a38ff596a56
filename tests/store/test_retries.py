"""An ended run is put back, from where it stopped or from the steps that are named."""

from __future__ import annotations

import pytest

from bot.core.runs import Run, RunStatus, StepStatus
from bot.errors import UserError
from bot.store.port import Store
from tests.store.making import BROKEN, found, kinds, new_plan, queued, running


def with_parts(store: Store) -> Run:
    """A run of which the second step failed in its second part."""
    run = running(store)
    store.runs.step_started(run.id, 1, "files", inputs={"pack": "p"})
    store.runs.step_completed(run.id, 1, "files", {"project": "p"})
    store.runs.add_parts(run.id, 1, "checks", 3)
    store.runs.step_started(run.id, 1, "checks[0]")
    store.runs.step_completed(run.id, 1, "checks[0]", {"ok": 0})
    store.runs.step_started(run.id, 1, "checks[1]")
    store.runs.step_failed(run.id, 1, "checks[1]", BROKEN)
    store.runs.step_waiting(run.id, 1, "checks[2]", resume_in_s=None, waiting_for="x")
    store.runs.step_failed(run.id, 1, "checks", BROKEN)
    store.runs.finish(run.id, 1, RunStatus.FAILED, BROKEN)
    return run


def completed(store: Store) -> Run:
    run = running(store)
    for step_id in ("files", "checks", "commit"):
        store.runs.step_started(run.id, 1, step_id)
        store.runs.step_completed(run.id, 1, step_id, {"made_by": step_id})
    store.runs.finish(run.id, 1, RunStatus.COMPLETED, outputs={"url": "https://x.example"})
    return run


def test_a_completed_run_keeps_its_outputs(store: Store) -> None:
    assert found(store, completed(store)).outputs == {"url": "https://x.example"}


def test_parts_that_were_done_are_not_done_again(store: Store) -> None:
    again = store.runs.retry(with_parts(store).id)
    first, second, third = again.parts_of("checks")
    assert (first.status, first.outputs) == (StepStatus.COMPLETED, {"ok": 0})
    for step in (second, third, again.step("checks")):
        assert (step.status, step.attempts, step.failure) == (StepStatus.PENDING, 0, None)
        assert (step.waiting_for, step.resume_at, step.started_at) == (None, None, None)
    assert again.step("files").inputs == {"pack": "p"}
    assert {step.round for step in (*again.steps, *again.parts)} == {0}


def test_a_step_that_waited_is_pending_again(store: Store) -> None:
    run = running(store)
    store.runs.step_waiting(run.id, 1, "files", resume_in_s=600, waiting_for="approval")
    store.runs.wait(run.id, 1, resume_in_s=None, waiting_for="approval")
    store.runs.request_cancel(run.id, "ada")
    step = store.runs.retry(run.id).step("files")
    assert (step.status, step.waiting_for, step.resume_at) == (StepStatus.PENDING, None, None)


def test_named_steps_are_done_again_with_new_parts(store: Store) -> None:
    run = with_parts(store)
    again = store.runs.retry(run.id, steps=["checks", "commit"])
    assert again == found(store, run)
    assert again.parts == ()
    files, checks, commit = again.steps
    assert (files.status, files.round) == (StepStatus.COMPLETED, 0)
    for step in (checks, commit):
        assert (step.status, step.round, step.outputs) == (StepStatus.PENDING, 1, None)
    assert store.runs.lease(run.id, worker="w2", lease_s=15)
    more = store.runs.add_parts(run.id, 2, "checks", 2)
    assert [(part.status, part.round) for part in more.parts] == [(StepStatus.PENDING, 1)] * 2


def test_steps_of_a_completed_run_are_done_again_when_named(store: Store) -> None:
    run = completed(store)
    again = store.runs.retry(run.id, steps=["commit"])
    assert (again.status, again.outputs, again.finished_at) == (RunStatus.QUEUED, None, None)
    files, _, commit = again.steps
    assert files.outputs == {"made_by": "files"}
    assert (commit.status, commit.attempts, commit.inputs) == (StepStatus.PENDING, 0, None)
    told = [event.data for event in store.runs.events(run.id) if event.kind == "retry_requested"]
    assert told == [{"steps": ["commit"]}]


def test_rounds_rise_each_time(store: Store) -> None:
    run = completed(store)
    for number in (1, 2, 3):
        assert store.runs.retry(run.id, steps=["commit"]).step("commit").round == number
        assert store.runs.lease(run.id, worker="w", lease_s=15)
        store.runs.finish(run.id, number + 1, RunStatus.FAILED, BROKEN)


def test_attempts_at_what_was_dropped_stay(store: Store) -> None:
    run = with_parts(store)
    before = store.runs.attempts(run.id)
    store.runs.retry(run.id, steps=["checks"])
    assert store.runs.attempts(run.id) == before
    assert {attempt.step for attempt in before} == {"files", "checks[0]", "checks[1]"}


def test_a_completed_run_is_not_retried_as_a_whole(store: Store) -> None:
    with pytest.raises(UserError) as refused:
        store.runs.retry(completed(store).id)
    assert refused.value.reason == "not_retryable"


def test_steps_of_an_unfinished_run_are_not_done_again(store: Store) -> None:
    waiting = running(store)
    store.runs.wait(waiting.id, 1, resume_in_s=None, waiting_for="x")
    for run in (queued(store), running(store), waiting):
        with pytest.raises(UserError) as refused:
            store.runs.retry(run.id, steps=["files"])
        assert refused.value.reason == "not_retryable"


@pytest.mark.parametrize("name", ["nowhere", "checks[0]"])
def test_what_is_no_step_is_not_done_again(store: Store, name: str) -> None:
    run = with_parts(store)
    with pytest.raises(UserError) as refused:
        store.runs.retry(run.id, steps=["files", name])
    assert refused.value.reason == "unknown_step"
    assert found(store, run).status is RunStatus.FAILED
    assert found(store, run).step("files").round == 0


def test_a_plan_lapses_with_its_run(store: Store) -> None:
    run = running(store)
    store.plans.propose(new_plan(run), number=1)
    store.runs.finish(run.id, 1, RunStatus.FAILED, BROKEN)
    assert [plan.status for plan in store.plans.of_run(run.id)] == ["lapsed"]
    assert kinds(store, run.id)[-2:] == ["plan_lapsed", "run_failed"]
