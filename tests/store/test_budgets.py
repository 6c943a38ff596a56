"""Budgets: set aside and replaced by what was spent, in all of them or in none, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.budgets import Balance
from bot.core.model_calls import CallStatus, Usage
from bot.core.runs import Run, RunStatus
from bot.errors import LeaseLost
from bot.store.port import Cap, EndedCall, NewCall, Reached, Store
from tests.store.making import all_at_once, new_run, running

DAY = "2026-11-22"
ORGANISATION = f"organisation:o1:{DAY}"
USED = Usage(input_tokens=300, output_tokens=100, cached_tokens=50)
ANSWERED = EndedCall(
    status=CallStatus.ANSWERED,
    duration_ms=1200,
    usage=USED,
    micro_usd=40,
    answer_hash="b" * 64,
    answer="hello",
)


def call(run: Run, **changes: object) -> NewCall:
    made = NewCall(
        run_id=run.id,
        number=run.lease_number,
        step_id="files",
        purpose="file",
        model="openai:small",
        attempt=1,
        tokens=1000,
        micro_usd=100,
        prompt_hash="a" * 64,
        prompt="say hello",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def caps(run: Run, **organisation: int | None) -> list[Cap]:
    return [
        Cap(scope=f"run:{run.id}"),
        Cap(scope=ORGANISATION, day=DAY, **organisation),
    ]


def reserved(store: Store, run: Run, **changes: object) -> str:
    made = store.budgets.reserve(call(run, **changes), caps(run))
    assert isinstance(made, str)
    return made


def balance(store: Store, scope: str = ORGANISATION) -> Balance:
    return store.budgets.balances([scope])[scope]


def test_what_is_set_aside_is_replaced_by_what_was_spent(store: Store) -> None:
    run = running(store)
    made = reserved(store, run)
    aside = Balance(reserved_tokens=1000, reserved_micro_usd=100)
    assert balance(store) == balance(store, f"run:{run.id}") == aside
    assert store.budgets.settle(made, ANSWERED)
    spent = Balance(spent_tokens=400, spent_micro_usd=40, calls=1)
    assert balance(store) == balance(store, f"run:{run.id}") == spent


def test_settling_twice_changes_nothing(store: Store) -> None:
    run = running(store)
    made = reserved(store, run)
    outcomes = all_at_once([lambda: store.budgets.settle(made, ANSWERED)] * 4)
    assert sorted(outcomes) == [False, False, False, True]
    assert balance(store).spent_tokens == 400
    assert not store.budgets.settle("nobody", ANSWERED)


def test_a_call_that_was_thrown_away_unread_costs_nothing(store: Store) -> None:
    run = running(store)
    made = reserved(store, run)
    store.budgets.settle(made, EndedCall(status=CallStatus.REFUSED, duration_ms=5, http_status=429))
    assert balance(store) == Balance()


def test_a_call_of_which_nobody_knows_counts_whole(store: Store) -> None:
    run = running(store)
    made = reserved(store, run)
    store.budgets.settle(made, EndedCall(status=CallStatus.FAILED, duration_ms=5))
    assert balance(store) == Balance(spent_tokens=1000, spent_micro_usd=100, calls=1)


def test_calls_without_a_price_are_counted(store: Store) -> None:
    run = running(store)
    made = reserved(store, run, micro_usd=None)
    store.budgets.settle(made, replace(ANSWERED, micro_usd=None))
    assert balance(store) == Balance(spent_tokens=400, calls=1, unpriced=1)


@pytest.mark.parametrize("cap", [{"tokens": 2500}, {"micro_usd": 250}])
def test_a_cap_is_reached_in_all_budgets_or_in_none(store: Store, cap: dict[str, int]) -> None:
    run = running(store)
    made = reserved(store, run)
    store.budgets.settle(made, EndedCall(status=CallStatus.FAILED, duration_ms=5))
    assert isinstance(store.budgets.reserve(call(run), caps(run, **cap)), str)
    reached = store.budgets.reserve(call(run), caps(run, **cap))
    assert isinstance(reached, Reached)
    assert reached.cap == Cap(scope=ORGANISATION, day=DAY, **cap)
    # Were the other call to use up nothing, there would be enough.
    assert reached.busy
    assert balance(store, f"run:{run.id}").reserved_tokens == 1000
    assert len(store.model_calls.of_run(run.id).items) == 2
    smaller = call(run, tokens=3000, micro_usd=300)
    over = store.budgets.reserve(smaller, caps(run, **cap))
    assert isinstance(over, Reached)
    assert not over.busy
    assert over.balance == balance(store)


def test_a_cap_of_no_money_lets_nothing_pass_whose_price_is_unknown(store: Store) -> None:
    run = running(store)
    reached = store.budgets.reserve(call(run, micro_usd=None), caps(run, micro_usd=0))
    assert isinstance(reached, Reached)
    assert not reached.busy
    assert isinstance(store.budgets.reserve(call(run, micro_usd=0), caps(run, micro_usd=0)), str)
    assert isinstance(store.budgets.reserve(call(run, micro_usd=None), caps(run, micro_usd=9)), str)


def test_many_at_once_exceed_nothing(store: Store) -> None:
    runs = [running(store) for _ in range(12)]

    def spend(run: Run) -> int:
        made = 0
        for _ in range(4):
            planned = store.budgets.reserve(call(run), caps(run, micro_usd=1000))
            if isinstance(planned, str):
                store.budgets.settle(planned, replace(ANSWERED, micro_usd=100))
                made += 1
        return made

    made = all_at_once([lambda run=run: spend(run) for run in runs])
    assert balance(store) == Balance(spent_tokens=400 * 10, spent_micro_usd=1000, calls=10), (
        "ten of forty-eight calls fit"
    )
    assert sum(made) == 10
    assert sum(balance(store, f"run:{run.id}").calls for run in runs if _has(store, run)) == 10


def _has(store: Store, run: Run) -> bool:
    return bool(store.budgets.balances([f"run:{run.id}"]))


def test_a_worker_that_was_killed_has_spent_what_it_set_aside(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = running(store, lease_s=15)
    left = reserved(store, run)
    advance(60)
    assert store.budgets.settle_abandoned(older_than_s=900) == 0
    again = store.runs.lease(run.id, worker="w2", lease_s=15)
    assert again is not None
    reserved(store, again)
    assert balance(store) == Balance(
        spent_tokens=1000,
        spent_micro_usd=100,
        reserved_tokens=1000,
        reserved_micro_usd=100,
        calls=1,
    )
    lost = store.model_calls.get(run.id, left)
    assert lost is not None
    assert (lost.status, lost.tokens, lost.usage) == (CallStatus.LOST, 1000, None)
    assert not store.budgets.settle(left, ANSWERED)


def test_what_nobody_settles_is_spent_after_a_time(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = running(store)
    made = reserved(store, run)
    advance(901)
    assert store.budgets.settle_abandoned(older_than_s=900) == 1
    assert store.budgets.settle_abandoned(older_than_s=900) == 0
    assert balance(store) == Balance(spent_tokens=1000, spent_micro_usd=100, calls=1)
    assert not store.budgets.settle(made, ANSWERED)


def test_an_older_lease_spends_nothing(store: Store, advance: Callable[[float], None]) -> None:
    run = running(store, lease_s=5)
    advance(6)
    assert store.runs.lease(run.id, worker="w2", lease_s=15) is not None
    with pytest.raises(LeaseLost):
        store.budgets.reserve(call(run), caps(run))
    assert store.budgets.balances([ORGANISATION]) == {}


def test_what_was_set_aside_before_midnight_is_settled_where_it_was(store: Store) -> None:
    run = running(store)
    made = reserved(store, run)
    tomorrow = [Cap(scope=f"run:{run.id}"), Cap(scope="organisation:o1:2026-11-23", day=DAY)]
    store.budgets.reserve(call(run), tomorrow)
    store.budgets.settle(made, ANSWERED)
    assert balance(store) == Balance(spent_tokens=400, spent_micro_usd=40, calls=1)
    assert balance(store, "organisation:o1:2026-11-23").reserved_tokens == 1000


def test_budgets_of_past_days_go_and_those_of_runs_stay(store: Store) -> None:
    run = running(store)
    reserved(store, run)
    assert store.budgets.purge(before_day=DAY) == 0
    assert store.budgets.purge(before_day="2026-11-23") == 1
    assert list(store.budgets.balances([ORGANISATION, f"run:{run.id}"])) == [f"run:{run.id}"]


def test_history_is_of_completed_runs_that_asked_a_model(store: Store) -> None:
    done, going, silent = running(store), running(store), running(store)
    for run in (done, going):
        store.budgets.settle(reserved(store, run), ANSWERED)
    for run in (done, silent):
        store.runs.finish(run.id, run.lease_number, RunStatus.COMPLETED)
    spent = Balance(spent_tokens=400, spent_micro_usd=40, calls=1)
    assert store.budgets.history("generate") == [spent]
    assert store.budgets.history("sdlc") == []


def test_all_goes_with_its_organisation(store: Store, advance: Callable[[float], None]) -> None:
    organisation = store.organisations.installed(
        "github", "10", "acme", is_person=True, installation="99"
    )
    new = store.runs.create(new_run(organisation_id=organisation.id))
    run = store.runs.lease(new.id, worker="w", lease_s=15)
    assert run is not None
    scopes = [
        f"run:{run.id}",
        f"organisation:{organisation.id}:{DAY}",
        f"person:github:10:{DAY}",
        f"person:github:101:{DAY}",
    ]
    store.budgets.reserve(call(run), [Cap(scope=scope, day=DAY) for scope in scopes])
    store.questions.ask(run.id, "needs", "Which?", number=run.lease_number)
    store.organisations.remove("github", "99")
    advance(timedelta(days=31).total_seconds())
    assert store.organisations.erase_removed() == 1
    assert list(store.budgets.balances(scopes)) == [f"person:github:101:{DAY}"]
    assert store.model_calls.of_run(run.id).items == []
    assert store.questions.of_run(run.id) == []
