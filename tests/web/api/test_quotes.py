"""What a run may cost, told before it has asked a model: when it is begun, and when it is tried."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.budgets import meter
from bot.core.policy import ModelRule, Policy
from bot.core.runs import RunStatus
from bot.rehearsal.bounded import BoundedRehearsals
from bot.store.port import Store
from tests.budgets.spending import ANSWERED, Priced, planned, services
from tests.spine import Bot
from tests.store.making import new_run
from tests.web.api.server import Server

SHOP = "github:acme/shop"
#: It would ask a model once its change is there.
TELLING = b"""\
name: telling
inputs:
  pack: {type: string}
  answers: {type: object, default: {}}
  into: {type: destination, default: "."}
steps:
  - id: files
    uses: file_generation
    with: {pack: "${{ inputs.pack }}", answers: "${{ inputs.answers }}"}
  - id: checks
    uses: verify
    with: {project: "${{ steps.files.project }}"}
  - id: repository
    uses: repo_creation
    if: "${{ inputs.into.new }}"
    with: {into: "${{ inputs.into }}"}
  - id: commit
    uses: commit
    with: {project: "${{ steps.files.project }}", into: "${{ inputs.into }}"}
  - id: change
    uses: open_change
    with: {branch: "${{ steps.commit.branch }}", into: "${{ inputs.into }}"}
  - id: told
    uses: agent
    with: {prompt: "Say what was made.", given: {change: "${{ steps.change.url }}"}}
"""
COMMAND = "/generate library workflow=telling name=orders path=orders"


@pytest.fixture
def priced(bot: Bot) -> Server:
    """A server with a model that has a price, and a workflow that asks it."""
    bot.change(
        rehearsals=BoundedRehearsals(),
        models=Priced(),
        policy=Policy(models=ModelRule(run_usd=1.0)),
    )
    home = bot.forge.people.add_repository("acme/.github")
    bot.commit(".github/firstcommit/workflows/telling.yaml", TELLING, where=home)
    made = Server(bot)
    made.settle()
    return made


def made_before(store: Store, runs: int = 3) -> None:
    """Such runs, each of which took 1,500 tokens for $0.0015."""
    for _ in range(runs):
        new = replace(new_run(), workflow={"name": "telling"}, policy={})
        run = store.runs.lease(store.runs.create(new).id, worker="w", lease_s=60)
        assert run is not None
        spent(store, run)
        store.runs.finish(run.id, run.lease_number, RunStatus.COMPLETED)


def spent(store: Store, run: Any) -> None:
    metered = meter(services(store), run, "told")
    metered.settle(metered.reserve(planned(run.id)), ANSWERED)


def test_a_project_is_begun_with_a_quote_which_its_run_has_until_it_spends(
    priced: Server, bot: Bot
) -> None:
    body = {
        "pack": "library",
        "workflow": "telling",
        "answers": {"name": "orders"},
        "into": {"repository": SHOP, "existing": True, "path": "orders"},
        "budget_usd": 0.5,
    }
    begun = priced.post("/projects", body)
    assert begun.status_code == 202, begun.json
    quote = begun.json["quote"]
    assert (quote["model"], quote["priced"], quote["history"]) == ("openai:small", True, None)
    assert (quote["cap_usd"], quote["cap_tokens"]) == (0.5, None)
    assert quote["least_tokens"] > 0
    address = f"/runs/{begun.json['run_id']}"
    assert priced.get(address).json["quote"] == quote
    run = bot.store.runs.lease(begun.json["run_id"], worker="w", lease_s=60)
    spent(bot.store, run)
    told = priced.get(address).json
    assert (told["quote"], told["usage"]["cost_usd"]) == (None, 0.0015)


def test_what_asks_no_model_has_no_quote(priced: Server) -> None:
    body = {"pack": "library", "answers": {"name": "orders"}}
    assert priced.post("/projects", body, by="mia").json["quote"] is None


def test_a_dry_run_quotes_what_such_runs_really_took(priced: Server, bot: Bot) -> None:
    made_before(bot.store)
    tried = priced.post("/dry-runs", {"text": COMMAND, "repository": SHOP}).json
    assert tried["named"] == ["told"]
    assert tried["quote"]["history"] == {
        "runs": 3,
        "tokens": 1500,
        "tokens_90": 1500,
        "usd": 0.0015,
        "usd_90": 0.0015,
    }
    assert tried["quote"]["cap_usd"] == 1.0


def test_a_plan_says_what_is_still_to_be_spent(priced: Server, bot: Bot) -> None:
    made_before(bot.store)
    bot.do(COMMAND.replace("/generate", "/plan"))
    assert (
        "| Price so far | none yet; of 3 such runs here half took up to 1,500 tokens, $0.0015, and "
        "nine in ten up to 1,500 tokens, $0.0015; this run may take $1.00 at most |"
    ) in bot.living


def test_a_budget_is_of_dollars_or_of_tokens(priced: Server) -> None:
    body = {
        "pack": "library",
        "workflow": "telling",
        "answers": {"name": "orders"},
        "into": {"repository": SHOP, "existing": True, "path": "orders"},
        "budget_tokens": 200_000,
    }
    quote = priced.post("/projects", body).json["quote"]
    assert quote["cap_tokens"] == 200_000
    both = priced.post("/projects", {**body, "budget_usd": 1})
    assert (both.status_code, both.json["reason"]) == (422, "does_not_fit")
    assert both.json["errors"][0]["at"] == "body.budget_tokens"
