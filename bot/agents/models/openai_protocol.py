"""The protocol of chat completions, as OpenAI made it and many servers speak it.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.agents.models.reading import BadRequest, Ended, count, items, mapping, text
from bot.core.model_calls import Usage

PATH = "/chat/completions"
OFFICIAL = "https://api.openai.com/v1"
#: Servers of others mostly know only the older of the two names.
NEW_MOST, OLD_MOST = "max_completion_tokens", "max_tokens"
_CHOICES = ("auto", "none", "required")


def headers(key: str | None) -> Mapping[str, str]:
    """What says who asks; servers of one's own often want no key."""
    return {"Authorization": f"Bearer {key}"} if key else {}


def sent(body: Mapping[str, Any], name: str, most: int, *, newer: bool) -> dict[str, Any]:
    """The request that a child wants sent, copied field by field.

    Nothing passes that makes a provider call others, answer several times or charge otherwise.

    Args:
        most: Tokens of the answer.
        newer: By which name the server is told that.

    Raises:
        BadRequest: Where it holds what no child of ours sends.
    """
    request: dict[str, Any] = {
        "model": name,
        "messages": list(_messages(items(body, "messages"))),
        NEW_MOST if newer else OLD_MOST: most,
        "stream": False,
    }
    if tools := [_tool(each) for each in items(body, "tools")]:
        request["tools"] = tools
        choice = body.get("tool_choice", "auto")
        if choice not in _CHOICES:
            raise BadRequest("The choice of tools is none of the known ones.")
        request["tool_choice"] = choice
    return request


def _messages(given: list[Any]) -> Iterator[dict[str, Any]]:
    begun = False
    for each in given:
        message = _message(mapping(each))
        # Many servers take words of the system only before all others.
        if message["role"] in ("system", "developer"):
            message["role"] = "user" if begun else "system"
        else:
            begun = True
        yield message


def _message(given: Mapping[str, Any]) -> dict[str, Any]:
    role = given.get("role")
    if role not in ("system", "developer", "user", "assistant", "tool"):
        raise BadRequest("A message is of nobody who may speak.")
    message: dict[str, Any] = {"role": role, "content": _content(given.get("content"))}
    if role == "tool":
        message["tool_call_id"] = text(given, "tool_call_id")
    calls = items(given, "tool_calls") if role == "assistant" else []
    if calls:
        message["tool_calls"] = [_call(mapping(each)) for each in calls]
    return message


def _content(given: object) -> str | None:
    """Text alone: a picture's address would be looked up by the provider."""
    if given is None or isinstance(given, str):
        return given
    parts = [mapping(each) for each in items({"content": given}, "content")]
    if any(part.get("type") != "text" for part in parts):
        raise BadRequest("A message holds something that is no text.")
    return "\n".join(text(part, "text") for part in parts)


def _call(given: Mapping[str, Any]) -> dict[str, Any]:
    function = mapping(given.get("function"))
    return {
        "id": text(given, "id"),
        "type": "function",
        "function": {"name": text(function, "name"), "arguments": text(function, "arguments")},
    }


def _tool(given: Mapping[str, Any]) -> dict[str, Any]:
    """A function of ours: a provider's own tools search and fetch what nobody has looked at."""
    if given.get("type") != "function":
        raise BadRequest("A tool is none of ours.")
    function = mapping(given.get("function"))
    return {
        "type": "function",
        "function": {
            "name": text(function, "name"),
            "description": text(function, "description"),
            "parameters": mapping(function.get("parameters")),
        },
    }


def usage(answer: Mapping[str, Any]) -> Usage | None:
    """What the provider counted; None where it says nothing."""
    told = answer.get("usage")
    if not isinstance(told, Mapping) or "prompt_tokens" not in told:
        return None
    details = told.get("prompt_tokens_details")
    return Usage(
        input_tokens=count(told.get("prompt_tokens")),
        output_tokens=count(told.get("completion_tokens")),
        cached_tokens=count(details.get("cached_tokens")) if isinstance(details, Mapping) else 0,
    )


def ended(answer: Mapping[str, Any]) -> Ended:
    """How an answer ended; BROKEN where it is none in this protocol."""
    choices = answer.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, Mapping) else None
    if not isinstance(choice, Mapping) or not isinstance(message, Mapping):
        return Ended.BROKEN
    if message.get("refusal") or choice.get("finish_reason") == "content_filter":
        return Ended.REFUSED
    return Ended.TOO_LONG if choice.get("finish_reason") == "length" else Ended.WHOLE
