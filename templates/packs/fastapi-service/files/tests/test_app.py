"""The service as a whole: how it is made, served and described."""

import json
import logging

import pytest
from fastapi.testclient import TestClient

from {{ module }} import Settings, create_app
from {{ module }}.__main__ import main


def test_it_starts_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCS", "off")
    assert TestClient(create_app()).get("/openapi.json").status_code == 404


def test_it_says_when_it_starts_and_stops(capsys: pytest.CaptureFixture[str]) -> None:
    with TestClient(create_app(Settings())):
        pass
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = [line["message"] for line in lines if line["logger"].endswith(".app")]
    assert told == ["started", "stopped"]


def test_its_description_tells_of_every_operation(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    assert set(description["paths"]) == {"/api/v1/greetings", "/healthz", "/readyz"}
    for path in description["paths"].values():
        for operation in path.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert "HTTPValidationError" not in description["components"]["schemas"]


def test_it_can_be_read_by_people(client: TestClient) -> None:
    assert client.get("/docs").headers["content-type"].startswith("text/html")


def test_it_is_served_as_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    served: dict[str, object] = {}
    monkeypatch.setattr("uvicorn.run", lambda _, **options: served.update(options))
    monkeypatch.setenv("PORT", "9001")
    monkeypatch.setenv("PROXY_ADDRESSES", "10.0.0.1")
    assert main() == 0
    assert (served["host"], served["port"]) == ("127.0.0.1", 9001)
    assert (served["proxy_headers"], served["forwarded_allow_ips"]) == (True, "10.0.0.1")


def test_it_believes_no_proxy_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    served: dict[str, object] = {}
    monkeypatch.setattr("uvicorn.run", lambda _, **options: served.update(options))
    assert main() == 0
    assert served["proxy_headers"] is False


def test_it_does_not_start_with_settings_that_are_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "many")
    monkeypatch.setenv("LOG_LEVEL", "loud")
    assert main() == 2
    told = capsys.readouterr().err
    assert "PORT: " in told
    assert "LOG_LEVEL: " in told
    assert "many" not in told


def test_what_it_logs_while_it_is_set_up_anew_stands_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    create_app(Settings())
    create_app(Settings())
    logging.getLogger("orders").warning("paid")
    assert len(capsys.readouterr().out.splitlines()) == 1
