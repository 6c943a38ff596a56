"""Plans: proposed, found by their thread, decided once, and lapsed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.core.runs import PlanStatus, Run, RunStatus
from bot.errors import UserError
from bot.store.port import Plan, Store
from tests.store.making import (
    BROKEN,
    all_at_once,
    found,
    kinds,
    new_plan,
    proposed,
    running,
    thread,
)

Advance = Callable[[float], None]


def read(store: Store, plan: Plan) -> Plan:
    again = store.plans.get(plan.id)
    assert again is not None
    return again


def is_due(store: Store, run: Run) -> bool:
    return run.id in store.runs.due(queued_for_s=0)


def test_a_plan_is_kept_as_it_was_proposed(store: Store) -> None:
    run = running(store, at=thread())
    new = new_plan(run, "3f9a1c")
    plan = store.plans.propose(new, number=1)
    assert (plan.run_id, plan.step_id, plan.digest) == (run.id, "gate", "3f9a1c" + "0" * 58)
    assert (plan.document, plan.shown) == (
        {"files": [["a.py", 0o644, "ab"]], "into": "acme/orders"},
        {"tree": "a.py", "price": None},
    )
    assert (plan.status, plan.decided_by, plan.decided_at, plan.note) == (
        PlanStatus.PENDING,
        None,
        None,
        "",
    )
    assert (plan.lapses_at - plan.created_at).total_seconds() == 60
    assert read(store, plan) == plan
    assert store.plans.pending(thread()) == plan
    assert store.plans.newest(thread()) == plan
    assert store.plans.of_run(run.id) == [plan]


def test_what_is_not_there_is_not_found(store: Store) -> None:
    proposed(store, running(store, at=thread()))
    silent = running(store)
    store.plans.propose(new_plan(silent), number=1)
    assert store.plans.get("nobody") is None
    assert store.plans.of_run("nobody") == []
    for at in (thread(8), thread(repository="21")):
        assert store.plans.pending(at) is None
        assert store.plans.newest(at) is None


def test_a_proposal_is_told_in_the_stream_of_its_run(store: Store) -> None:
    run = running(store)
    plan = store.plans.propose(new_plan(run), number=1)
    told = store.runs.events(run.id)[-1]
    assert told.kind == "plan_proposed"
    assert told.data == {"plan": plan.id, "step": "gate", "digest": plan.digest}


@pytest.mark.parametrize("status", [PlanStatus.APPROVED, PlanStatus.REJECTED, PlanStatus.LAPSED])
def test_the_same_plan_again_is_the_one_that_is_there(store: Store, status: PlanStatus) -> None:
    run = running(store, at=thread())
    plan = store.plans.propose(new_plan(run), number=1)
    assert store.plans.propose(new_plan(run), number=1) == plan
    decided = store.plans.decide(plan.id, status, by="github:bob")
    assert store.plans.propose(new_plan(run, valid_s=999), number=1) == decided
    assert kinds(store, run.id).count("plan_proposed") == 1


def test_the_same_digest_of_another_step_is_another_plan(store: Store) -> None:
    run = running(store, at=thread())
    first = store.plans.propose(new_plan(run), number=1)
    second = store.plans.propose(new_plan(run, step="other"), number=1)
    assert first.id != second.id
    assert store.plans.of_run(run.id) == [read(store, first), second]
    assert read(store, first).status is PlanStatus.LAPSED


def test_a_newer_plan_of_a_run_lapses_the_older(store: Store) -> None:
    run = running(store, at=thread())
    older = store.plans.propose(new_plan(run, "aa"), number=1)
    newer = store.plans.propose(new_plan(run, "bb"), number=1)
    assert read(store, older).status is PlanStatus.LAPSED
    assert read(store, older).decided_by is None
    assert store.plans.pending(thread()) == newer
    assert kinds(store, run.id)[-3:] == ["plan_proposed", "plan_proposed", "plan_lapsed"]


def test_a_newer_plan_of_a_thread_lapses_the_older_and_wakes_its_run(store: Store) -> None:
    waiting, elsewhere = running(store, at=thread()), running(store, at=thread(8))
    older, kept = proposed(store, waiting), proposed(store, elsewhere)
    silent = running(store)
    alone = proposed(store, silent)
    run = running(store, at=thread())
    newer = store.plans.propose(new_plan(run), number=1)
    assert read(store, older).status is PlanStatus.LAPSED
    assert is_due(store, waiting)
    assert kinds(store, waiting.id)[-1] == "plan_lapsed"
    for plan, its in ((kept, elsewhere), (alone, silent)):
        assert read(store, plan).status is PlanStatus.PENDING
        assert not is_due(store, its)
    assert store.plans.pending(thread()) == newer


def test_runs_without_a_thread_do_not_lapse_each_others_plans(store: Store) -> None:
    first, second = running(store), running(store)
    plans = [proposed(store, run) for run in (first, second)]
    assert [read(store, plan).status for plan in plans] == [PlanStatus.PENDING] * 2


def test_a_decided_plan_stays_when_a_newer_one_comes(store: Store) -> None:
    run = running(store, at=thread())
    older = store.plans.propose(new_plan(run, "aa"), number=1)
    approved = store.plans.decide(older.id, PlanStatus.APPROVED, by="github:bob")
    store.plans.propose(new_plan(run, "bb"), number=1)
    assert read(store, older) == approved


@pytest.mark.parametrize(
    "status, told",
    [
        (PlanStatus.APPROVED, "plan_approved"),
        (PlanStatus.REJECTED, "plan_rejected"),
        (PlanStatus.LAPSED, "plan_lapsed"),
    ],
)
def test_a_decision_is_recorded_and_wakes_the_run(
    store: Store, status: PlanStatus, told: str
) -> None:
    run = running(store, at=thread())
    plan = proposed(store, run)
    decided = store.plans.decide(plan.id, status, by="github:bob", note="too big")
    assert (decided.status, decided.decided_by, decided.note) == (status, "github:bob", "too big")
    assert decided.decided_at is not None
    assert read(store, plan) == decided
    assert store.plans.pending(thread()) is None
    assert store.plans.newest(thread()) == decided
    event = store.runs.events(run.id)[-1]
    assert event.kind == told
    assert event.data == {
        "plan": plan.id,
        "step": "gate",
        "digest": plan.digest,
        "by": "github:bob",
        "note": "too big",
    }
    assert is_due(store, run)


def test_a_decision_about_a_run_that_is_worked_on_is_not_lost(store: Store) -> None:
    run = running(store, at=thread())
    plan = store.plans.propose(new_plan(run), number=1)
    store.plans.decide(plan.id, PlanStatus.APPROVED, by="github:bob")
    store.runs.wait(run.id, 1, resume_in_s=600, waiting_for="approval")
    assert is_due(store, run)


def test_the_same_answer_again_changes_nothing(store: Store) -> None:
    run = running(store, at=thread())
    plan = proposed(store, run)
    first = store.plans.decide(plan.id, PlanStatus.APPROVED, by="github:bob")
    assert store.plans.decide(plan.id, PlanStatus.APPROVED, by="github:eve", note="me") == first
    assert kinds(store, run.id).count("plan_approved") == 1


def test_another_answer_is_refused(store: Store) -> None:
    plan = proposed(store, running(store, at=thread()))
    rejected = store.plans.decide(plan.id, PlanStatus.REJECTED, by="github:bob")
    with pytest.raises(UserError) as refused:
        store.plans.decide(plan.id, PlanStatus.APPROVED, by="github:eve")
    assert refused.value.reason == "plan_decided"
    assert read(store, plan) == rejected


def test_an_unknown_plan_is_not_decided(store: Store) -> None:
    with pytest.raises(UserError) as refused:
        store.plans.decide("nobody", PlanStatus.APPROVED, by="github:bob")
    assert refused.value.reason == "unknown_plan"


def test_pending_is_no_decision(store: Store) -> None:
    plan = proposed(store, running(store))
    with pytest.raises(ValueError, match="approved"):
        store.plans.decide(plan.id, PlanStatus.PENDING, by="github:bob")


def test_a_plan_lapses_when_its_time_is_over(store: Store, advance: Advance) -> None:
    run = running(store, at=thread())
    plan = proposed(store, run, valid_s=600)
    advance(599)
    assert store.plans.pending(thread()) is not None
    assert not is_due(store, run)
    advance(2)
    late = read(store, plan)
    assert late.status is PlanStatus.LAPSED
    assert store.plans.pending(thread()) is None
    assert store.plans.newest(thread()) == late
    assert store.plans.of_run(run.id) == [late]
    assert is_due(store, run)
    with pytest.raises(UserError) as refused:
        store.plans.decide(plan.id, PlanStatus.APPROVED, by="github:bob")
    assert refused.value.reason == "plan_decided"


def test_that_a_plan_lapsed_by_itself_can_be_recorded(store: Store, advance: Advance) -> None:
    run = running(store, at=thread())
    plan = proposed(store, run)
    advance(61)
    assert store.runs.lease(run.id, worker="w2", lease_s=15)
    lapsed = store.plans.decide(plan.id, PlanStatus.LAPSED, by="firstcommit")
    assert (lapsed.status, lapsed.decided_by) == (PlanStatus.LAPSED, "firstcommit")
    assert store.plans.decide(plan.id, PlanStatus.LAPSED, by="firstcommit") == lapsed
    assert kinds(store, run.id).count("plan_lapsed") == 1
    store.runs.finish(run.id, 2, RunStatus.FAILED, BROKEN)
    assert kinds(store, run.id).count("plan_lapsed") == 1


def test_a_plan_proposed_again_after_its_time_has_lapsed(store: Store, advance: Advance) -> None:
    run = running(store, at=thread(), lease_s=120)
    store.plans.propose(new_plan(run, valid_s=60), number=1)
    advance(61)
    assert store.plans.propose(new_plan(run, valid_s=60), number=1).status is PlanStatus.LAPSED


def test_cancelling_a_run_lapses_its_plan(store: Store) -> None:
    run = running(store, at=thread())
    plan = proposed(store, run)
    store.runs.request_cancel(run.id, "ada")
    assert read(store, plan).status is PlanStatus.LAPSED
    with pytest.raises(UserError):
        store.plans.decide(plan.id, PlanStatus.APPROVED, by="github:bob")
    assert found(store, run).status is RunStatus.CANCELLED


def test_stopping_an_installation_lapses_the_plans_of_its_runs(store: Store) -> None:
    plan = proposed(store, running(store, at=thread()))
    store.runs.stop_of_installation("github", "99", BROKEN)
    assert read(store, plan).status is PlanStatus.LAPSED


def test_an_approved_plan_stays_so_when_its_run_ends(store: Store) -> None:
    run = running(store)
    plan = store.plans.propose(new_plan(run), number=1)
    store.plans.decide(plan.id, PlanStatus.APPROVED, by="github:bob")
    store.runs.finish(run.id, 1, RunStatus.COMPLETED)
    assert read(store, plan).status is PlanStatus.APPROVED


def test_of_eight_answers_at_once_one_counts(store: Store) -> None:
    run = running(store, at=thread())
    plan = proposed(store, run)

    def answer(status: PlanStatus, by: str) -> str | None:
        try:
            return store.plans.decide(plan.id, status, by=by).decided_by
        except UserError:
            return None

    answers = all_at_once(
        [
            lambda status=status, number=number: answer(status, f"github:{number}")  # type: ignore[misc]
            for number in range(4)
            for status in (PlanStatus.APPROVED, PlanStatus.REJECTED)
        ]
    )
    assert {who for who in answers if who} == {read(store, plan).decided_by}
    told = kinds(store, run.id)
    assert told.count("plan_approved") + told.count("plan_rejected") == 1


def test_plans_proposed_at_once_in_a_thread_leave_one_pending(store: Store) -> None:
    for _ in range(3):
        runs = [running(store, at=thread(), lease_s=120) for _ in range(6)]
        all_at_once(
            [
                lambda run=run: store.plans.propose(new_plan(run), number=1)  # type: ignore[misc]
                for run in runs
            ]
        )
        statuses = [plan.status for run in runs for plan in store.plans.of_run(run.id)]
        assert statuses.count(PlanStatus.PENDING) == 1
        assert statuses.count(PlanStatus.LAPSED) == 5


def test_proposing_beside_stopping_and_deciding_waits_for_nobody_for_ever(store: Store) -> None:
    for _ in range(3):
        waiting = [running(store, at=thread(number)) for number in range(2)]
        waiting.append(running(store, at=thread(2, installation="98")))
        plans = [proposed(store, run) for run in waiting]
        runs = [running(store, at=thread(number), lease_s=120) for number in range(3)]
        all_at_once(
            [
                *(
                    lambda run=run: store.plans.propose(new_plan(run), number=1)  # type: ignore[misc]
                    for run in runs
                ),
                *(
                    lambda plan=plan: _decided(store, plan)  # type: ignore[misc]
                    for plan in plans
                ),
                lambda: store.runs.stop_of_installation("github", "98", BROKEN),
                lambda run=waiting[0]: store.runs.request_cancel(run.id, "ada"),
            ]
        )
        for number, run in enumerate(runs):
            pending = store.plans.pending(thread(number))
            assert pending is not None
            assert pending.run_id == run.id


def _decided(store: Store, plan: Plan) -> None:
    try:
        store.plans.decide(plan.id, PlanStatus.APPROVED, by="github:bob")
    except UserError as refused:
        assert refused.reason == "plan_decided"
