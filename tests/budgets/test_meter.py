"""The meter: what may be asked, what is refused and how that is said, and what is kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.budgets import meter, spending_of
from bot.core.budgets import Balance, RunBudget
from bot.core.hidden import MASK
from bot.core.model_calls import CallStatus, MadeCall
from bot.core.policy import ModelRule
from bot.core.runs import Run
from bot.errors import LeaseLost, StepFailed, StoreUnavailable, Transient
from bot.services import Meter
from bot.store.port import Budgets, EndedCall, Store
from tests.budgets.spending import ANSWERED, UNPRICED, planned, run_of, services
from tests.store.making import all_at_once

PASSWORD = "hK8dLq2Zx7Vb9Tn4Wc6M"


def spend(metered: Meter, prompt: str, **changes: object) -> str:
    call_id = metered.reserve(planned(prompt, **changes))
    metered.settle(call_id, replace(ANSWERED, answer=f"hello {prompt}"))
    return call_id


def refused(metered: Meter, prompt: str = "one more", **changes: object) -> StepFailed:
    with pytest.raises(StepFailed) as caught:
        metered.reserve(planned(prompt, **changes))
    return caught.value


def test_a_call_is_counted_at_its_price_and_kept(store: Store) -> None:
    run = run_of(store)
    call_id = spend(meter(services(store), run, "files"), "hello")
    call = store.model_calls.get(run.id, call_id)
    assert call is not None
    assert (call.status, call.purpose, call.step_id) == (CallStatus.ANSWERED, "file", "files")
    assert (call.micro_usd, call.tokens, call.duration_ms) == (1500, 1500, 1200)
    assert (call.prompt, call.answer) == ("hello", "hello hello")
    spending = spending_of(services(store), run)
    assert spending is not None
    assert spending.balance == Balance(spent_tokens=1500, spent_micro_usd=1500, calls=1)
    assert spending.cost_micro_usd == 1500


@pytest.mark.parametrize(
    "keep, prompt",
    [
        ("none", None),
        ("masked", f'password = "{MASK}" and go'),
        ("all", f'password = "{PASSWORD}" and go'),
    ],
)
def test_texts_are_kept_as_the_setting_says(store: Store, keep: str, prompt: str | None) -> None:
    run = run_of(store)
    metered = meter(services(store, keep_texts=keep), run, "files")
    call = store.model_calls.get(run.id, spend(metered, f'password = "{PASSWORD}" and go'))
    assert call is not None
    assert call.prompt == prompt
    assert len(call.prompt_hash) == len(call.answer_hash or "") == 64


def test_at_the_runs_cap_it_is_said_what_was_spent_and_how_to_go_on(store: Store) -> None:
    metered = meter(services(store), run_of(store, ModelRule(run_usd=0.003)), "files")
    spend(metered, "hello")
    problem = refused(metered)
    assert problem.reason == "budget_reached"
    assert problem.message == (
        "The budget of this run is reached: $0.0015 of $0.003 are used up, and the next call of a "
        "model may take $0.002."
    )
    assert "`/retry budget=0.01`" in problem.remedy


def test_a_cap_in_tokens_is_told_in_tokens(store: Store) -> None:
    metered = meter(services(store), run_of(store, ModelRule(run_tokens=3000, run_usd=9)), "files")
    spend(metered, "hello")
    problem = refused(metered)
    assert "1,500 of 3,000 tokens are used up" in problem.message
    assert "`/retry budget=6k`" in problem.remedy


def test_a_budget_of_the_runs_own_takes_the_place_of_the_policys(store: Store) -> None:
    run = replace(run_of(store, ModelRule(run_usd=9)), budget=RunBudget(micro_usd=1000))
    assert "$0.001" in refused(meter(services(store), run, "files")).message
    more = replace(run, budget=RunBudget(micro_usd=2000))
    spend(meter(services(store), more, "files"), "hello")


@pytest.mark.parametrize(
    "rule, words, key",
    [
        (ModelRule(person_day_usd=0.001), "ada for a day", "models.person_day_usd"),
        (ModelRule(repository_day_usd=0.001), "this repository for", "models.repository_day_usd"),
        (ModelRule(day_usd=0.001), "the organisation for a day", "models.day_usd"),
        (ModelRule(day_tokens=1000), "the organisation for a day", "models.day_tokens"),
    ],
)
def test_each_cap_of_a_day_is_named(store: Store, rule: ModelRule, words: str, key: str) -> None:
    organisation = store.organisations.seen(
        "github", "10", "acme", is_person=False, installation="1"
    )
    run = run_of(store, rule, organisation_id=organisation.id)
    problem = refused(meter(services(store), run, "files"))
    assert words in problem.message
    assert f"`{key}`" in problem.remedy
    assert "midnight UTC" in problem.remedy


def test_the_operators_caps_hold_for_all_together(store: Store) -> None:
    ours = services(store, operator=ModelRule(server_day_usd=0.003))
    spend(meter(ours, run_of(store), "files"), "hello")
    assert "all of this server" in refused(meter(ours, run_of(store), "files")).message


def test_what_the_operator_has_lowered_since_holds_for_runs_under_way(store: Store) -> None:
    ours = services(store, operator=ModelRule(run_usd=0.001))
    run = run_of(store, ModelRule(run_usd=9))
    assert "$0.001" in refused(meter(ours, run, "files")).message


def test_without_a_price_tokens_alone_are_held_to_a_cap(store: Store) -> None:
    run = run_of(store, ModelRule(run_usd=0.001))
    metered = meter(services(store), run, "files")
    spend(metered, "hello", model=UNPRICED)
    spending = spending_of(services(store), run)
    assert spending is not None
    assert (spending.cost_micro_usd, spending.balance.unpriced) == (None, 1)
    assert spending.cap_tokens == 500_000
    problem = refused(metered, model=UNPRICED, output_tokens=600_000)
    assert "1,500 of 500,000 tokens" in problem.message


def test_a_call_that_began_before_midnight_is_that_days(store: Store) -> None:
    now = [datetime(2026, 11, 28, 23, 59, tzinfo=UTC)]
    run = run_of(store, ModelRule(person_day_usd=0.002))
    metered = meter(services(store, clock=lambda: now[0]), run, "files")
    early = metered.reserve(planned("early"))
    now[0] = datetime(2026, 11, 29, 0, 1, tzinfo=UTC)
    late = metered.reserve(planned("late"))
    metered.settle(early, ANSWERED)
    metered.settle(late, ANSWERED)
    days = [f"person:github:1:2026-11-{day}" for day in (28, 29)]
    balances = store.budgets.balances(days)
    assert [balances[day].spent_micro_usd for day in days] == [1500, 1500]


def test_a_call_waits_for_others_to_settle(store: Store) -> None:
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        metered.settle(first, ANSWERED)

    run = run_of(store, ModelRule(run_usd=0.0035))
    metered = meter(services(store), run, "files", sleep=sleep)
    first = metered.reserve(planned("first"))
    assert metered.reserve(planned("second"))
    assert len(waited) == 1


def test_where_others_do_not_settle_the_step_is_put_off(store: Store) -> None:
    polled: list[int] = []
    run = run_of(store, ModelRule(run_usd=0.0035))
    metered = meter(
        services(store), run, "files", sleep=lambda _: None, poll=lambda: polled.append(1)
    )
    metered.reserve(planned("first"))
    with pytest.raises(Transient) as caught:
        metered.reserve(planned("second"))
    assert caught.value.reason == "budget_busy"
    assert caught.value.retry_after_s
    assert polled


def test_the_same_question_again_and_again_is_ended(store: Store) -> None:
    metered = meter(services(store), run_of(store), "files")
    for _ in range(3):
        spend(metered, "round")
    problem = refused(metered, "round")
    assert problem.reason == "model_loop"
    assert "was asked the same 3 times" in problem.message
    assert metered.reserve(planned("another"))


def test_the_same_answer_to_repeated_questions_is_ended(store: Store) -> None:
    metered = meter(services(store), run_of(store), "files")
    for attempt in range(1, 5):
        call_id = metered.reserve(planned(f"mend {attempt}", attempt=attempt))
        metered.settle(call_id, ANSWERED)
    problem = refused(metered, "mend 5", attempt=5)
    assert problem.reason == "model_loop"
    assert "gave the same answer 3 times" in problem.message
    assert metered.reserve(planned("a new question", attempt=1))


def test_refused_calls_are_no_loop(store: Store) -> None:
    metered = meter(services(store), run_of(store), "files")
    for _ in range(6):
        call_id = metered.reserve(planned("busy"))
        metered.settle(call_id, MadeCall(status=CallStatus.REFUSED, duration_s=0.1))


def test_a_killed_workers_call_is_spent_for_whoever_takes_the_run_over(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = run_of(store, ModelRule(run_usd=0.0035), lease_s=5)
    left = meter(services(store), run, "files")
    left.reserve(planned("left"))
    advance(6)
    again = store.runs.lease(run.id, worker="w2", lease_s=60)
    assert again is not None
    assert refused(meter(services(store), again, "files")).reason == "budget_reached"
    with pytest.raises(LeaseLost):
        left.reserve(planned("late"))


def test_fifty_runs_at_once_overspend_nothing(store: Store) -> None:
    organisation = store.organisations.seen(
        "github", "10", "acme", is_person=False, installation="1"
    )
    # As much as 41 calls of $0.0015 each, the last of which may have cost $0.002.
    rule = ModelRule(day_usd=0.062)
    runs = [run_of(store, rule, organisation_id=organisation.id) for _ in range(50)]

    def ask(run: Run) -> int:
        # Fifty threads that never rest would leave no connection for whoever is to settle.
        metered = meter(services(store), run, "files", sleep=lambda _: time.sleep(0.05))
        try:
            spend(metered, run.id)
            spend(metered, f"again {run.id}")
        except StepFailed:
            return 1
        except Transient as exc:
            assert exc.reason == "budget_busy", exc.message
            return 1
        return 0

    stopped = all_at_once([lambda run=run: ask(run) for run in runs])  # type: ignore[misc]
    scope = f"organisation:{organisation.id}:2026-11-28"
    balance = store.budgets.balances([scope])[scope]
    assert balance.spent_micro_usd <= 62_000
    assert balance.spent_micro_usd == 1500 * balance.calls
    assert (balance.reserved_micro_usd, balance.reserved_tokens) == (0, 0)
    assert any(stopped)
    own = store.budgets.balances([f"run:{run.id}" for run in runs])
    assert sum(one.spent_micro_usd for one in own.values()) == balance.spent_micro_usd


class Away:
    """Budgets whose database is away for the first calls of ``settle``."""

    def __init__(self, real: Budgets, times: int) -> None:
        self._real = real
        self.left = times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def settle(self, id: str, ended: EndedCall) -> bool:
        if self.left:
            self.left -= 1
            raise StoreUnavailable("The database is away.")
        return self._real.settle(id, ended)


@pytest.mark.parametrize(
    ("times", "pauses", "status"),
    [(3, [0.2, 1.0, 3.0], CallStatus.ANSWERED), (9, [0.2, 1.0, 3.0], CallStatus.LOST)],
)
def test_a_paid_answer_is_not_lost_with_the_database(
    store: Store,
    advance: Callable[[float], None],
    times: int,
    pauses: list[float],
    status: CallStatus,
) -> None:
    run = run_of(store)
    away: Any = Away(store.budgets, times)
    slept: list[float] = []
    metered = meter(services(replace(store, budgets=away)), run, "files", sleep=slept.append)
    call_id = metered.reserve(planned())
    metered.settle(call_id, ANSWERED)
    assert slept == pauses
    advance(901)
    store.budgets.settle_abandoned(older_than_s=900)
    call = store.model_calls.get(run.id, call_id)
    assert call is not None
    assert call.status is status
