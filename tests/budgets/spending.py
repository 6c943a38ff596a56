"""What the tests of budgets begin with: services that know a price, runs, and calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from bot.core.model_calls import CallStatus, MadeCall, ModelName, PlannedCall, Price, Usage
from bot.core.policy import ModelRule, Policy, policy_to_data
from bot.core.runs import Run
from bot.services import NoModels, Services
from bot.settings import Settings
from bot.store.port import Store
from tests.store.making import new_run, thread

SMALL = ModelName(provider="openai", name="small")
UNPRICED = ModelName(provider="openai", name="of-our-own")
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ANSWERED = MadeCall(
    status=CallStatus.ANSWERED,
    duration_s=1.2,
    usage=Usage(input_tokens=1000, output_tokens=500),
    answer="hello",
)


class Priced(NoModels):
    """Models of which one costs a dollar for a million tokens, and of others nobody knows what."""

    @property
    def chain(self) -> Sequence[ModelName]:
        return (SMALL,)

    def price(self, model: ModelName) -> Price | None:
        return Price(input_usd=1.0, output_usd=1.0) if model == SMALL else None


def services(
    store: Store,
    *,
    clock: Callable[[], datetime] = lambda: NOW,
    keep_texts: str = "masked",
    operator: ModelRule | None = None,
) -> Services:
    made = SimpleNamespace(
        store=store,
        settings=Settings(data_dir=Path("/nowhere"), keep_texts=keep_texts),
        models=Priced(),
        policy=Policy(models=operator or ModelRule()),
        clock=clock,
    )
    return cast(Services, made)


def run_of(
    store: Store,
    rule: ModelRule | None = None,
    *,
    organisation_id: str | None = None,
    lease_s: float = 60,
) -> Run:
    """A run that a worker has, in a repository."""
    policy = policy_to_data(Policy(models=rule or ModelRule()))
    new = replace(new_run(at=thread(), organisation_id=organisation_id), policy=policy)
    run = store.runs.lease(store.runs.create(new).id, worker="w1", lease_s=lease_s)
    assert run is not None
    return run


def planned(prompt: str = "say hello", **changes: object) -> PlannedCall:
    made = PlannedCall(
        model=SMALL, purpose="file", input_tokens=1000, output_tokens=1000, prompt=prompt
    )
    return replace(made, **changes)  # type: ignore[arg-type]
