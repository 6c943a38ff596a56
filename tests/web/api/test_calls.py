"""The calls of a run's models over HTTP: what was said is shown as it is kept, to few."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.budgets import meter
from bot.core.hidden import MASK
from bot.core.runs import Run
from tests.budgets.spending import ANSWERED, Priced, planned
from tests.spine import GENERATE, Bot
from tests.web.api.server import Server

PASSWORD = "hK8dLq2Zx7Vb9Tn4Wc6M"
SAID = f'password = "{PASSWORD}" and go'
MASKED = f'password = "{MASK}" and go'


def asked(bot: Bot, keep: str) -> Run:
    """A run that has put a question with a secret in it, and was answered with one."""
    settings = bot.services.settings.replace(keep_texts=keep)
    bot.services = replace(bot.services, settings=settings, models=Priced())
    bot.post(GENERATE)
    run = bot.store.runs.lease(bot.run.id, worker="w", lease_s=60)
    assert run is not None
    metered = meter(bot.services, run, "files")
    metered.settle(metered.reserve(planned(SAID)), replace(ANSWERED, answer=SAID))
    return run


def call(server: Server, run: Run, *, by: str | None = "ann", **query: Any) -> dict[str, Any]:
    found = server.get(f"/runs/{run.id}/calls", by=by, **query)
    assert found.status_code == 200, found.text
    (only,) = found.json["items"]
    return dict(only)


@pytest.mark.parametrize(("keep", "kept"), [("none", None), ("masked", MASKED), ("all", SAID)])
def test_what_was_said_is_shown_as_far_as_it_is_kept(
    server: Server, bot: Bot, keep: str, kept: str | None
) -> None:
    run = asked(bot, keep)
    told = call(server, run, texts=True)
    assert (told["prompt"], told["answer"]) == (kept, kept)
    assert told["has_texts"] is (kept is not None)
    silent = call(server, run)
    assert (silent["prompt"], silent["answer"]) == (None, None)
    assert silent["has_texts"] is (kept is not None)
    assert silent["prompt_sha256"] == told["prompt_sha256"]
    assert (silent["tokens"], silent["cost_usd"], silent["duration_ms"]) == (1500, 0.0015, 1200)


def test_only_who_may_see_the_run_sees_what_was_said(server: Server, bot: Bot) -> None:
    run = asked(bot, "all")
    for by in ("rita", "ann", "olga", None):
        assert call(server, run, by=by, texts=True)["answer"] == SAID
    refused = server.get(f"/runs/{run.id}/calls", by="eve", texts=True)
    assert (refused.status_code, refused.json["reason"]) == (404, "unknown_run")
    assert PASSWORD not in refused.text
