"""The page that describes the API: all of it, readable without a script, and true."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from bot.web.api.examples import curl
from bot.web.api.groups import OPERATIONS
from bot.web.api.operation import Operation
from bot.web.api.reference import entries, schemas
from tests.web.api.server import Server

BODIES = [each for each in OPERATIONS if each.body is not None and not each.body_is_optional]


@pytest.fixture
def page(server: Server) -> str:
    return server.get("/docs", by="mia").get_data(as_text=True)


def test_every_operation_has_its_place(page: str) -> None:
    for entry in entries(OPERATIONS):
        _, found, after = page.partition(
            f'<article class="card operation" id="{entry.operation.name}"'
        )
        assert found, entry.operation.name
        section = after.partition("</article>")[0]
        assert f"<code>/api/v1{entry.path}</code>" in section
        assert f"For {entry.operation.needs.value}." in section
        assert f"Scope <code>{entry.operation.scope}</code>" in section
        for parameter in entry.parameters:
            assert f"<code>{parameter.name}</code>" in section
        for status in entry.operation.gives:
            assert f">{status}</span>" in section
        assert "curl &#34;$URL/api/v1" in section


def test_every_shape_is_explained_and_every_link_leads_somewhere(page: str) -> None:
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    assert {f"shape-{name}" for name in schemas()} <= set(ids)


def test_every_error_that_is_told_of_is_explained(page: str) -> None:
    told = {status for entry in entries(OPERATIONS) for status in entry.refusals}
    assert {f"error-{status}" for status in told} <= set(re.findall(r'id="(error-\d+)"', page))


def test_it_needs_neither_scripts_nor_anything_from_elsewhere(server: Server) -> None:
    answer = server.get("/docs", by="mia")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" not in policy
    text = answer.get_data(as_text=True)
    assert "<script" not in text
    assert " style=" not in text
    loaded = re.findall(r'(?:src|href)="([^"#][^"]*)"', text)
    assert all(address.startswith("/") for address in loaded)


def test_strangers_do_not_read_it(server: Server) -> None:
    answer = server.app.test_client().get("/api/v1/docs")
    assert answer.status_code == 401
    assert answer.get_json()["reason"] == "no_identity"


@pytest.mark.parametrize("operation", BODIES, ids=lambda each: each.name)
def test_the_body_of_an_example_fits(operation: Operation) -> None:
    (entry,) = entries([operation])
    words = shlex.split(curl(entry))
    assert operation.body is not None
    operation.body.model_validate(json.loads(words[words.index("-d") + 1]), strict=True)


def test_the_account_page_leads_to_it(server: Server) -> None:
    store = server.bot.store
    store.sign_ins.add("once", valid_s=60)
    browser = server.app.test_client()
    browser.get("/sign-in/once")
    assert 'href="/api/v1/docs"' in browser.get("/account").get_data(as_text=True)
    assert browser.get("/api/v1/docs").status_code == 200
