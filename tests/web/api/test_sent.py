"""What is sent to the API, read as JSON has it, and refused in words where it cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic.json_schema import models_json_schema

from bot.web.api.forms import IN_WORDS
from bot.web.api.groups import OPERATIONS
from tests.web.api.server import Server


def post(server: Server, address: str, text: str, **more: Any) -> Any:
    return server.call("POST", address, data=text, content_type="application/json", **more)


def reason(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["reason"]


def test_a_whole_number_is_one_also_with_a_point(server: Server) -> None:
    made = post(server, "/tokens", '{"name": "t", "days": 2.0}')
    assert made.status_code == 201
    refused = post(server, "/tokens", '{"name": "t", "days": 2.5}')
    assert reason(refused) == (422, "does_not_fit")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[", "nul", "NaN", "{'a': 1}", '{"name": Infinity}', '{"name": 1e999}', "\ud800"],
)
def test_what_is_no_json_is_refused(server: Server, text: str) -> None:
    sent = text.encode("utf-8", "surrogatepass")
    refused = server.call("POST", "/tokens", data=sent, content_type="application/json")
    assert reason(refused) == (400, "bad_json")


@pytest.mark.parametrize("depth", [50, 900, 100_000])
def test_json_may_be_nested_as_deeply_as_somebody_likes(server: Server, depth: int) -> None:
    text = '{"pack": "library", "answers": {"a": ' + "[" * depth + "]" * depth + "}}"
    refused = post(server, "/projects", text)
    assert refused.status_code in (400, 403, 422)


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/projects", {"pack": "library", "answers": {"name": "a\0b"}}),
        ("/projects", {"pack": "library", "answers": {"a\0b": [{"c": 1}]}}),
        ("/commands", {"text": "/status\0", "repository": "github:acme/shop"}),
    ],
)
def test_no_text_holds_a_nul(server: Server, address: str, body: object) -> None:
    assert reason(server.post(address, body)) == (422, "does_not_fit")


@pytest.mark.parametrize("address", ["/commands", "/dry-runs", "/explanations", "/workflow-checks"])
def test_no_text_is_longer_than_a_comment(server: Server, address: str) -> None:
    said = {"text": "x" * 65_536}
    if address != "/workflow-checks":
        said["repository"] = "github:acme/shop"
    assert server.post(address, said).json.get("reason") != "does_not_fit"
    said["text"] += "x"
    assert reason(server.post(address, said)) == (422, "does_not_fit")


@pytest.mark.parametrize("address", ["/projects", "/runs", "/packs"])
def test_no_query_holds_a_nul(server: Server, address: str) -> None:
    assert reason(server.call("GET", f"{address}?text=%00")) == (422, "does_not_fit")
    assert reason(server.call("GET", f"{address}?%00=1")) == (422, "does_not_fit")


@pytest.mark.parametrize("address", ["/tokens", "/projects"])
@pytest.mark.parametrize("key", ["", "k" * 201])
def test_an_idempotency_key_is_a_text_of_some_length(
    server: Server, address: str, key: str
) -> None:
    body = {"name": "t"} if address == "/tokens" else {"pack": "library"}
    refused = server.post(address, body, headers={"Idempotency-Key": key})
    assert reason(refused) == (422, "bad_key")


def test_queries_of_thousands_of_parameters_are_refused_at_once(server: Server) -> None:
    refused = server.call("GET", "/projects?" + "&".join(f"a{number}=1" for number in range(5_000)))
    assert reason(refused) == (422, "does_not_fit")
    assert len(refused.data) < 10_000
    again = server.call("GET", "/me?" + "&".join(f"a{number}=1" for number in range(5_000)))
    assert reason(again) == (422, "does_not_fit")
    assert len(again.data) < 10_000


def test_no_two_shapes_of_data_have_the_same_name() -> None:
    models = {
        model
        for operation in OPERATIONS
        for model in (operation.query, operation.body, *operation.gives.values())
        if isinstance(model, type)
    }
    _, found = models_json_schema([(model, "serialization") for model in models])
    # Where two share one, both are named after their modules.
    assert [name for name in found["$defs"] if "__" in name] == []


def errors(server: Server, address: str, body: object) -> dict[str, str]:
    told = server.post(address, body)
    assert reason(told) == (422, "does_not_fit"), told.json
    return {each["at"]: each["message"] for each in told.json["errors"]}


def test_what_does_not_fit_is_told_in_words(server: Server) -> None:
    for address, body, at, words in (
        ("/dry-runs", {"text": "x", "repository": "demo"}, "repository", "FORGE:OWNER/NAME"),
        ("/tokens", {"name": "ü"}, "name", "one line of ASCII"),
        ("/hooks", {"url": "ftp://x"}, "url", "https://"),
        ("/runs/11111111-2222-4333-8444-555555555555/approve", {"digest": "x"}, "digest", "0-9"),
    ):
        message = errors(server, address, body)[f"body.{at}"]
        assert words in message
        assert "pattern" not in message


def test_every_form_of_a_text_is_known_in_words() -> None:
    forms: set[str] = set()

    def look(schema: Any) -> None:
        if isinstance(schema, dict):
            if isinstance(schema.get("pattern"), str):
                forms.add(schema["pattern"])
            schema = list(schema.values())
        for each in schema if isinstance(schema, list) else ():
            look(each)

    for operation in OPERATIONS:
        for model in (operation.query, operation.body):
            if model is not None:
                look(model.model_json_schema())
    assert forms <= set(IN_WORDS)


def test_a_place_of_two_kinds_is_told_of_without_our_names_for_them(server: Server) -> None:
    found = errors(server, "/projects", {"pack": "library", "into": {"forge": "x"}})
    assert set(found) == {"body.into.repository", "body.into.forge"}
    assert found["body.into.repository"] == "is needed"
    for key in ("repository", "path", "branch", "draft", "visibility", "existing"):
        assert f"`{key}`" in found["body.into.forge"]
    found = errors(server, "/projects", {"pack": "library", "into": {"repositry": "x"}})
    assert "did you mean `repository`?" in found["body.into.repositry"]
    assert set(errors(server, "/projects", {"pack": "library", "into": 5})) == {"body.into"}
    into = {"repository": "acme/shop", "visibility": {}}
    assert set(errors(server, "/projects", {"into": into})) == {"body.into.visibility"}


def test_no_name_stands_twice_in_an_object(server: Server) -> None:
    refused = post(server, "/tokens", '{"name": "x", "name": "y"}')
    assert reason(refused) == (400, "bad_json")
    assert "'name' stands twice" in refused.json["detail"]


def test_it_is_told_where_json_cannot_be_read(server: Server) -> None:
    refused = post(server, "/tokens", '{"name":\n  x}')
    assert "line 2, column 3" in refused.json["detail"]
    assert refused.json["remedy"]


def test_nothing_to_change_is_a_slip(server: Server) -> None:
    hook = server.post("/hooks", {"url": "https://hooks.example/one"}).json
    for address in (f"/hooks/{hook['id']}", "/projects/11111111-2222-4333-8444-555555555555"):
        told = server.call("PATCH", address, json={})
        assert reason(told) == (422, "does_not_fit")
        assert told.json["detail"].startswith("body: give ")
