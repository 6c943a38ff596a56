"""The web application for ASGI servers: bodies first, then a thread for what is to be done.

WSGI reads a body in the thread that answers, and nothing can end such a read but the sender.
A few dozen connections that stay silent would be all threads. So this gathers bodies in an
event loop, where they have a deadline, and hands whole requests to the WSGI application.
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

from bot.errors import DeliveryRefused
from bot.web.bodies import Bodies, Receive

#: Pages and deliveries wait for the database now and then.
THREADS = 64

REFUSED = "firstcommit.body_refused"
"""Where the environment of a request holds the ``DeliveryRefused`` of its body, if it has one."""

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class _Answer:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Front:
    """An ASGI application over a WSGI application."""

    def __init__(
        self,
        application: WSGIApplication,
        most_bytes: Callable[[WSGIEnvironment], int],
        bodies: Bodies | None = None,
    ) -> None:
        """Args:
        most_bytes: How much of a request's body the application would read; 0 where it
            answers without. What it refuses by headers alone is refused before the body.
        """
        self._application = application
        self._most_bytes = most_bytes
        self._bodies = bodies or Bodies()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="web")

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
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": answer.headers,
            }
        )
        await send({"type": "http.response.body", "body": answer.body})

    async def _answered(self, environ: WSGIEnvironment) -> _Answer:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._call, environ)

    def _call(self, environ: WSGIEnvironment) -> _Answer:
        started: list[Any] = []
        parts: list[bytes] = []

        def start(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
            started[:] = [status, headers]
            return parts.append

        answered = self._application(environ, start)
        try:
            parts.extend(answered)
        finally:
            close = getattr(answered, "close", None)
            if close is not None:
                close()
        status, headers = started
        return _Answer(
            status=int(status[:3]),
            headers=[
                (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
            ],
            body=b"".join(parts),
        )


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
