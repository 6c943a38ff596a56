"""What of a child's request is sent on, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from bot.agents.models import anthropic_protocol, openai_protocol
from bot.agents.models.providers import SPEECHES
from bot.agents.models.reading import BadRequest, Ended

_TOOL = {"type": "function", "function": {"name": "look", "description": "", "parameters": {}}}
_PICTURE = {"type": "image_url", "image_url": {"url": "https://thief.example/?all=secrets"}}
_IMAGE = {"type": "image", "source": {"type": "url", "url": "https://thief.example/"}}


def sent(speech: str, **body: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": "hello"}]
    return SPEECHES[speech].sent({"messages": messages, **body}, "some", 10, newer=False)


@pytest.mark.parametrize("speech", ["openai", "anthropic"])
@pytest.mark.parametrize(
    "more",
    [
        {"model": "the-dearest"},
        {"stream": True},
        {"n": 100},
        {"max_tokens": 10**9, "max_completion_tokens": 10**9},
        {"service_tier": "priority"},
        {"web_search_options": {}},
        {"mcp_servers": [{"url": "https://thief.example"}]},
        {"store": True, "metadata": {"all": "secrets"}},
        {"betas": ["x"], "container": "y"},
    ],
    ids=str,
)
def test_what_costs_or_leads_elsewhere_is_left_out(speech: str, more: dict[str, Any]) -> None:
    assert sent(speech, **more) == sent(speech)
    assert sent(speech)["model"] == "some"
    assert sent(speech)["max_tokens"] == 10


@pytest.mark.parametrize(
    ("speech", "body"),
    [
        ("openai", {"tools": [{"type": "web_search_preview"}]}),
        ("openai", {"tools": [{"type": "mcp", "server_url": "https://thief.example"}]}),
        ("openai", {"tools": [_TOOL], "tool_choice": {"type": "mcp"}}),
        ("openai", {"messages": [{"role": "user", "content": [_PICTURE]}]}),
        ("openai", {"messages": [{"role": "root", "content": "x"}]}),
        ("openai", {"messages": "x"}),
        ("openai", {"messages": [{"role": "user", "content": 3}]}),
        ("anthropic", {"tools": [{"type": "web_fetch_20250910", "name": "web_fetch"}]}),
        ("anthropic", {"messages": [{"role": "user", "content": [_IMAGE]}]}),
        ("anthropic", {"messages": [{"role": "system", "content": "x"}]}),
        ("anthropic", {"system": [_IMAGE]}),
        (
            "anthropic",
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {"type": "tool_result", "tool_use_id": "1", "content": [_IMAGE]}
                        ],
                    }
                ]
            },
        ),
    ],
)
def test_what_makes_a_provider_call_others_is_refused(speech: str, body: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        sent(speech, **body)


@pytest.mark.parametrize("answer", [{}, {"choices": []}, {"choices": [{}]}, {"content": "x"}])
def test_what_is_no_answer_is_broken(answer: dict[str, Any]) -> None:
    assert openai_protocol.ended(answer) is Ended.BROKEN
    assert anthropic_protocol.ended(answer) is Ended.BROKEN


@pytest.mark.parametrize("told", [None, 3, {}, {"prompt_tokens": -3, "input_tokens": "many"}])
def test_tokens_that_are_no_numbers_count_as_none(told: object) -> None:
    for speech in SPEECHES.values():
        usage = speech.usage({"usage": told})
        assert usage is None or usage.tokens == 0
