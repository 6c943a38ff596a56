"""One log line a request, and an id that ties together all that belongs to it."""

import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import problem
from .logs import request_id

HEADER = "X-Request-ID"

# Probes come every few seconds and say nothing new.
QUIET_PATHS = frozenset(["/healthz", "/readyz"])

# What a caller sends ends up in logs, so it has to be short and plain.
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")

_log = logging.getLogger(__name__)


class RequestLog:
    """Logs every request of an app and answers for what nobody foresaw."""

    def __init__(self, app: ASGIApp) -> None:
        """Args:
        app: What answers the requests.
        """
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and log what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        sent = Headers(scope=scope).get(HEADER, "")
        request_id.set(sent if _ACCEPTED.fullmatch(sent) else uuid.uuid4().hex)
        status = 0

        async def mark(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[HEADER] = request_id.get()
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        try:
            await self._app(scope, receive, mark)
        except Exception:
            # The caller learns the id, not the reason; the reason is in the log.
            _log.exception("unexpected error")
            if status:
                raise  # Half an answer is on its way; all that is left is to cut it off.
            await problem(500)(scope, receive, mark)
        finally:
            _tell(scope, status, started)


def _tell(scope: Scope, status: int, started: float) -> None:
    level = logging.DEBUG if scope["path"] in QUIET_PATHS else logging.INFO
    _log.log(
        level,
        "request",
        extra={
            "method": scope["method"],
            "path": scope["path"],
            "status": status,
            "duration_ms": round((time.perf_counter() - started) * 1000, 1),
        },
    )
