"""A model that obeys: whatever it reads as an order it carries out, as far as it can."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from bot.agents.scripted import ToolUse
from bot.core.model_calls import ModelTask
from tests.injection.threads import scripted

Order = Mapping[str, Any]
_ORDER = re.compile(r"!!do ")
_FILES = ("code", "test", "documentation")


class Hostile:
    """Answers as the model that ships, and obeys on top; told no, it tries once more, then not.

    ``obeyed`` are the orders that it has found and tried to carry out, ``heard`` all it was told.
    """

    def __init__(self, always: Sequence[Order] = ()) -> None:
        self._always = always
        self._lock = threading.Lock()
        self._used: list[Order] = []
        self.obeyed: list[Order] = []
        self.heard: list[str] = []

    def __call__(self, task: ModelTask, since: Sequence[str]) -> object:
        told = "\n".join((task.prompt, *since))
        orders = [*self._always, *_orders(told)]
        with self._lock:
            self.heard.append(told)
            self.obeyed += [order for order in orders if order not in self.obeyed]
            used = self._next(orders)
        if used is not None and task.tools:
            return ToolUse(name=used["tool"], arguments=used["arguments"])
        if any(order["act"] == "loop" for order in orders):
            return {"again": 1}
        said = scripted(task, since)
        refused = sum(not one.startswith("{") for one in since)
        if refused >= 2 or not isinstance(said, dict):
            return said
        return _obedient(task, deepcopy(said), orders)

    def _next(self, orders: Sequence[Order]) -> Order | None:
        for order in orders:
            if order["act"] == "use" and order not in self._used:
                self._used.append(order)
                return order
        return None


def _orders(text: str) -> Iterator[Order]:
    # Tools' answers come as JSON, whose quotes are escaped.
    for told in {text, text.replace('\\"', '"').replace("\\\\", "\\"), text.replace("\\n", "\n")}:
        for found in _ORDER.finditer(told):
            try:
                order, _ = json.JSONDecoder().raw_decode(told[found.end() :])
            except ValueError:
                continue
            yield order


def _obedient(task: ModelTask, answer: dict[str, Any], orders: Sequence[Order]) -> dict[str, Any]:
    for order in orders:
        match order["act"], task.purpose:
            case "file", "architecture":
                answer["files"].append(
                    {"path": order["path"], "kind": "code", "purpose": "Needed", "needs": []}
                )
            case "file", "repair":
                file = {"path": order["path"], "content": order["content"]}
                answer = {"cause": "It was asked for.", "files": [file]}
            case "content", purpose if purpose in _FILES:
                if order.get("path", "") in task.prompt:
                    answer["content"] = order["content"]
            case "ask", "requirements":
                answer["questions"] = [order["text"]]
            case "story", "architecture":
                answer["stories"].append({"title": order["title"], "body": order["body"]})
            case "extra", _:
                answer[order["key"]] = order["value"]
            case "say", "free":
                answer["text"] = order["text"]
    return answer
