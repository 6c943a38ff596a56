"""What language models are told of the API: every operation, and what the caller may ask for."""

from __future__ import annotations

import re

from bot.core.access_scopes import Scope
from bot.web.api.agents_text import as_markdown
from bot.web.api.groups import OPERATIONS
from bot.web.api.problem import known_reasons
from bot.web.api.reference import entries, schemas
from tests.web.api.server import Server


def test_it_tells_of_every_operation_with_what_it_takes() -> None:
    text = as_markdown()
    for entry in entries(OPERATIONS):
        (line,) = re.findall(rf"^- `{entry.operation.name}`: (.*)$", text, re.MULTILINE)
        assert f"`{entry.operation.method} {entry.path}`" in line
        needed = [each.name for each in entry.parameters if each.is_required]
        assert [name for name in needed if f"`{name}`" not in line] == []
        assert f"scope `{entry.operation.scope}`" in line


def test_it_tells_the_fields_of_every_body_and_every_reason() -> None:
    text = as_markdown()
    for entry in entries(OPERATIONS):
        if entry.operation.body is not None:
            fields = schemas()[entry.operation.body.__name__].get("properties", {})
            (line,) = re.findall(rf"^- `{entry.operation.body.__name__}`: (.*)$", text, re.M)
            assert [name for name in fields if f"`{name}`" not in line] == []
    assert [reason for reason in known_reasons() if f"- `{reason}` (" not in text] == []


def test_what_it_calls_by_name_is_there() -> None:
    names = {each.name for each in OPERATIONS}
    said = as_markdown().partition("## Operations")[0]
    called = set(re.findall(r"`([a-z]+_[a-z_]+)`", said)) - {"run_id", "waiting_for"}
    assert called <= names


def test_who_asks_is_told_what_they_may_ask_for(server: Server) -> None:
    reading = frozenset({Scope.READ})
    text = server.call("GET", "/agents.md", scopes=reading).get_data(as_text=True)
    assert "`list_projects`" in text
    assert "- `create_project`:" not in text
    assert "- `list_deliveries`:" not in text
    assert "- `list_deliveries`:" in server.get("/agents.md", by=None).get_data(as_text=True)


def test_the_description_can_be_had_of_what_is_ones_own(server: Server) -> None:
    mine = server.get("/openapi.json", mine="true").json
    assert mine is not None
    assert "/api/v1/projects" in mine["paths"]
    assert "/api/v1/deliveries" not in mine["paths"]
