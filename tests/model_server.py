"""A server that speaks like a provider of models, in both protocols, and fails as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PATHS = {"/v1/chat/completions": "openai", "/v1/messages": "anthropic"}


@dataclass(frozen=True, kw_only=True)
class Question:
    """What the server was asked. ``speech``: ``openai`` or ``anthropic``."""

    speech: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def text(self) -> str:
        """All of it, as it was written."""
        return json.dumps(self.body, ensure_ascii=False)

    @property
    def tools(self) -> Sequence[str]:
        """The names of the tools that it offers."""
        return [tool.get("function", tool)["name"] for tool in self.body.get("tools", ())]


@dataclass(frozen=True, kw_only=True)
class Says:
    """What a model says; without anything, it says nothing.

    Attributes:
        value: The answer, by its tool.
        uses: Tools, each with its arguments; these may be broken JSON, as a text.
        ends: How it ended: ``stop``, ``length`` or ``refusal``.
        usage: Tokens in and out; None where the server does not tell.
    """

    value: Any = None
    text: str | None = None
    uses: Sequence[tuple[str, object]] = ()
    ends: str = "stop"
    usage: tuple[int, int] | None = (100, 20)


@dataclass(frozen=True, kw_only=True)
class Fails:
    """What a server says instead.

    Attributes:
        cut: End the connection in the middle of the body.
        held: Send the body byte by byte, for ever, until whoever asked is gone.
    """

    status: int = 200
    body: bytes = b'{"error": {"message": "no", "type": "fault"}}'
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    held: bool = False


Reply = Says | Fails


@dataclass
class ModelServer:
    """The server: what it was asked so far, and what it says next."""

    port: int
    asked: list[Question] = field(default_factory=list)
    #: From a question to what is said; `says` and `follows` set it.
    answerer: Callable[[Question], Reply] = lambda question: Says(value={})
    #: Set as soon as a reply is held.
    holding: threading.Event = field(default_factory=threading.Event)

    @property
    def openai_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def anthropic_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def says(self, *replies: Reply) -> None:
        """Say these in turn, and the last one for ever; forget what was asked."""
        left = list(replies)
        lock = threading.Lock()

        def answerer(question: Question) -> Reply:
            with lock:
                return left.pop(0) if len(left) > 1 else left[0]

        self.follows(answerer)

    def follows(self, answerer: Callable[[Question], Reply]) -> None:
        """Say what a function says; forget what was asked."""
        self.asked.clear()
        self.holding.clear()
        self.answerer = answerer


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """A server on a free port of the loopback address."""
    over = threading.Event()
    listening = _Listening(("127.0.0.1", 0), _Handler)
    server = ModelServer(port=listening.server_address[1])
    listening.server, listening.over = server, over
    threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        over.set()
        listening.shutdown()
        listening.server_close()


class _Listening(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    server: ModelServer
    over: threading.Event

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: callers that go away are what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listening

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", "0"))
        question = Question(
            speech=_PATHS.get(self.path, ""),
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=json.loads(self.rfile.read(length)),
        )
        server = self.server.server
        server.asked.append(question)
        reply = server.answerer(question) if question.speech else Fails(status=404)
        self.close_connection = True
        if isinstance(reply, Says):
            reply = Fails(body=json.dumps(_written(question, reply)).encode())
        if reply.held:
            self.hold()
        else:
            self.send(reply, more=100 if reply.cut else 0)

    def send(self, reply: Fails, more: int) -> None:
        self.send_response(reply.status)
        self.send_header("connection", "close")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(reply.body) + more))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def hold(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "1000000")
        self.end_headers()
        self.server.server.holding.set()
        # Until whoever asked hangs up, or the tests are over.
        while not self.server.over.wait(0.02):
            self.wfile.write(b" ")

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: what was asked is in ``asked``."""


def _written(question: Question, says: Says) -> Mapping[str, object]:
    return _WRITERS[question.speech](question, says, _uses(says))


def _uses(says: Says) -> Sequence[tuple[str, object]]:
    return [*says.uses, *([("answer", says.value)] if says.value is not None else [])]


def _openai(
    question: Question, says: Says, uses: Sequence[tuple[str, object]]
) -> Mapping[str, object]:
    turn = len(question.body["messages"])
    calls = [
        {
            "id": f"call-{turn}-{number}",
            "type": "function",
            "function": {
                "name": name,
                "arguments": given if isinstance(given, str) else json.dumps(given),
            },
        }
        for number, (name, given) in enumerate(uses)
    ]
    message: dict[str, object] = {"role": "assistant", "content": says.text}
    if calls:
        message["tool_calls"] = calls
    if says.ends == "refusal":
        message["refusal"] = "I will not."
    ends = "length" if says.ends == "length" else "tool_calls" if calls else "stop"
    answer: dict[str, object] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": question.body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": ends}],
    }
    if says.usage is not None:
        taken, given = says.usage
        answer["usage"] = {
            "prompt_tokens": taken,
            "completion_tokens": given,
            "total_tokens": taken + given,
            "prompt_tokens_details": {"cached_tokens": 10},
        }
    return answer


def _anthropic(
    question: Question, says: Says, uses: Sequence[tuple[str, object]]
) -> Mapping[str, object]:
    turn = len(question.body["messages"])
    blocks: list[object] = [] if says.text is None else [{"type": "text", "text": says.text}]
    blocks += [
        {"type": "tool_use", "id": f"toolu-{turn}-{number}", "name": name, "input": given}
        for number, (name, given) in enumerate(uses)
    ]
    ends = {"length": "max_tokens", "refusal": "refusal"}.get(says.ends, "end_turn")
    answer: dict[str, object] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": question.body["model"],
        "content": blocks,
        "stop_reason": "tool_use" if uses and ends == "end_turn" else ends,
        "stop_sequence": None,
    }
    if says.usage is not None:
        taken, given = says.usage
        answer["usage"] = {
            "input_tokens": taken - 10,
            "output_tokens": given,
            "cache_read_input_tokens": 10,
            "cache_creation_input_tokens": 0,
        }
    return answer


_WRITERS = {"openai": _openai, "anthropic": _anthropic}
