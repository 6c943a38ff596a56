"""``api_call`` by the name of an operation: its arguments are checked before anything is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.agents.inside import Inside, answer
from tests.spine import GENERATE, Bot
from tests.steps.test_api_call import outputs, reason, start

ADDRESS = "https://api.example.com/openapi.json"
BODY = {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "paths": {
        "/tickets": {
            "post": {
                "operationId": "createTicket",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": BODY}},
                },
            }
        }
    },
}


@pytest.fixture
def inside(bot: Bot) -> Inside:
    made = Inside(bot)
    made.others.acts = [answer(body=json.dumps(DOCUMENT).encode()), answer(status=201)]
    return made


def call(inside: Inside, **given: object) -> Any:
    run = start(inside.bot, given)
    inside.bot.drain()
    return inside.bot.store.runs.get(run.id)


def test_an_operation_of_others_is_called_where_its_description_lies(inside: Inside) -> None:
    arguments = {"body": {"title": "New"}}
    run = call(inside, document=ADDRESS, operation="createTicket", arguments=arguments)
    assert outputs(run)["status"] == 201
    sent = inside.others.sent[-1]
    assert (sent.method, sent.url) == ("POST", "https://api.example.com/tickets")
    assert json.loads(sent.body or b"") == {"title": "New"}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"operation": "createTickets"}, "unknown_operation"),
        ({"operation": "createTicket"}, "bad_arguments"),
        ({"operation": "createTicket", "arguments": {"body": {"titel": 1}}}, "bad_arguments"),
        ({"operation": "createTicket", "url": "https://x.example/"}, "bad_input"),
    ],
)
def test_what_does_not_fit_is_not_sent(inside: Inside, given: dict[str, object], why: str) -> None:
    assert reason(call(inside, document=ADDRESS, **given)) == why
    assert [sent.method for sent in inside.others.sent if sent.method != "GET"] == []


def test_an_operation_of_ours_is_carried_out_for_the_requester(inside: Inside) -> None:
    made = inside.bot.do(GENERATE)
    run = call(inside, operation="get_project", arguments={"id": made.project_id})
    assert outputs(run)["json"]["name"] == "orders"
    assert inside.others.sent == []
