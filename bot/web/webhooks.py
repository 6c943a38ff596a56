"""Where forges send their webhooks: HTTP in front of the door, and nothing else.

These requests do not enter Flask. A forge sends everything that happens in every repository,
most of it is let go at once, and by then routing and contexts would have cost more than the
signature. So this is plain WSGI, which hands whatever is not its own on to the application.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog

from bot.web.body_sizes import BodySizes, announced_bytes
from bot.web.door import MAX_BODY_BYTES, Answer, Door
from bot.web.front import REFUSED

PREFIX = "/webhooks/"

log = structlog.get_logger(__name__)

_ONLY_POST = Answer(
    status=405,
    said={"status": "refused", "reason": "only_post", "message": "Send deliveries by POST."},
)
_BROKEN = Answer(
    status=500,
    said={"status": "refused", "reason": "internal", "message": "Send it again later."},
)


class Webhooks:
    """``/webhooks/FORGE`` in front of an application."""

    def __init__(self, door: Door, application: WSGIApplication, sizes: BodySizes) -> None:
        """Args:
        sizes: Of bodies that go to the application.
        """
        self._door = door
        self._sizes = sizes
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith(PREFIX):
            return self._application(environ, start)
        answer = self._answer(path[len(PREFIX) :], environ)
        start(_status(answer.status), _headers(answer))
        return [answer.body]

    def most_bytes(self, environ: WSGIEnvironment) -> int:
        """How much of a request's body will be read; 0 where it is answered without."""
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith(PREFIX):
            return self._sizes.most_bytes(environ)
        if environ["REQUEST_METHOD"] != "POST":
            return 0
        length = announced_bytes(environ)
        reads = self._door.reads(path[len(PREFIX) :], _Headers(environ), length)
        return MAX_BODY_BYTES + 1 if reads else 0

    def _answer(self, forge: str, environ: WSGIEnvironment) -> Answer:
        if environ["REQUEST_METHOD"] != "POST" and self._door.has(forge):
            return _ONLY_POST
        length = announced_bytes(environ)
        try:
            if REFUSED in environ:
                return self._door.refuse(forge, environ[REFUSED])
            return self._door.receive(forge, _Headers(environ), _reader(environ, length), length)
        except Exception:
            log.exception("delivery failed", forge=forge)
            return _BROKEN


class _Headers:
    """A request's header fields as WSGI has them."""

    __slots__ = ("_environ",)

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ

    def get(self, name: str, /) -> str | None:
        key = name.upper().replace("-", "_")
        found: str | None = self._environ.get(key if key == "CONTENT_TYPE" else f"HTTP_{key}")
        return found


def _status(code: int) -> str:
    return f"{code} {HTTPStatus(code).phrase}"


def _headers(answer: Answer) -> list[tuple[str, str]]:
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(answer.body)))]
    if answer.status == _ONLY_POST.status:
        headers.append(("Allow", "POST"))
    if answer.retry_after_s is not None:
        headers.append(("Retry-After", str(answer.retry_after_s)))
    return headers


def _reader(environ: WSGIEnvironment, length: int | None) -> Callable[[int], bytes]:
    """Reads the body, never beyond its announced end: some servers would wait there for ever."""

    def read(most: int) -> bytes:
        most = most if length is None else min(most, length)
        stream: Any = environ["wsgi.input"]
        parts: list[bytes] = []
        # A server may give less than it is asked for; only an empty read is the end.
        while most > 0 and (part := stream.read(most)):
            parts.append(part)
            most -= len(part)
        return b"".join(parts)

    return read
