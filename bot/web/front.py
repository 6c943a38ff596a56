"""The web application for ASGI servers: bodies first, then a thread for what is to be done.

WSGI reads a body in the thread that answers, and nothing can end such a read but the sender.
A few dozen connections that stay silent would be all threads. So this gathers bodies in an
event loop, where they have a deadline, and hands whole requests to the WSGI application.

Answers go the same way back. A short one is one message; of a long one the next piece is made
when the former was sent, and between two pieces no thread is held. So neither a slow reader of
an archive nor somebody who follows a run for hours keeps a thread from others.
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

import structlog

from bot.errors import DeliveryRefused
from bot.web.bodies import Bodies, Receive
from bot.web.leaving import Leaving
from bot.web.pieces import Joined, Pieces, Step
from bot.web.streams import Stream

#: Pages and deliveries wait for the database now and then.
THREADS = 64
#: What is left of long answers has threads of its own, so that pages need not wait for them.
REST_THREADS = 16

STALLED_S = 60.0
LOOK_EVERY_S = 1.0

REFUSED = "firstcommit.body_refused"
"""Where the environment of a request holds the ``DeliveryRefused`` of its body, if it has one."""

log = structlog.get_logger(__name__)

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """The beginning of an answer, and how to have the rest of it, if there is more."""

    status: int
    headers: list[tuple[bytes, bytes]]
    begin: Step
    rest: Pieces | None = None

    @property
    def start(self) -> dict[str, Any]:
        return {
            "type": "http.response.start",
            "status": self.status,
            "headers": self.headers,
        }

    def close(self) -> None:
        if self.rest is not None:
            self.rest.close()


class Front:
    """An ASGI application over a WSGI application."""

    def __init__(
        self,
        application: WSGIApplication,
        most_bytes: Callable[[WSGIEnvironment], int],
        bodies: Bodies | None = None,
        *,
        stalled_s: float = STALLED_S,
    ) -> None:
        """Args:
        most_bytes: How much of a request's body the application would read; 0 where it
            answers without. What it refuses by headers alone is refused before the body.
        stalled_s: How long a client may take to make room for the next piece of an answer.
        """
        self._application = application
        self._most_bytes = most_bytes
        self._bodies = bodies or Bodies()
        self._stalled_s = stalled_s
        self._leaving = Leaving()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="web")
        self._rest_threads = ThreadPoolExecutor(REST_THREADS, thread_name_prefix="web-rest")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        environ = environ_of(scope)
        try:
            async with self._bodies.gathered(receive, self._most_bytes(environ)) as body:
                _put_body(environ, body)
                answer = await self._answered(environ)
        except DeliveryRefused as exc:
            # The application says it in its own words, as it says everything else.
            environ[REFUSED] = exc
            answer = await self._answered(environ)
        if answer.rest is None:
            await send(answer.start)
            await send({"type": "http.response.body", "body": answer.begin.part})
        else:
            await self._sent_in_pieces(answer, answer.rest, receive, send)

    async def _answered(self, environ: WSGIEnvironment) -> _Answer:
        future = self._threads.submit(self._call, environ)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            future.add_done_callback(_close_unsent)
            raise

    def _call(self, environ: WSGIEnvironment) -> _Answer:
        started: list[Any] = []
        written: list[bytes] = []

        def start(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
            started[:] = [status, headers]
            return written.append

        answered = self._application(environ, start)
        rest = answered if isinstance(answered, Stream) else Joined(answered, written)
        begin = Step(b"", None)
        try:
            if environ["REQUEST_METHOD"] != "HEAD":
                begin = rest.step()
        finally:
            if begin.again_s is None:
                rest.close()
        status, headers = started
        return _Answer(
            status=int(status[:3]),
            headers=[
                (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
            ],
            begin=begin,
            rest=None if begin.again_s is None else rest,
        )

    async def _sent_in_pieces(
        self, answer: _Answer, rest: Pieces, receive: Receive, send: Send
    ) -> None:
        """Whatever ends it early ends it without the last message: the server then cuts the
        connection, and nobody takes half an archive for a whole one."""
        self._leaving.heed()
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            await send(answer.start)
            step = answer.begin
            while not gone.done():
                if step.part or step.again_s is None:
                    await self._put(send, step)
                if step.again_s is None:
                    return
                step = await self._next(rest, step.again_s, gone)
        except _Stalled:
            log.info("answer not read", stalled_s=self._stalled_s)
        finally:
            gone.cancel()
            self._rest_threads.submit(_close, answer)

    async def _put(self, send: Send, step: Step) -> None:
        is_more = step.again_s is not None
        try:
            async with asyncio.timeout(self._stalled_s):
                await send({"type": "http.response.body", "body": step.part, "more_body": is_more})
        except TimeoutError:
            raise _Stalled from None

    async def _next(self, rest: Pieces, again_s: float, gone: asyncio.Future[None]) -> Step:
        """What comes after a pause. A stream of events that nobody reads any more, or that
        keeps the server from ending, ends within a `LOOK_EVERY_S`."""
        loop = asyncio.get_running_loop()
        until = loop.time() + again_s
        while (left_s := until - loop.time()) > 0 and not gone.done():
            if self._leaving:
                return Step(b"", None)
            await asyncio.sleep(min(left_s, LOOK_EVERY_S))
        return await loop.run_in_executor(self._rest_threads, rest.step)


class _Stalled(Exception):
    """The client has read nothing for too long."""


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass  # What is left of a body that nobody wants.


def _close_unsent(answered: Future[_Answer]) -> None:
    if not answered.cancelled() and answered.exception() is None:
        _close(answered.result())


def _close(answer: _Answer) -> None:
    try:
        answer.close()
    except Exception:
        log.exception("answer not closed")


def environ_of(scope: Scope) -> WSGIEnvironment:
    """A request as WSGI has it, with an empty body.

    Headers whose names have underscores are left out: WSGI could not tell them from those
    with hyphens, and one would pass for the other.
    """
    path, raw = _paths(scope)
    server, client = scope.get("server") or ("", ""), scope.get("client") or ("", "")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path.decode("latin-1"),
        "RAW_URI": raw.decode("latin-1"),
        "REQUEST_URI": raw.decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or ""),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        if b"_" in raw_name:
            continue
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        key = name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
        value = raw_value.decode("latin-1")
        joint = "; " if name == "COOKIE" else ","
        environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    return environ


def _put_body(environ: WSGIEnvironment, body: bytes) -> None:
    """With its length also where none was announced: it is known by now, and Werkzeug gives
    the beginning of what is too long for the whole of it where it does not know."""
    environ["wsgi.input"] = io.BytesIO(body)
    if environ.pop("HTTP_TRANSFER_ENCODING", None) is not None:
        environ["CONTENT_LENGTH"] = str(len(body))


def _paths(scope: Scope) -> tuple[bytes, bytes]:
    """The path without its percent signs, and the address as it came.

    Servers decode ``path`` as UTF-8 and put U+FFFD for what is none, so that two addresses
    would become one; and only the address as it came tells ``%2F`` from a slash.
    """
    raw: bytes = scope.get("raw_path") or quote(scope["path"], errors="replace").encode("ascii")
    query: bytes = scope["query_string"]
    return unquote_to_bytes(raw), raw + b"?" + query if query else raw
