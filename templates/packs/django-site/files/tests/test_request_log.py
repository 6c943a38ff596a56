import json
import logging
from collections.abc import Iterator

import pytest
from django.test import Client

from {{ module }} import logs
from {{ module }}.pages import views


{% include "_shared/python/service/logging-fixture.py" %}

def test_a_request_is_one_line_of_json(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO")
    client.get("/", secure=True, headers={"x-request-id": "request-1"})
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["method"], line["path"], line["status"]) == ("GET", "/", 200)
    assert (line["message"], line["request_id"]) == ("request", "request-1")


def test_probes_are_not_logged(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO")
    client.get("/healthz")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("sent", ["", "short", "x" * 65, "with space", "semi;colon"])
def test_an_id_that_is_not_plain_is_replaced(client: Client, sent: str) -> None:
    answer = client.get("/healthz", headers={"x-request-id": sent})
    assert answer.headers["X-Request-ID"] != sent
    assert len(answer.headers["X-Request-ID"]) == 32


def test_what_went_wrong_is_logged_and_not_shown(
    client: Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the inner reason")

    logs.configure("INFO")
    monkeypatch.setattr(views, "render", fail)
    client.raise_request_exception = False
    answer = client.get("/", secure=True)
    assert answer.status_code == 500
    assert "inner reason" not in answer.text
    assert "RuntimeError: the inner reason" in capsys.readouterr().out
