"""What a run's page says of what it costs, and of what it has asked people."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.budgets import meter
from bot.core.model_calls import CallStatus, MadeCall
from bot.core.policy import ModelRule, Policy
from bot.core.runs import Run, RunStatus
from bot.forges.local import YOU
from bot.web import create_app
from tests.budgets.spending import ANSWERED, UNPRICED, Priced, planned
from tests.web.world import World

ASKING = {"name": "sdlc", "steps": [{"id": "files", "uses": "agent", "with": {}}]}


@pytest.fixture
def priced(world: World) -> World:
    """A world with a model that has a price, and a cap for each run."""
    policy = Policy(models=ModelRule(run_usd=0.01))
    world.services = replace(world.services, models=Priced(), policy=policy)
    world.app = create_app(world.services)
    return world


def begun(world: World, workflow: dict[str, Any] = ASKING) -> Run:
    """A run that a worker has begun."""
    made = world.start(world.open_thread("/generate -- orders"), workflow=workflow)
    run = world.store.runs.lease(made.id, worker="w", lease_s=60)
    assert run is not None
    return run


def shown(world: World, run: Run) -> str:
    """The part of the page that is about language models; empty where there is none."""
    text = world.browser().get(f"/runs/{run.id}").text
    _, found, rest = text.partition('id="cost"')
    return " ".join(rest.partition("</section>")[0].split()) if found else ""


def test_a_run_that_asks_no_model_has_no_such_part(priced: World) -> None:
    assert shown(priced, begun(priced, {"name": "generate"})) == ""


def test_before_it_has_asked_one_there_is_a_quote(priced: World) -> None:
    text = shown(priced, begun(priced))
    assert "No model was asked yet." in text
    assert "too few such runs were made here to tell" in text
    assert '<dt>Ends at</dt><dd class="nums">$0.01</dd>' in text
    assert "openai:small" in text


def test_while_it_runs_its_calls_stand_there_step_by_step(priced: World) -> None:
    run = begun(priced)
    files, review = (meter(priced.services, run, step) for step in ("files", "review"))
    files.settle(files.reserve(planned()), ANSWERED)
    failed = MadeCall(status=CallStatus.FAILED, duration_s=65, http_status=500)
    files.settle(files.reserve(planned("again", attempt=2)), failed)
    review.reserve(planned("look", purpose="review"))
    text = shown(priced, run)
    assert '<strong class="nums">3,500 tokens and $0.0035</strong>' in text
    assert "in 2 calls, of $0.01 at most" in text
    assert "2,000 tokens and $0.002 set aside for calls under way" in text
    assert '<progress value="550" max="1000" class="held"' in text
    assert '<progress value="350" max="1000" aria-label' in text
    assert "3,500 tokens, $0.0035" in text
    assert 'file <span class="muted nums">call 2</span>' in text
    for words in ("Answered", "Failed (500)", "1 min 5 s", "Under way", "<code>review</code>"):
        assert words in text


def test_what_has_no_price_says_so(priced: World) -> None:
    run = begun(priced)
    files = meter(priced.services, run, "files")
    files.settle(files.reserve(planned(model=UNPRICED)), ANSWERED)
    priced.store.runs.finish(run.id, run.lease_number, RunStatus.COMPLETED)
    text = shown(priced, run)
    assert '<strong class="nums">1,500 tokens</strong>' in text
    assert "What has no known price counts in tokens alone." in text
    assert "price unknown</td>" in text
    assert "Expected" not in text


def test_questions_stand_there_with_their_answers(priced: World) -> None:
    run = begun(priced)
    questions = priced.store.questions
    first = questions.ask(run.id, "files", "For <whom>?", number=run.lease_number)
    questions.answer(first.id, "For people who cook.", by=YOU)
    questions.ask(run.id, "files", "Which licence?", number=run.lease_number)
    text = priced.browser().get(f"/runs/{run.id}").text
    assert "1 open, 1 answered" in text
    assert "For &lt;whom&gt;?" in text
    assert "Answered by you" in text
    assert "For people who cook." in text
    assert "<code>/revise -- YOUR ANSWER</code>" in text
