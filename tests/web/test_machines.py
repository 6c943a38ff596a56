"""What machines ask: is it alive, is it ready, what are its numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.errors import StoreUnavailable
from bot.web import create_app
from tests.spine import Bot
from tests.store.hooking import DELIVERED, GIVEN_UP, OFF, hook, settled
from tests.store.making import running
from tests.store.test_budgets import ANSWERED, reserved
from tests.web.doubles import ADMIN_TOKEN, services_over_fakes


@pytest.fixture
def services(tmp_path: Path) -> Any:
    return services_over_fakes(tmp_path)


@pytest.fixture
def client(services: Any) -> FlaskClient:
    return create_app(services).test_client()


def test_a_process_that_answers_is_alive(client: FlaskClient, services: Any) -> None:
    services.store.database.raises = StoreUnavailable("away")
    assert client.get("/healthz").status_code == 200


def test_ready_when_database_and_queue_answer(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "ready")


def test_without_a_queue_it_is_ready_but_degraded(client: FlaskClient, services: Any) -> None:
    services.queue.answers = False
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "degraded")
    assert "secret-host" not in answer.text


def test_without_a_database_it_is_not_ready(client: FlaskClient, services: Any) -> None:
    services.store.database.raises = StoreUnavailable("db.internal is away")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["database"]) == (503, "unavailable")
    assert "db.internal" not in answer.text


def test_with_an_older_schema_it_is_not_ready(client: FlaskClient, services: Any) -> None:
    services.store.database.problem = "Run `firstcommit migrate`."
    assert client.get("/readyz").status_code == 503


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", f"Basic {ADMIN_TOKEN}", "é"])
def test_numbers_are_for_the_operator(client: FlaskClient, header: str | None) -> None:
    given = {} if header is None else {"Authorization": header}
    answer = client.get("/metrics", headers=given)
    assert answer.status_code == 401
    assert "firstcommit_" not in answer.text


def test_the_operator_sees_the_length_of_queues(client: FlaskClient, services: Any) -> None:
    given = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    assert (
        'firstcommit_jobs_waiting{queue="runs"} 5.0' in client.get("/metrics", headers=given).text
    )
    services.queue.answers = False
    services.store.database.raises = StoreUnavailable("away")
    shown = client.get("/metrics", headers=given).text
    assert "firstcommit_jobs_waiting{" not in shown
    assert "firstcommit_database_up 0.0" in shown


def test_the_operator_sees_how_outgoing_hooks_fare(bot: Bot) -> None:
    app = create_app(bot.services)
    for outcome in (DELIVERED, DELIVERED, GIVEN_UP, OFF):
        made = hook(bot.store)
        bot.store.hook_deliveries.ping(made.id)
        settled(bot.store, made, outcome)
    given = {"Authorization": f"Bearer {bot.services.keys.admin_token}"}
    shown = app.test_client().get("/metrics", headers=given).text
    assert 'firstcommit_hook_deliveries_last_hour{outcome="delivered"} 2.0' in shown
    assert 'firstcommit_hook_deliveries_last_hour{outcome="failed"} 2.0' in shown
    assert "firstcommit_hooks_off 1.0" in shown


def test_the_operator_sees_what_models_cost(bot: Bot) -> None:
    app = create_app(bot.services)
    run = running(bot.store)
    bot.store.budgets.settle(reserved(bot.store, run), ANSWERED)
    reserved(bot.store, run, model="openai:large", micro_usd=2_500_000)
    given = {"Authorization": f"Bearer {bot.services.keys.admin_token}"}
    shown = app.test_client().get("/metrics", headers=given).text
    ended = '{model="openai:small",status="answered"}'
    assert f"firstcommit_model_calls_last_hour{ended} 1.0" in shown
    assert f"firstcommit_model_tokens_last_hour{ended} 400.0" in shown
    assert f"firstcommit_model_cost_usd_last_hour{ended} 4e-05" in shown
    assert 'firstcommit_model_calls_under_way{model="openai:large"} 1.0' in shown
    assert 'firstcommit_model_reserved_tokens{model="openai:large"} 1000.0' in shown
    assert 'firstcommit_model_reserved_usd{model="openai:large"} 2.5' in shown
    bot.later(3601)
    later = app.test_client().get("/metrics", headers=given).text
    assert "firstcommit_model_calls_last_hour{" not in later
    assert "firstcommit_model_reserved_usd{" in later
