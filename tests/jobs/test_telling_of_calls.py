"""A step that asks models for long: its calls stand in the living comment before it has ended."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot import report
from bot.budgets import meter
from bot.core.identity import Repository
from bot.jobs import stretch
from bot.services import Services
from bot.steps import STEP_TYPES, registry
from bot.steps.registry import Registered
from bot.steps.spec import StepContext, StepType
from tests.budgets.spending import Priced, planned
from tests.spine import Bot

WORKFLOW = b"name: thinking\nsteps:\n  - {id: thought, uses: think}\n"
SET_ASIDE = "2,000 tokens, $0.002 set aside for calls under way"


@pytest.fixture
def home(bot: Bot) -> Repository:
    return bot.forge.people.add_repository("acme/.github")


def test_a_call_is_told_while_its_step_is_under_way(
    bot: Bot, home: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = threading.Event()
    seen: list[bool] = []

    def think(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        meter(context.services, context.run, context.step_id, number=context.number).reserve(
            planned()
        )
        seen.append(told.wait(20))
        return {}

    progress = report.progress

    def tell(services: Services, run_id: str) -> None:
        progress(services, run_id)
        if SET_ASIDE in bot.living:
            told.set()

    kind = StepType(name="think", summary="Think", takes={}, gives={}, run=think)
    known = (*(Registered(step_type=one) for one in STEP_TYPES), Registered(step_type=kind))
    # No package that is installed brings such a step, and nobody waits for ten seconds here.
    monkeypatch.setattr(registry, "registered", lambda: known)
    monkeypatch.setattr(report, "EDIT_EVERY_S", 0.0)
    monkeypatch.setattr(stretch, "_FIRST_WORD_S", 0.0)
    # What is told is seen as soon as it is told.
    monkeypatch.setattr(report, "progress", tell)
    bot.services = replace(bot.services, models=Priced())
    bot.commit(".github/firstcommit/workflows/thinking.yaml", WORKFLOW, where=home)
    for cached in (registry.step_types, registry.fields):
        cached.cache_clear()
    try:
        bot.do("/generate workflow=thinking")
    finally:
        for cached in (registry.step_types, registry.fields):
            cached.cache_clear()
    assert seen == [True]
