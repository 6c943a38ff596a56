import asyncio

import pytest
from fastapi.testclient import TestClient

import {{ module }}.health as health
from {{ module }} import Settings, create_app


async def work() -> None:
    """A part that works."""


async def fail() -> None:
    raise ConnectionError("the database is away")


async def hang() -> None:
    await asyncio.Event().wait()


def test_it_says_that_it_works(client: TestClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


def test_it_is_ready_when_every_check_passes() -> None:
    answer = TestClient(create_app(Settings(), checks={"database": work})).get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"database": "ok"}}


def test_it_is_not_ready_while_a_check_fails_and_keeps_the_reason_to_itself() -> None:
    app = create_app(Settings(), checks={"database": fail, "queue": work})
    answer = TestClient(app).get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "unavailable",
        "checks": {"database": "failed", "queue": "ok"},
    }


def test_a_check_that_does_not_answer_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "TIMEOUT_S", 0.01)
    app = create_app(Settings(), checks={"database": hang})
    assert TestClient(app).get("/readyz").json()["checks"] == {"database": "failed"}


def test_a_failing_check_does_not_make_it_unhealthy() -> None:
    app = create_app(Settings(), checks={"database": fail})
    assert TestClient(app).get("/healthz").status_code == 200
