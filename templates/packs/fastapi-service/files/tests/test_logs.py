import json
import logging
from typing import Any

import pytest
from fastapi.testclient import TestClient

from {{ module }} import Settings, create_app


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_request_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    client = TestClient(create_app(Settings()))
    client.post("/api/v1/greetings", json={"name": "Ada"}, headers={"X-Request-ID": "request-1"})
    (line,) = lines(capsys)
    assert line["message"] == "request"
    assert (line["method"], line["path"]) == ("POST", "/api/v1/greetings")
    assert (line["status"], line["level"]) == (200, "info")
    assert line["request_id"] == "request-1"
    assert line["duration_ms"] >= 0
    assert line["time"].endswith("+00:00")


def test_probes_are_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    client = TestClient(create_app(Settings()))
    client.get("/healthz")
    client.get("/readyz")
    assert lines(capsys) == []


@pytest.mark.parametrize("sent", ["", "short", "x" * 65, "with space", "semi;colon"])
def test_an_id_that_is_not_plain_is_replaced(sent: str) -> None:
    client = TestClient(create_app(Settings()))
    answer = client.get("/healthz", headers={"X-Request-ID": sent})
    assert answer.headers["X-Request-ID"] != sent
    assert len(answer.headers["X-Request-ID"]) == 32


def test_a_line_break_in_what_somebody_sent_makes_no_second_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    TestClient(create_app(Settings())).get("/a%0a%7B%22level%22:%22critical%22%7D")
    (line,) = lines(capsys)
    assert line["path"] == '/a\n{"level":"critical"}'


def test_what_is_added_to_a_record_is_in_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    create_app(Settings(log_level="WARNING"))
    logging.getLogger("orders").info("not written at this level")
    logging.getLogger("orders").warning("paid %s", 3, extra={"order": 17})
    (line,) = lines(capsys)
    assert (line["message"], line["order"], line["logger"]) == ("paid 3", 17, "orders")
