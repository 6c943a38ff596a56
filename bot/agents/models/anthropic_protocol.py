"""The protocol of messages, as Anthropic speaks it.

https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.agents.models.reading import BadRequest, Ended, count, items, mapping, text
from bot.core.model_calls import Usage

PATH = "/v1/messages"
OFFICIAL = "https://api.anthropic.com"
_VERSION = "2023-06-01"
_CHOICES = ("auto", "none", "any")
#: The fields of each kind of content that may pass.
_BLOCKS: Mapping[str, tuple[str, ...]] = {
    "text": ("text",),
    "tool_use": ("id", "name", "input"),
    "tool_result": ("tool_use_id", "is_error"),
    "thinking": ("thinking", "signature"),
    "redacted_thinking": ("data",),
}


def headers(key: str | None) -> Mapping[str, str]:
    """What says who asks, and in which version of the protocol."""
    return {"anthropic-version": _VERSION, **({"x-api-key": key} if key else {})}


def sent(body: Mapping[str, Any], name: str, most: int, *, newer: bool) -> dict[str, Any]:
    """The request that a child wants sent, copied field by field.

    Nothing passes that makes a provider call others, answer several times or charge otherwise.

    Args:
        most: Tokens of the answer.
        newer: Means nothing in this protocol.

    Raises:
        BadRequest: Where it holds what no child of ours sends.
    """
    request: dict[str, Any] = {
        "model": name,
        "max_tokens": most,
        "messages": [_message(mapping(each)) for each in items(body, "messages")],
        "stream": False,
    }
    if body.get("system"):
        request["system"] = _content(body["system"])
    if tools := [_tool(mapping(each)) for each in items(body, "tools")]:
        request["tools"] = tools
        choice = mapping(body.get("tool_choice") or {"type": "auto"}).get("type")
        if choice not in _CHOICES:
            raise BadRequest("The choice of tools is none of the known ones.")
        request["tool_choice"] = {"type": choice}
    return request


def _message(given: Mapping[str, Any]) -> dict[str, Any]:
    if given.get("role") not in ("user", "assistant"):
        raise BadRequest("A message is of nobody who may speak.")
    return {"role": given["role"], "content": _content(given.get("content"))}


def _content(given: object) -> object:
    if isinstance(given, str):
        return given
    return [_block(mapping(each)) for each in items({"content": given}, "content")]


def _block(given: Mapping[str, Any]) -> dict[str, Any]:
    """Text and calls of tools alone: an address would be looked up by the provider."""
    kind = text(given, "type")
    if kind not in _BLOCKS:
        raise BadRequest("A message holds something that is no text.")
    block = {"type": kind, **{name: given[name] for name in _BLOCKS[kind] if name in given}}
    if kind == "tool_result" and "content" in given:
        block["content"] = _content(given["content"])
    return block


def _tool(given: Mapping[str, Any]) -> dict[str, Any]:
    """A function of ours: a provider's own tools search and fetch what nobody has looked at."""
    if given.get("type", "custom") != "custom":
        raise BadRequest("A tool is none of ours.")
    return {
        "name": text(given, "name"),
        "description": text(given, "description"),
        "input_schema": mapping(given.get("input_schema")),
    }


def usage(answer: Mapping[str, Any]) -> Usage | None:
    """What the provider counted; None where it says nothing.

    What is written into its cache and read from it is counted beside the rest of the input.
    """
    told = answer.get("usage")
    if not isinstance(told, Mapping) or "input_tokens" not in told:
        return None
    cached = count(told.get("cache_read_input_tokens"))
    written = count(told.get("cache_creation_input_tokens"))
    return Usage(
        input_tokens=count(told.get("input_tokens")) + cached + written,
        output_tokens=count(told.get("output_tokens")),
        cached_tokens=cached,
    )


def ended(answer: Mapping[str, Any]) -> Ended:
    """How an answer ended; BROKEN where it is none in this protocol."""
    if not isinstance(answer.get("content"), list):
        return Ended.BROKEN
    if answer.get("stop_reason") == "refusal":
        return Ended.REFUSED
    too_long = answer.get("stop_reason") in ("max_tokens", "model_context_window_exceeded")
    return Ended.TOO_LONG if too_long else Ended.WHOLE
