"""What is answered where nothing is, and what is too large."""

from __future__ import annotations

import pytest

from tests.web.api.server import Server
from tests.web.api.test_projects import reason


@pytest.mark.parametrize("path", ["/runs/384ea317", "/projects/nosuch", "/hooks/x/ping"])
def test_a_short_id_is_told_to_be_one(server: Server, path: str) -> None:
    headers = {"Authorization": f"Bearer {server.token('mia')}"}
    told = server.app.test_client().get(f"/api/v1{path}", headers=headers)
    assert reason(told) == (404, "not_found")
    assert "UUID" in told.json["detail"]
    noun = path.split("/")[1]
    assert f"GET /api/v1/{noun}" in told.json["remedy"]


def test_a_slash_at_the_end_is_told_of(server: Server) -> None:
    headers = {"Authorization": f"Bearer {server.token('mia')}"}
    told = server.app.test_client().get("/api/v1/projects/", headers=headers)
    assert reason(told) == (404, "not_found")
    assert "slash" in told.json["remedy"]


def test_what_is_too_large_is_told_how_large_it_may_be(server: Server) -> None:
    told = server.call("POST", "/tokens", data=b" " * 1_048_577, content_type="application/json")
    assert reason(told) == (413, "too_large")
    assert "1,048,576 bytes" in told.json["detail"]
    assert told.json["remedy"]


def test_another_name_is_told_which_setting_has_ours(server: Server) -> None:
    told = server.call("GET", "/me", headers={"Host": "elsewhere.example"})
    assert reason(told) == (421, "misdirected")
    assert "FIRSTCOMMIT_PUBLIC_URL" in told.json["remedy"]
