"""What is recorded of steps: inputs, waits, parts and every attempt."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import pytest

from bot.core.runs import Attempt, Run, StepStatus
from bot.store.port import Store
from tests.store.making import BROKEN, STEPS, all_at_once, found, kinds, new_run, running

Advance = Callable[[float], None]


def tries(store: Store, run: Run) -> list[tuple[str, int, int, StepStatus]]:
    return [_brief(attempt) for attempt in store.runs.attempts(run.id)]


def _brief(attempt: Attempt) -> tuple[str, int, int, StepStatus]:
    return attempt.step, attempt.number, attempt.lease_number, attempt.status


def test_a_run_keeps_where_it_comes_from_and_what_it_was_allowed(store: Store) -> None:
    new = new_run(destination="github:20:main")
    run = store.runs.create(new)
    assert run == store.runs.get(new.id)
    assert (run.source, run.policy, run.destination) == (new.source, new.policy, new.destination)
    assert (run.outputs, run.worked_s, run.parts, run.organisation_id) == (None, 0, (), None)


def test_a_step_keeps_what_it_was_last_given(store: Store) -> None:
    run = running(store)
    store.runs.step_started(run.id, 1, "files", inputs=MappingProxyType({"token": "•••"}))
    assert found(store, run).step("files").inputs == {"token": "•••"}
    store.runs.step_started(run.id, 1, "files")
    assert found(store, run).step("files").inputs == {"token": "•••"}
    store.runs.step_started(run.id, 1, "files", inputs={})
    assert found(store, run).step("files").inputs == {}
    assert found(store, run).step("checks").inputs is None


def test_a_step_waits_for_a_time(store: Store) -> None:
    run = running(store)
    store.runs.step_started(run.id, 1, "files")
    store.runs.step_waiting(run.id, 1, "files", resume_in_s=30, waiting_for="the forge")
    step = found(store, run).step("files")
    assert (step.status, step.waiting_for) == (StepStatus.WAITING, "the forge")
    assert step.resume_at is not None
    assert step.finished_at is None
    assert store.runs.events(run.id)[-1].kind == "step_waiting"
    assert store.runs.events(run.id)[-1].data == {"step": "files", "waiting_for": "the forge"}


def test_a_step_waits_for_somebody(store: Store) -> None:
    run = running(store)
    store.runs.step_waiting(run.id, 1, "files", resume_in_s=None, waiting_for="approval")
    step = found(store, run).step("files")
    assert (step.status, step.waiting_for, step.resume_at) == (
        StepStatus.WAITING,
        "approval",
        None,
    )


@pytest.mark.parametrize(
    "go_on",
    [
        lambda store, run: store.runs.step_started(run.id, 1, "files"),
        lambda store, run: store.runs.step_completed(run.id, 1, "files", {}),
        lambda store, run: store.runs.step_failed(run.id, 1, "files", BROKEN),
        lambda store, run: store.runs.step_skipped(run.id, 1, "files"),
    ],
)
def test_a_step_that_goes_on_waits_no_longer(
    store: Store, go_on: Callable[[Store, Run], None]
) -> None:
    run = running(store)
    store.runs.step_waiting(run.id, 1, "files", resume_in_s=30, waiting_for="x")
    go_on(store, run)
    step = found(store, run).step("files")
    assert (step.waiting_for, step.resume_at) == (None, None)


def test_a_step_has_a_part_for_each_item(store: Store) -> None:
    run = running(store)
    made = store.runs.add_parts(run.id, 1, "checks", 12)
    assert made == found(store, run)
    assert [step.id for step in made.steps] == [step_id for step_id, _ in STEPS]
    parts = made.parts_of("checks")
    assert [part.id for part in parts] == [f"checks[{number}]" for number in range(12)]
    assert {(part.uses, part.parent, part.status) for part in parts} == {
        ("verify", "checks", StepStatus.PENDING)
    }
    assert made.parts == parts
    assert made.parts_of("files") == ()


def test_parts_that_are_there_stay(store: Store) -> None:
    run = running(store)
    store.runs.add_parts(run.id, 1, "checks", 2)
    store.runs.step_completed(run.id, 1, "checks[1]", {"ok": True})
    store.runs.add_parts(run.id, 1, "files", 1)
    more = store.runs.add_parts(run.id, 1, "checks", 4)
    assert [part.id for part in more.parts_of("checks")] == [f"checks[{n}]" for n in range(4)]
    assert more.step("checks[1]").outputs == {"ok": True}
    assert [part.id for part in more.parts_of("files")] == ["files[0]"]
    assert len(store.runs.add_parts(run.id, 1, "checks", 0).parts) == 5


def test_only_a_step_has_parts(store: Store) -> None:
    run = running(store)
    with pytest.raises(KeyError):
        store.runs.add_parts(run.id, 1, "nowhere", 2)
    with pytest.raises(KeyError):
        store.runs.step_started(run.id, 1, "files[0]")


def test_parts_are_recorded_as_steps_are(store: Store) -> None:
    run = running(store)
    store.runs.add_parts(run.id, 1, "checks", 4)
    store.runs.step_started(run.id, 1, "checks[0]", inputs={"item": 1})
    store.runs.step_completed(run.id, 1, "checks[0]", {"x": 1})
    store.runs.step_failed(run.id, 1, "checks[1]", BROKEN)
    store.runs.step_skipped(run.id, 1, "checks[2]")
    store.runs.step_waiting(run.id, 1, "checks[3]", resume_in_s=5, waiting_for="x")
    again = found(store, run)
    assert [part.status for part in again.parts] == [
        StepStatus.COMPLETED,
        StepStatus.FAILED,
        StepStatus.SKIPPED,
        StepStatus.WAITING,
    ]
    assert (again.parts[0].inputs, again.parts[0].outputs) == ({"item": 1}, {"x": 1})
    assert again.step("checks").status is StepStatus.PENDING
    assert store.runs.events(run.id)[-1].data["step"] == "checks[3]"


def test_every_attempt_is_kept(store: Store, advance: Advance) -> None:
    run = running(store)
    store.runs.step_started(run.id, 1, "files")
    store.runs.step_waiting(run.id, 1, "files", resume_in_s=0, waiting_for="x")
    store.runs.step_started(run.id, 1, "files")
    advance(16)
    assert store.runs.lease(run.id, worker="w2", lease_s=15)
    store.runs.step_started(run.id, 2, "files")
    store.runs.step_completed(run.id, 2, "files", {})
    store.runs.step_started(run.id, 2, "checks")
    store.runs.step_failed(run.id, 2, "checks", BROKEN)
    assert tries(store, run) == [
        ("files", 1, 1, StepStatus.WAITING),
        ("files", 2, 1, StepStatus.RUNNING),
        ("files", 3, 2, StepStatus.COMPLETED),
        ("checks", 1, 2, StepStatus.FAILED),
    ]
    waited, lost, done, failed = store.runs.attempts(run.id)
    assert (waited.worker, lost.worker, done.worker) == ("w1", "w1", "w2")
    assert lost.finished_at is None
    assert None not in (waited.finished_at, done.finished_at, failed.finished_at)
    assert (done.failure, failed.failure) == (None, BROKEN)


def test_a_step_that_was_never_begun_has_no_attempt(store: Store) -> None:
    run = running(store)
    store.runs.step_completed(run.id, 1, "files", {})
    store.runs.step_skipped(run.id, 1, "checks")
    store.runs.step_failed(run.id, 1, "commit", BROKEN)
    assert store.runs.attempts(run.id) == []
    assert store.runs.attempts("nobody") == []


def test_eight_threads_record_side_by_side(store: Store) -> None:
    run = running(store, lease_s=120)
    store.runs.add_parts(run.id, 1, "checks", 8)

    def work(number: int) -> None:
        part = f"checks[{number}]"
        store.runs.step_started(run.id, 1, part, inputs={"item": number})
        store.runs.add_event(run.id, "log", {"step": part})
        store.runs.renew(run.id, 1, lease_s=100)
        store.runs.step_completed(run.id, 1, part, {"number": number})

    all_at_once([lambda number=number: work(number) for number in range(8)])  # type: ignore[misc]
    parts = found(store, run).parts_of("checks")
    assert [part.outputs for part in parts] == [{"number": number} for number in range(8)]
    assert {part.attempts for part in parts} == {1}
    assert len(store.runs.attempts(run.id)) == 8
    told = kinds(store, run.id)
    assert [told.count(kind) for kind in ("step_started", "log", "step_completed")] == [8, 8, 8]


def test_parts_asked_for_at_once_are_made_once(store: Store) -> None:
    run = running(store, lease_s=120)
    all_at_once([lambda: store.runs.add_parts(run.id, 1, "checks", 5)] * 6)
    assert len(found(store, run).parts) == 5
