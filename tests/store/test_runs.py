"""Runs and steps: made, recorded, ended, cancelled, retried and listed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.core.runs import ProjectStatus, Run, RunStatus, StepStatus
from bot.errors import UserError
from bot.store.port import RunFilter, Store
from tests.store.making import (
    ADA,
    BROKEN,
    STEPS,
    all_at_once,
    command,
    kinds,
    new_run,
    project_of,
    queued,
    running,
    thread,
)


def reread(store: Store, run: Run) -> Run:
    found = store.runs.get(run.id)
    assert found is not None
    return found


def test_a_new_run_is_queued_with_its_steps_and_project(store: Store) -> None:
    new = new_run(at=thread(), command_id=command(store).id)
    run = store.runs.create(new)
    assert run == store.runs.get(new.id)
    assert (run.status, run.lease_number, run.requester) == (RunStatus.QUEUED, 0, ADA)
    assert (run.workflow, run.inputs, run.thread) == (new.workflow, new.inputs, new.thread)
    assert [(step.id, step.uses) for step in run.steps] == list(STEPS)
    assert {step.status for step in run.steps} == {StepStatus.PENDING}
    project = store.projects.get(project_of(run))
    assert project is not None
    assert (project.name, project.status, project.run_id) == (
        "orders",
        ProjectStatus.PENDING,
        run.id,
    )
    assert kinds(store, run.id) == ["run_queued", "project_created"]


def test_a_run_without_a_project_has_none(store: Store) -> None:
    run = queued(store, project=None)
    assert run.project_id is None
    assert store.projects.recent() == []


def test_one_command_makes_one_run(store: Store) -> None:
    row = command(store)
    made = all_at_once([lambda: store.runs.create(new_run(command_id=row.id))] * 8)
    assert len({run.id for run in made}) == 1
    assert len(store.runs.recent()) == 1
    assert len(store.projects.recent()) == 1


def test_the_same_run_twice_is_one(store: Store) -> None:
    new = new_run()
    assert store.runs.create(new) == store.runs.create(new)


def test_steps_are_recorded_with_outputs_and_failures(store: Store) -> None:
    run = running(store)
    store.runs.step_started(run.id, 1, "files")
    store.runs.step_completed(run.id, 1, "files", {"project": "p", "list": [1, None, "é\0"]})
    store.runs.step_skipped(run.id, 1, "checks")
    store.runs.step_started(run.id, 1, "commit")
    store.runs.step_failed(run.id, 1, "commit", BROKEN)
    files, checks, commit = reread(store, run).steps
    assert files.status is StepStatus.COMPLETED
    assert files.outputs == {"project": "p", "list": [1, None, "é\0"]}
    assert (files.attempts, files.failure) == (1, None)
    assert files.started_at is not None
    assert files.finished_at is not None
    assert (checks.status, checks.outputs) == (StepStatus.SKIPPED, None)
    assert (commit.status, commit.failure) == (StepStatus.FAILED, BROKEN)


def test_an_unknown_step_is_a_mistake(store: Store) -> None:
    run = running(store)
    with pytest.raises(KeyError):
        store.runs.step_started(run.id, 1, "nowhere")


def test_a_finished_run_keeps_its_failure(store: Store) -> None:
    run = running(store)
    store.runs.finish(run.id, 1, RunStatus.FAILED, BROKEN)
    found = reread(store, run)
    assert (found.status, found.failure) == (RunStatus.FAILED, BROKEN)
    assert found.finished_at is not None
    assert found.reported_at is None


def test_a_run_ends_in_a_final_state_only(store: Store) -> None:
    run = running(store)
    with pytest.raises(ValueError, match="waiting"):
        store.runs.finish(run.id, 1, RunStatus.WAITING)


def test_what_happens_is_told_in_order(store: Store) -> None:
    run = running(store)
    store.runs.step_started(run.id, 1, "files")
    store.runs.add_event(run.id, "log", {"kind": "note", "text": "12 files"})
    store.runs.step_completed(run.id, 1, "files", {})
    store.runs.wait(run.id, 1, resume_in_s=0, waiting_for="pace")
    assert store.runs.lease(run.id, worker="w2", lease_s=15)
    store.runs.step_started(run.id, 2, "checks")
    store.runs.step_failed(run.id, 2, "checks", BROKEN)
    store.runs.finish(run.id, 2, RunStatus.FAILED, BROKEN)
    store.runs.reported(run.id)
    events = store.runs.events(run.id)
    assert [event.kind for event in events] == [
        "run_queued",
        "project_created",
        "run_started",
        "step_started",
        "log",
        "step_completed",
        "run_waiting",
        "run_started",
        "step_started",
        "step_failed",
        "project_failed",
        "run_failed",
        "run_reported",
    ]
    numbers = [event.number for event in events]
    assert numbers == list(range(1, len(events) + 1))
    assert events[4].data == {"kind": "note", "text": "12 files"}
    assert events[9].data == {
        "step": "checks",
        "reason": "pack_unknown",
        "message": "There is no such pack.",
    }


def test_the_stream_is_read_on_from_a_number(store: Store) -> None:
    run, other = queued(store), queued(store)
    for number in range(5):
        store.runs.add_event(run.id, "log", {"line": number})
        store.runs.add_event(other.id, "log", {"line": -number})
    first = store.runs.events(run.id, limit=4)
    rest = store.runs.events(run.id, after=first[-1].number)
    assert [event.data["line"] for event in [*first, *rest] if event.kind == "log"] == [
        0,
        1,
        2,
        3,
        4,
    ]


def test_a_reader_beside_eight_writers_misses_nothing(store: Store) -> None:
    run = queued(store, project=None)

    def write() -> list[int]:
        for _ in range(10):
            store.runs.add_event(run.id, "log", {})
        return []

    def read() -> list[int]:
        seen: list[int] = []
        while len(seen) < 81:
            found = store.runs.events(run.id, after=seen[-1] if seen else 0, limit=7)
            seen += [event.number for event in found]
        return seen

    *_, seen = all_at_once([write] * 8 + [read])
    assert seen == [event.number for event in store.runs.events(run.id)]


def test_an_event_of_an_unknown_run_is_refused(store: Store) -> None:
    with pytest.raises(UserError):
        store.runs.add_event("nobody", "log", {})


def test_a_queued_run_is_cancelled_at_once(store: Store) -> None:
    run = store.runs.request_cancel(queued(store).id, "ada")
    assert (run.status, run.cancel_requested_by) == (RunStatus.CANCELLED, "ada")
    assert run.finished_at is not None
    project = store.projects.get(project_of(run))
    assert project is not None
    assert (project.status, project.error_message) == (
        ProjectStatus.FAILED,
        "The run was cancelled.",
    )


def test_a_waiting_run_is_cancelled_at_once(store: Store) -> None:
    run = running(store)
    store.runs.wait(run.id, 1, resume_in_s=600, waiting_for="x")
    assert store.runs.request_cancel(run.id, "ada").status is RunStatus.CANCELLED


def test_a_running_run_is_asked_to_stop(store: Store) -> None:
    run = running(store)
    assert not store.runs.cancel_requested(run.id)
    assert store.runs.request_cancel(run.id, "ada").status is RunStatus.RUNNING
    store.runs.request_cancel(run.id, "bob")
    assert store.runs.cancel_requested(run.id)
    assert reread(store, run).cancel_requested_by == "ada"
    assert kinds(store, run.id).count("cancel_requested") == 1
    store.runs.finish(run.id, 1, RunStatus.CANCELLED)
    assert reread(store, run).status is RunStatus.CANCELLED


def test_cancelling_a_finished_run_changes_nothing(store: Store) -> None:
    run = running(store)
    store.runs.finish(run.id, 1, RunStatus.COMPLETED)
    before = reread(store, run)
    assert store.runs.request_cancel(run.id, "ada") == before
    assert not store.runs.cancel_requested(run.id)


def test_cancel_and_lease_at_once_agree(store: Store) -> None:
    for _ in range(5):
        run = queued(store)
        all_at_once(
            [
                lambda run=run: store.runs.lease(run.id, worker="w", lease_s=60),  # type: ignore[misc]
                lambda run=run: store.runs.request_cancel(run.id, "ada"),  # type: ignore[misc]
            ]
        )
        found = reread(store, run)
        assert found.cancel_requested_by == "ada"
        assert found.status in (RunStatus.RUNNING, RunStatus.CANCELLED)


def test_an_unknown_run_cannot_be_cancelled_or_retried(store: Store) -> None:
    assert store.runs.get("nobody") is None
    assert not store.runs.cancel_requested("nobody")
    for ask in (lambda: store.runs.request_cancel("nobody", "ada"), lambda: store.runs.retry("x")):
        with pytest.raises(UserError) as refused:
            ask()
        assert refused.value.reason == "unknown_run"


def test_a_retry_repeats_what_was_not_completed(store: Store) -> None:
    run = running(store, at=thread())
    store.runs.step_started(run.id, 1, "files")
    store.runs.step_completed(run.id, 1, "files", {"project": "p"})
    store.runs.step_skipped(run.id, 1, "checks")
    store.runs.step_started(run.id, 1, "commit")
    store.runs.step_failed(run.id, 1, "commit", BROKEN)
    store.runs.finish(run.id, 1, RunStatus.FAILED, BROKEN)
    store.runs.reported(run.id)
    again = store.runs.retry(run.id)
    assert (again.status, again.failure, again.finished_at, again.reported_at) == (
        RunStatus.QUEUED,
        None,
        None,
        None,
    )
    files, checks, commit = again.steps
    assert (files.status, files.outputs) == (StepStatus.COMPLETED, {"project": "p"})
    assert checks.status is StepStatus.SKIPPED
    assert (commit.status, commit.attempts, commit.failure) == (StepStatus.PENDING, 0, None)
    taken = store.runs.lease(run.id, worker="w2", lease_s=15)
    assert taken is not None
    assert taken.lease_number == 2


def test_a_cancelled_run_can_be_retried(store: Store) -> None:
    run = running(store)
    store.runs.step_started(run.id, 1, "files")
    store.runs.request_cancel(run.id, "ada")
    store.runs.finish(run.id, 1, RunStatus.CANCELLED)
    again = store.runs.retry(run.id)
    assert (again.status, again.cancel_requested_by) == (RunStatus.QUEUED, None)
    assert {step.status for step in again.steps} == {StepStatus.PENDING}
    project = store.projects.get(project_of(run))
    assert project is not None
    assert (project.status, project.error_message) == (ProjectStatus.PENDING, None)


def test_only_failed_or_cancelled_runs_are_retried(store: Store) -> None:
    completed = running(store)
    store.runs.finish(completed.id, 1, RunStatus.COMPLETED)
    for run in (queued(store), running(store), completed):
        with pytest.raises(UserError) as refused:
            store.runs.retry(run.id)
        assert refused.value.reason == "not_retryable"


def test_stopping_an_installation_fails_its_unfinished_runs(store: Store) -> None:
    here, elsewhere = thread(), thread(installation="98")
    waiting, working, kept = (
        running(store, at=here),
        running(store, at=here),
        queued(store, at=elsewhere),
    )
    store.runs.wait(waiting.id, 1, resume_in_s=60, waiting_for="x")
    done = running(store, at=here)
    store.runs.finish(done.id, 1, RunStatus.COMPLETED)
    first = queued(store, at=here)
    assert store.runs.stop_of_installation("github", "99", BROKEN) == 3
    assert store.runs.stop_of_installation("github", "99", BROKEN) == 0
    for run in (waiting, working, first):
        assert (reread(store, run).status, reread(store, run).failure) == (
            RunStatus.FAILED,
            BROKEN,
        )
    assert reread(store, kept).status is RunStatus.QUEUED
    assert reread(store, done).status is RunStatus.COMPLETED


def test_due_names_what_somebody_should_take(
    store: Store, advance: Callable[[float], None]
) -> None:
    lapsed, waiting, held = running(store), running(store), running(store)
    store.runs.wait(waiting.id, 1, resume_in_s=20, waiting_for="x")
    store.runs.renew(held.id, 1, lease_s=120)
    old = queued(store)
    finished = running(store)
    store.runs.finish(finished.id, 1, RunStatus.FAILED)
    advance(30)
    queued(store)
    assert set(store.runs.due(queued_for_s=10)) == {lapsed.id, waiting.id, old.id}
    assert len(store.runs.due(queued_for_s=10, limit=2)) == 2
    assert len(store.runs.due(queued_for_s=60)) == 2


def test_a_retried_run_is_queued_from_then_on(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = running(store)
    store.runs.finish(run.id, 1, RunStatus.FAILED)
    advance(100)
    store.runs.retry(run.id)
    assert store.runs.due(queued_for_s=10) == []
    advance(11)
    assert store.runs.due(queued_for_s=10) == [run.id]


def test_unreported_names_finished_runs_of_threads(
    store: Store, advance: Callable[[float], None]
) -> None:
    told, untold, silent = (running(store, at=at) for at in (thread(), thread(), None))
    for run in (told, untold, silent):
        store.runs.finish(run.id, 1, RunStatus.COMPLETED)
    running(store, at=thread())
    store.runs.reported(told.id)
    assert store.runs.unreported(finished_for_s=5) == []
    advance(6)
    assert store.runs.unreported(finished_for_s=5) == [untold.id]
    assert reread(store, told).reported_at is not None


def test_a_report_of_a_run_that_goes_on_does_not_count(store: Store) -> None:
    run = running(store, at=thread())
    store.runs.reported(run.id)
    store.runs.reported("nobody")
    assert reread(store, run).reported_at is None


def test_runs_of_a_thread_are_listed_newest_first(store: Store) -> None:
    mine = [queued(store, at=thread()).id for _ in range(4)]
    queued(store, at=thread(8))
    queued(store, at=thread(repository="21"))
    queued(store)
    renamed = replace(thread(), repository=replace(thread().repository, name="renamed"))
    assert [run.id for run in store.runs.in_thread(renamed)] == mine[::-1]
    assert [run.id for run in store.runs.in_thread(thread(), limit=2)] == mine[:1:-1]
    assert len(store.runs.recent(limit=5)) == 5
    assert [len(run.steps) for run in store.runs.recent(limit=5)] == [3] * 5


def test_a_line_of_a_run_says_what_goes_where(store: Store) -> None:
    asked = {"pack": "flask-service", "answers": {}, "into": {"repository": "acme/shop"}}
    runs = [
        queued(store, at=thread()),
        store.runs.create(replace(new_run(project=None), inputs=asked)),
        store.runs.create(replace(new_run(project=None), inputs={"into": "."})),
    ]
    page = store.runs.lines(RunFilter(homes=None), limit=2)
    behind = store.runs.lines(RunFilter(homes=None), after=page.next, limit=2)
    found = [*page.items, *behind.items]
    assert [line.id for line in found] == [run.id for run in reversed(runs)]
    assert behind.next is None
    assert [(line.name, line.pack, line.into) for line in found] == [
        (None, None, None),
        (None, "flask-service", "acme/shop"),
        ("orders", "python-package", None),
    ]
    asked_in = (found[2].repository, found[2].thread_number, found[2].thread_url)
    assert asked_in == ("github:acme/orders", 7, thread().url)
    assert (found[0].repository, found[0].thread_number) == (None, None)
    assert found[0].workflow == "generate"
    assert found[0].status is RunStatus.QUEUED
    assert (found[2].created_at, found[2].started_at) == (runs[0].created_at, None)


def test_each_thread_tells_how_its_newest_run_stands(store: Store) -> None:
    queued(store, at=thread(7))
    running(store, at=thread(8))
    running(store, at=thread(7))
    queued(store, at=thread(8, repository="21"))
    asked = [("20", 7), ("20", 8), ("20", 9), ("21", 8)]
    assert store.runs.newest_statuses("github", asked) == {
        ("20", 7): RunStatus.RUNNING,
        ("20", 8): RunStatus.RUNNING,
        ("21", 8): RunStatus.QUEUED,
    }
    assert store.runs.newest_statuses("github", [("21", 7)]) == {}
    assert store.runs.newest_statuses("local", asked) == {}
    assert store.runs.newest_statuses("github", []) == {}
