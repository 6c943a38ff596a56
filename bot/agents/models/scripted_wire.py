"""A wire that ends in this process: answers are computed, in the protocol of chat completions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.agents.call_time import CallTime
from bot.agents.models.wire import WireAnswer, WireRequest
from bot.agents.scripted import ToolUse, respond
from bot.core.model_calls import BYTES_A_TOKEN

_ANSWER = "answer"


class ScriptedWire:
    """Hands each request to a function, and its answer back."""

    def __init__(
        self, answer: Callable[[Mapping[str, Any]], Mapping[str, object]] | None = None
    ) -> None:
        """Args:
        answer: From a request to an answer, both as in the protocol; the request's ``metadata``
            holds the ``purpose``. None: what `respond` says.
        """
        self._answer = answer or scripted

    def problem(self) -> str | None:
        """None: it needs no key."""
        return None

    def exchange(self, request: WireRequest, time: CallTime) -> WireAnswer:
        """As the port says."""
        time.tick_s()
        asked = {**request.body, "metadata": {"purpose": request.purpose}}
        return WireAnswer(status=200, body=json.dumps(self._answer(asked)).encode())


def scripted(request: Mapping[str, Any]) -> Mapping[str, object]:
    """The answer of the model that ships with the program."""
    instructions, prompt = _told(request["messages"])
    schema, told_by_tool = _schema(request)
    said = respond(prompt, instructions, schema, request["metadata"]["purpose"])
    if isinstance(said, ToolUse):
        return completion(tool=said.name, arguments=said.arguments, asked=request)
    if not told_by_tool:
        return completion(text=json.dumps(said), asked=request)
    return completion(tool=_ANSWER, arguments=said, asked=request)


def completion(
    *,
    asked: Mapping[str, Any],
    tool: str | None = None,
    arguments: object = None,
    text: str | None = None,
    finish_reason: str = "stop",
) -> Mapping[str, object]:
    """An answer in the protocol, with tokens counted as we estimate them."""
    message: dict[str, object] = {"role": "assistant", "content": text}
    if tool is not None:
        call = {"name": tool, "arguments": json.dumps(arguments)}
        number = len(asked["messages"])
        message["tool_calls"] = [{"id": f"call-{number}", "type": "function", "function": call}]
    taken, given = _tokens(asked), _tokens(message)
    usage = {"prompt_tokens": taken, "completion_tokens": given, "total_tokens": taken + given}
    return {
        "id": "scripted",
        "object": "chat.completion",
        "created": 0,
        "model": asked["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": usage,
    }


def _told(messages: list[Mapping[str, Any]]) -> tuple[str, str]:
    told = [(one["role"], str(one.get("content") or "")) for one in messages]
    instructions = "\n\n".join(text for role, text in told if role == "system")
    return instructions, "\n\n".join(text for role, text in told if role in ("user", "tool"))


def _schema(request: Mapping[str, Any]) -> tuple[Mapping[str, object], bool]:
    for function in _functions(request):
        if function["name"] == _ANSWER:
            return function["parameters"], True
    return {}, False


def _functions(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from (tool["function"] for tool in request.get("tools", ()))


def _tokens(value: object) -> int:
    return -(-len(json.dumps(value)) // BYTES_A_TOKEN)
