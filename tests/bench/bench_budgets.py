"""Fifty runs at once under one organisation's cap: nothing overspent, and what a call costs us."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bot.budgets import meter
from bot.core.policy import ModelRule
from bot.core.runs import Run
from bot.errors import StepFailed, Transient
from bot.store.opening import open_store
from bot.store.port import Store
from tests import parts
from tests.bench.bench_store import postgres
from tests.bench.figures import Figure
from tests.budgets.spending import ANSWERED, planned, run_of, services
from tests.store.making import all_at_once

RUNS = 50
#: As much as 41 calls of $0.0015 each.
CAP_USD = 0.0625
CALLS = 100


def measure() -> list[Figure]:
    """Both databases, as far as they are here."""
    return list(_all())


def _all() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        yield from _figures("SQLite", f"sqlite:///{Path(folder) / 'store.db'}")
    if not parts.absence("postgres"):
        with postgres() as url:
            yield from _figures("PostgreSQL", url)


def _figures(name: str, url: str) -> Iterator[Figure]:
    store = open_store(url)
    store.database.migrate()
    yield Figure(
        what=f"overspent by {RUNS} runs at once, {name}",
        ours=_overspent(store),
        unit="calls",
        ours_at_most=0,
    )
    yield Figure(what=f"setting aside and settling a call, {name}", ours=_alone(store), unit="ms")
    store.database.close()


def _overspent(store: Store) -> float:
    """Micro-dollars beyond the cap, and those that are still set aside."""
    organisation = store.organisations.seen(
        "github", "10", "acme", is_person=False, installation="1"
    )
    rule = ModelRule(day_usd=CAP_USD)
    runs = [run_of(store, rule, organisation_id=organisation.id) for _ in range(RUNS)]
    all_at_once([lambda run=run: _spend(store, run) for run in runs])  # type: ignore[misc]
    scope = f"organisation:{organisation.id}:2026-11-28"
    balance = store.budgets.balances([scope])[scope]
    return max(0, balance.spent_micro_usd - 62_500) + balance.reserved_micro_usd


def _spend(store: Store, run: Run) -> None:
    metered = meter(services(store), run, "files", sleep=lambda _: time.sleep(0.05))
    try:
        for each in range(2):
            metered.settle(metered.reserve(planned(f"{run.id} {each}")), ANSWERED)
    except (StepFailed, Transient):
        return


def _alone(store: Store) -> float:
    metered = meter(services(store), run_of(store), "files")
    began = time.perf_counter()
    for each in range(CALLS):
        metered.settle(metered.reserve(planned(str(each))), ANSWERED)
    return (time.perf_counter() - began) * 1000 / CALLS
