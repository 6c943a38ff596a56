"""Hooks are told of a run by workers in processes of their own, also after one was killed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator

import pytest
from standardwebhooks import Webhook

from bot.hooks import add_hook
from tests.agents.web import Asked, Says, Web, serving
from tests.e2e.bed import eventually
from tests.e2e.product import Product, product

pytestmark = pytest.mark.e2e

WAITS_S = 90.0
KINDS = [
    "project.created",
    "files.saved",
    "project.completed",
    "export.started",
    "export.completed",
]


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with serving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def made(web: Web) -> Iterator[Product]:
    environment = {
        "FIRSTCOMMIT_LOCAL_FORGE": "on",
        "FIRSTCOMMIT_API_ORIGINS": f"private:{web.url}",
    }
    with product(environment) as running:
        yield running


def generate(made: Product) -> None:
    people = made.services.people
    assert people is not None
    thread = people.open_thread("demo/ideas", "Orders", "/generate python-package name=orders")
    kind, body = people.delivery_for_thread(thread)
    assert made.deliver(kind, body).status_code == 202


@pytest.fixture
def listening(made: Product, web: Web) -> Iterator[Callable[..., str]]:
    """Have a hook of some kinds, for this test alone; gives its secret."""
    web.asked.clear()
    hooks = []

    def listen(*kinds: str) -> str:
        there = f"{web.url}/in"
        hook, secret = add_hook(made.services, url=there, kinds=kinds, created_by="local:you")
        hooks.append(hook)
        return secret

    yield listen
    for hook in hooks:
        made.services.store.hooks.remove(hook.id)


def test_a_run_is_told_signed_and_in_order(
    made: Product, web: Web, listening: Callable[..., str]
) -> None:
    secret = listening()
    generate(made)
    eventually(lambda: len(web.asked) == len(KINDS), timeout_s=WAITS_S)
    told = [Webhook(secret).verify(asked.body, dict(asked.headers)) for asked in web.asked]
    assert [each["type"] for each in told] == KINDS
    project = told[-1]["data"]["project"]
    found = made.services.store.projects.get(project["id"])
    assert found is not None
    assert (project["name"], project["status"]) == ("orders", "completed")
    assert told[-1]["data"]["export"]["repository_name"] == "demo/ideas"


def test_what_a_killed_worker_had_sent_is_sent_again_under_its_id(
    made: Product, web: Web, listening: Callable[..., str]
) -> None:
    killed = threading.Event()

    def hold_the_first(asked: Asked) -> Says:
        if not killed.is_set():
            killed.wait(WAITS_S)
        return Says()

    web.answerer = hold_the_first
    listening("export.completed")
    generate(made)
    eventually(lambda: web.asked, timeout_s=WAITS_S)
    made.kill_worker()
    killed.set()
    made.start_worker()
    eventually(lambda: len(web.asked) == 2, timeout_s=WAITS_S)
    first, second = web.asked
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert json.loads(first.body) == json.loads(second.body)
    deliveries = made.services.store.hook_deliveries
    found = eventually(lambda: deliveries.get(second.headers["webhook-id"]))
    eventually(lambda: deliveries.get(found.id).status == "delivered")  # type: ignore[union-attr]
