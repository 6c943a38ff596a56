"""The parent's side of one question: what the child asks for is done, or the question ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic

from bot.agents.call_time import CallTime
from bot.agents.models.calls import Calls
from bot.agents.models.lines import BadLine
from bot.agents.models.room import Inbox, Over, Room
from bot.core.model_calls import ModelTask, Unfit
from bot.errors import StepFailed, Transient
from bot.services import Accepted, Tool

_MOST_PROBLEMS = 20_000


class Question(Generic[Accepted]):
    """One question, put to the process of its run."""

    def __init__(
        self,
        task: ModelTask,
        calls: Calls,
        within: CallTime,
        *,
        accept: Callable[[Mapping[str, object]], Accepted],
        tools: Mapping[str, Tool],
    ) -> None:
        self._task = task
        self._calls = calls
        self._time = within
        self._accept = accept
        self._tools = tools
        self._problems = ""
        #: Whether the last thing that a model got was what a tool gave.
        self._used_a_tool = False
        self._accepted: list[Accepted] = []

    def put(self, room: Room) -> Accepted:
        """The accepted answer; raises as the port's ``ask``."""
        number, inbox = room.enter()
        try:
            room.say(number, self._order())
            while not self._accepted:
                message = self._next(inbox)
                room.say(number, {**self._done(message), "do": "reply", "to": message.get("no")})
            return self._accepted[0]
        except Over:
            raise Transient(
                "The process that speaks to the model has ended.", reason="model_process"
            ) from None
        except TimeoutError as exc:
            raise self._took_too_long() from exc
        except BadLine as exc:
            # It is not to be trusted with anything else.
            room.close()
            raise StepFailed(
                f"The process that speaks to the model misbehaves: {exc}", reason="model_process"
            ) from exc
        finally:
            room.leave(number)

    def _order(self) -> Mapping[str, object]:
        task = self._task
        return {
            "do": "ask",
            "models": [[model.provider, model.name] for model in self._calls.models],
            "instructions": task.instructions,
            "prompt": task.prompt,
            "schema": task.schema,
            "tools": [[tool.name, tool.description, tool.schema] for tool in task.tools],
            "calls": task.limits.calls,
            "output_tokens": task.limits.output_tokens,
        }

    def _next(self, inbox: Inbox) -> dict[str, Any]:
        while (message := inbox.get(self._time.tick_s())) is None:
            pass
        return message

    def _done(self, message: Mapping[str, Any]) -> Mapping[str, object]:
        match message.get("is"):
            case "request":
                return self._request(message)
            case "tool":
                return self._use(message.get("name"), message.get("arguments"))
            case "answer":
                return self._judge(message.get("value"))
            case "unfit":
                raise self._none_fit()
            case "broken":
                # What broke it is in the log, where the process wrote it.
                raise StepFailed(
                    "The process that speaks to the model broke.", reason="model_process"
                )
        raise BadLine("It says what has no meaning.")

    def _request(self, message: Mapping[str, Any]) -> Mapping[str, object]:
        if self._calls.answered >= self._task.limits.calls:
            raise self._no_more_calls() if self._used_a_tool else self._none_fit()
        self._used_a_tool = False
        return self._calls.make(message.get("model"), message.get("body"))

    def _use(self, name: object, arguments: object) -> Mapping[str, object]:
        known = {tool.name for tool in self._task.tools}
        if not isinstance(name, str) or name not in known or not isinstance(arguments, Mapping):
            raise BadLine("It uses a tool that it was not given.")
        self._used_a_tool = True
        try:
            return {"value": self._tools[name](arguments)}
        except Unfit as exc:
            return {"unfit": exc.problems[:_MOST_PROBLEMS]}

    def _judge(self, value: object) -> Mapping[str, object]:
        if not isinstance(value, Mapping):
            raise BadLine("It gives an answer that is none.")
        self._used_a_tool = False
        try:
            self._accepted.append(self._accept(value))
        except Unfit as exc:
            self._problems = exc.problems
            return {"unfit": exc.problems[:_MOST_PROBLEMS]}
        return {}

    def _none_fit(self) -> StepFailed:
        what = f": {self._problems}" if self._problems else "."
        return StepFailed(
            f"No answer of the model was fit, in {self._calls.answered} calls{what}"[:2_000],
            reason="model_answer",
            remedy="Ask for less at a time, or have another model.",
        )

    def _no_more_calls(self) -> StepFailed:
        return StepFailed(
            f"The model has used up the {self._task.limits.calls} calls of one question.",
            reason="model_calls",
            remedy="Ask for less at a time.",
        )

    def _took_too_long(self) -> StepFailed:
        return StepFailed(
            f"The model did not answer within {self._task.limits.time_s:g} s.",
            reason="model_timeout",
            remedy="Try again later, ask for less at a time, or have a faster model.",
        )
