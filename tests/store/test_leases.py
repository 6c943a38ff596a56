"""A run belongs to one worker at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.core.runs import ExportType, RunStatus, StepStatus
from bot.errors import LeaseLost
from bot.store.port import NewPlan, Store
from tests.store.making import (
    BROKEN,
    all_at_once,
    kinds,
    project_of,
    queued,
    running,
    save,
    text_file,
    thread,
)


def test_a_queued_run_is_taken_as_running(store: Store) -> None:
    run = store.runs.lease(queued(store).id, worker="w1", lease_s=15)
    assert run is not None
    assert (run.status, run.lease_number) == (RunStatus.RUNNING, 1)
    assert run.started_at is not None
    assert store.runs.get(run.id) == run


def test_of_eight_workers_one_gets_the_run(store: Store) -> None:
    run = queued(store)
    taken = all_at_once([lambda: store.runs.lease(run.id, worker="w", lease_s=60)] * 8)
    assert len([each for each in taken if each is not None]) == 1
    assert kinds(store, run.id).count("run_started") == 1


def test_a_held_run_is_taken_only_after_its_lease(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = running(store)
    advance(14)
    assert store.runs.lease(run.id, worker="w2", lease_s=15) is None
    advance(2)
    taken = store.runs.lease(run.id, worker="w2", lease_s=15)
    assert taken is not None
    assert taken.lease_number == 2
    assert taken.started_at is not None


def test_renewing_holds_it_longer_and_never_shorter(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = running(store)
    store.runs.renew(run.id, 1, lease_s=120)
    store.runs.renew(run.id, 1, lease_s=15)
    advance(119)
    assert store.runs.lease(run.id, worker="w2", lease_s=15) is None
    advance(2)
    assert store.runs.lease(run.id, worker="w2", lease_s=15)


def test_a_lapsed_lease_that_nobody_took_still_holds(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = running(store)
    advance(100)
    store.runs.step_started(run.id, 1, "files")
    store.runs.renew(run.id, 1, lease_s=15)
    assert store.runs.lease(run.id, worker="w2", lease_s=15) is None


def test_a_waiting_run_is_taken_when_its_time_has_come(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = running(store)
    store.runs.wait(run.id, 1, resume_in_s=30, waiting_for="the pace of the forge")
    waiting = store.runs.get(run.id)
    assert waiting is not None
    assert (waiting.status, waiting.waiting_for) == (RunStatus.WAITING, "the pace of the forge")
    assert waiting.resume_at is not None
    assert store.runs.lease(run.id, worker="w2", lease_s=15) is None
    advance(31)
    taken = store.runs.lease(run.id, worker="w2", lease_s=15)
    assert taken is not None
    assert (taken.waiting_for, taken.resume_at, taken.lease_number) == (None, None, 2)


@pytest.mark.parametrize("status", [RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED])
def test_a_finished_run_is_not_taken(store: Store, status: RunStatus) -> None:
    run = running(store)
    store.runs.finish(run.id, 1, status)
    assert store.runs.lease(run.id, worker="w2", lease_s=15) is None


def test_an_unknown_run_is_not_taken(store: Store) -> None:
    assert store.runs.lease("nobody", worker="w", lease_s=15) is None


WRITES: dict[str, Callable[[Store, str, str], object]] = {
    "renew": lambda store, run, project: store.runs.renew(run, 1, lease_s=9),
    "wait": lambda store, run, project: store.runs.wait(run, 1, resume_in_s=9, waiting_for="x"),
    "step_started": lambda store, run, project: store.runs.step_started(run, 1, "files"),
    "step_completed": lambda store, run, project: store.runs.step_completed(run, 1, "files", {}),
    "step_skipped": lambda store, run, project: store.runs.step_skipped(run, 1, "files"),
    "step_failed": lambda store, run, project: store.runs.step_failed(run, 1, "files", BROKEN),
    "add_parts": lambda store, run, project: store.runs.add_parts(run, 1, "files", 2),
    "step_waiting": lambda store, run, project: store.runs.step_waiting(
        run, 1, "files", resume_in_s=9, waiting_for="x"
    ),
    "propose": lambda store, run, project: store.plans.propose(
        NewPlan(run_id=run, step_id="gate", digest="ab", document={}, shown={}, valid_s=60),
        number=1,
    ),
    "finish": lambda store, run, project: store.runs.finish(run, 1, RunStatus.COMPLETED),
    "intend": lambda store, run, project: store.ledger.intend(
        f"run:{run}", "k", kind="comment", number=1
    ),
    "save_files": lambda store, run, project: store.projects.save_files(
        project, [text_file("a.py")], run_id=run, number=1
    ),
    "complete": lambda store, run, project: store.projects.complete(project, run_id=run, number=1),
    "begin_export": lambda store, run, project: store.exports.begin(
        project,
        ExportType.LOCAL,
        snapshot=1,
        repository_name="demo/orders",
        created_by="ada",
        run_id=run,
        number=1,
    ),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_write_under_an_older_number_is_refused(
    store: Store, advance: Callable[[float], None], name: str
) -> None:
    run = running(store)
    advance(16)
    taken = store.runs.lease(run.id, worker="w2", lease_s=15)
    before = kinds(store, run.id)
    with pytest.raises(LeaseLost):
        WRITES[name](store, run.id, project_of(run))
    assert store.runs.get(run.id) == taken
    assert kinds(store, run.id) == before
    assert store.projects.files(project_of(run)) == []
    assert store.exports.of_project(project_of(run)) == []
    assert store.ledger.of(f"run:{run.id}") == []
    assert store.plans.of_run(run.id) == []
    assert store.runs.attempts(run.id) == []


@pytest.mark.parametrize("name", [name for name in WRITES if name != "intend"])
def test_a_write_after_the_run_was_given_back_is_refused(store: Store, name: str) -> None:
    run = running(store)
    store.runs.wait(run.id, 1, resume_in_s=600, waiting_for="x")
    with pytest.raises(LeaseLost):
        WRITES[name](store, run.id, project_of(run))


@pytest.mark.parametrize("name", WRITES)
def test_a_write_for_a_run_that_is_gone_is_refused(store: Store, name: str) -> None:
    with pytest.raises(LeaseLost):
        WRITES[name](store, "gone", "gone")


def test_a_worker_that_was_cancelled_away_has_lost_its_lease(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = running(store)
    advance(16)
    assert store.runs.request_cancel(run.id, "ada").status is RunStatus.CANCELLED
    with pytest.raises(LeaseLost):
        store.ledger.intend(f"run:{run.id}", "k", kind="comment", number=1)


def test_a_worker_whose_installation_was_stopped_has_lost_its_lease(store: Store) -> None:
    run = running(store, at=thread())
    assert store.runs.stop_of_installation("github", "99", BROKEN) == 1
    with pytest.raises(LeaseLost):
        save(store, run, text_file("a.py"))


def test_takeover_keeps_the_steps_as_they_were(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = running(store)
    store.runs.step_started(run.id, 1, "files")
    store.runs.step_completed(run.id, 1, "files", {"project": "p"})
    store.runs.step_started(run.id, 1, "checks")
    advance(16)
    taken = store.runs.lease(run.id, worker="w2", lease_s=15)
    assert taken is not None
    store.runs.step_started(run.id, 2, "checks")
    found = store.runs.get(run.id)
    assert found is not None
    assert found.step("files").outputs == {"project": "p"}
    assert found.step("files").status is StepStatus.COMPLETED
    assert (found.step("checks").status, found.step("checks").attempts) == (StepStatus.RUNNING, 2)


def test_a_clock_set_back_keeps_no_dead_workers_run(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = running(store)
    advance(-3600)
    assert store.runs.due(queued_for_s=10) == [run.id]
    taken = store.runs.lease(run.id, worker="w2", lease_s=15)
    assert taken is not None
    assert store.runs.lease(run.id, worker="w3", lease_s=15) is None


def test_a_clock_set_back_takes_no_run_from_a_worker_that_renews(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = running(store)
    advance(-3600)
    store.runs.renew(run.id, 1, lease_s=15)
    assert store.runs.lease(run.id, worker="w2", lease_s=15) is None
    advance(16)
    assert store.runs.lease(run.id, worker="w2", lease_s=15)


def test_a_run_queued_before_the_clock_was_set_back_is_due(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = queued(store)
    advance(-3600)
    assert store.runs.due(queued_for_s=10) == [run.id]


def test_a_run_may_wait_for_longer_than_anybody_holds_it(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = running(store)
    store.runs.wait(run.id, 1, resume_in_s=3600, waiting_for="x")
    advance(60)
    assert store.runs.due(queued_for_s=10) == []
    assert store.runs.lease(run.id, worker="w2", lease_s=15) is None


def test_a_run_of_a_dead_worker_is_cancelled_at_once_after_the_clock_was_set_back(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = running(store)
    advance(-3600)
    assert store.runs.request_cancel(run.id, "ada").status is RunStatus.CANCELLED


def test_nothing_is_held_for_hours(store: Store) -> None:
    with pytest.raises(ValueError, match="held"):
        store.runs.lease(queued(store).id, worker="w1", lease_s=121)
