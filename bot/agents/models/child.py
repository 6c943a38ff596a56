"""The process that leads the conversation with a model: it has no network, no key and no files.

Its HTTP is a message to the parent, which sends it; its tools and the judgement of answers are
the parent's, too. Nothing that a model says is carried out here. Whoever gets hold of this
process has what its questions hold, and can ask the parent for what it would do anyway.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.agents.models.lines import packed, unpacked

if TYPE_CHECKING:
    from pydantic_ai import Agent, Tool
    from pydantic_ai.models import Model

_ANSWER = "answer"
_TOLD = "Give your answer by calling the tool `answer`, once, with all of it."
_FENCED = re.compile(r"```[a-z]*\n(.*?)\n?```", re.DOTALL)
_NEXT, _NO_TOOLS = 599, 400
_NOWHERE: Any = {"api_key": "none", "base_url": "http://parent.invalid", "max_retries": 0}


class Parent:
    """What can be said to the parent, and heard from it."""

    def __init__(self, out: int) -> None:
        self._out = out
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def ask(self, question: int, what: str, **more: object) -> dict[str, Any]:
        """The parent's reply."""
        number = next(self._numbers)
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = reply
        line = memoryview(packed({"id": question, "no": number, "is": what, **more}) + b"\n")
        while line:
            line = line[os.write(self._out, line) :]
        try:
            return await reply
        finally:
            del self._waiting[number]

    def hear(self, message: Mapping[str, Any]) -> None:
        """A reply came."""
        reply = self._waiting.get(message.get("to", 0))
        if reply is not None and not reply.done():
            reply.set_result(dict(message))


def main() -> int:
    """Answer questions until the input ends."""
    # What anything prints by mistake must not be taken for a message.
    out = os.dup(1)
    os.dup2(2, 1)
    asyncio.run(_serve(Parent(out)))
    return 0


async def _serve(parent: Parent) -> None:
    loop = asyncio.get_running_loop()
    questions: dict[int, asyncio.Task[None]] = {}
    lines = os.fdopen(os.dup(0), "rb", buffering=1 << 16)
    while line := await loop.run_in_executor(None, lines.readline):
        message = unpacked(line)
        number = message["id"]
        if message["do"] == "ask":
            questions[number] = asyncio.create_task(_answer(parent, number, message))
        elif message["do"] == "drop":
            if question := questions.pop(number, None):
                question.cancel()
        else:
            parent.hear(message)


async def _answer(parent: Parent, number: int, order: Mapping[str, Any]) -> None:
    from pydantic_ai.exceptions import UnexpectedModelBehavior

    try:
        try:
            await _ask(parent, number, order, by_tool=True)
        except NoTools:
            await _ask(parent, number, order, by_tool=False)
    except UnexpectedModelBehavior:
        # The model was told often enough what is wrong.
        await parent.ask(number, "unfit")
    except asyncio.CancelledError:
        return
    except Exception as exc:
        os.write(2, f"{type(exc).__name__}: {exc}"[:2_000].encode() + b"\n")
        await parent.ask(number, "broken")


class NoTools(Exception):
    """The model's server knows no tools."""


async def _ask(parent: Parent, number: int, order: Mapping[str, Any], *, by_tool: bool) -> None:
    """Have the answer by a tool, or as text from servers that know none.

    No mode of a provider for JSON is used, and no strict tools: what is in an answer is judged by
    the parent, and many servers know neither.
    """
    from pydantic_ai.exceptions import ModelHTTPError

    try:
        await _agent(parent, number, order, by_tool=by_tool).run(order["prompt"])
    except ModelHTTPError as exc:
        if exc.status_code == _NO_TOOLS and by_tool:
            raise NoTools from exc
        raise


def _agent(
    parent: Parent, number: int, order: Mapping[str, Any], *, by_tool: bool
) -> Agent[None, Any]:
    from pydantic_ai import Agent, StructuredDict, TextOutput, ToolOutput
    from pydantic_ai.exceptions import ModelRetry
    from pydantic_ai.settings import ModelSettings

    schema = dict(order["schema"])
    text: Any = TextOutput(_read)
    answer = ToolOutput(
        StructuredDict(schema, name=_ANSWER),
        name=_ANSWER,
        description="The whole answer.",
        strict=False,
    )
    agent: Agent[None, Any] = Agent(
        _model(parent, number, order["models"]),
        output_type=[answer, text] if by_tool else text,
        instructions=f"{order['instructions']}\n\n{_TOLD if by_tool else _told_schema(schema)}",
        tools=_tools(parent, number, order["tools"]),
        retries=int(order["calls"]) + 1,
        # A time limit of its own keeps an SDK from asking for a stream; the parent's is shorter.
        model_settings=ModelSettings(max_tokens=int(order["output_tokens"]), timeout=86_400.0),
    )

    @agent.output_validator
    async def judge(value: dict[str, Any]) -> dict[str, Any]:
        reply = await parent.ask(number, "answer", value=dict(value))
        if "unfit" in reply:
            raise ModelRetry(reply["unfit"])
        return value

    return agent


def _told_schema(schema: Mapping[str, Any]) -> str:
    return (
        "Answer with one JSON object and nothing around it. It must fit this JSON Schema:\n"
        f"{json.dumps(schema)}"
    )


def _read(text: str) -> dict[str, Any]:
    """The answer of a model that says it instead of calling the tool."""
    from pydantic_ai.exceptions import ModelRetry

    fenced = _FENCED.search(text)
    try:
        value = json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError) as exc:
        raise ModelRetry(f"That is neither a call of the tool nor JSON: {exc}") from exc
    if not isinstance(value, dict):
        raise ModelRetry("The answer must be a JSON object.")
    return value


def _tools(parent: Parent, number: int, specs: Sequence[Sequence[Any]]) -> list[Tool[None]]:
    from pydantic_ai import Tool
    from pydantic_ai.exceptions import ModelRetry

    def made(name: str, description: str, schema: dict[str, Any]) -> Tool[None]:
        async def use(**arguments: object) -> object:
            reply = await parent.ask(number, "tool", name=name, arguments=arguments)
            if "unfit" in reply:
                raise ModelRetry(reply["unfit"])
            return reply.get("value")

        return Tool.from_schema(use, name, description, schema)

    return [made(*spec) for spec in specs]


def _model(parent: Parent, number: int, names: Sequence[Sequence[str]]) -> Model:
    """The chain of models. The parent says when it is the next one's turn."""
    models = [
        _one(parent, number, index, provider, name) for index, (provider, name) in enumerate(names)
    ]
    if len(models) == 1:
        return models[0]
    from pydantic_ai.exceptions import ModelHTTPError
    from pydantic_ai.models.fallback import FallbackModel

    def is_next(exc: Exception) -> bool:
        return isinstance(exc, ModelHTTPError) and exc.status_code == _NEXT

    return FallbackModel(*models, fallback_on=is_next)


def _one(parent: Parent, number: int, index: int, provider: str, name: str) -> Model:
    transport: Any = Pipe(parent, number, index)
    # Only what is spoken is loaded: each of the two takes its second.
    if provider == "anthropic":
        from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        client: Any = DefaultAsyncHttpxClient(transport=transport, trust_env=False)
        anthropic = AsyncAnthropic(http_client=client, **_NOWHERE)
        return AnthropicModel(name, provider=AnthropicProvider(anthropic_client=anthropic))
    import openai
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    client = openai.DefaultAsyncHttpxClient(transport=transport, trust_env=False)
    speaker = openai.AsyncOpenAI(http_client=client, **_NOWHERE)
    return OpenAIChatModel(name, provider=OpenAIProvider(openai_client=speaker))


class Pipe:
    """What carries the requests of an SDK to the parent, and answers as if it were a network."""

    def __init__(self, parent: Parent, number: int, index: int) -> None:
        self._parent = parent
        self._number = number
        self._index = index

    async def handle_async_request(self, request: Any) -> Any:
        """As libraries of HTTP ask of a transport."""
        body = json.loads(await request.aread())
        reply = await self._parent.ask(self._number, "request", model=self._index, body=body)
        # The two SDKs use different libraries: the answer is of the same as the request.
        library = sys.modules[type(request).__module__.partition(".")[0]]
        return library.Response(int(reply["status"]), json=reply.get("body", {}), request=request)

    async def aclose(self) -> None:
        """Nothing is open."""

    async def __aenter__(self) -> Pipe:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is open."""


if __name__ == "__main__":
    sys.exit(main())
