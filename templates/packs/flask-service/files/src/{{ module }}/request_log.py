"""One log line a request, and an id that ties together all that belongs to it."""

import logging
import re
import time
import uuid

from flask import Flask, Response, g, request

from .logs import request_id

HEADER = "X-Request-ID"

# Probes come every few seconds and say nothing new.
QUIET_PATHS = frozenset(["/healthz", "/readyz"])

# What a caller sends ends up in logs, so it has to be short and plain.
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")

_log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    """Log every request of an app."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.started = time.perf_counter()
    sent = request.headers.get(HEADER, "")
    request_id.set(sent if _ACCEPTED.fullmatch(sent) else uuid.uuid4().hex)


def _end(response: Response) -> Response:
    response.headers[HEADER] = request_id.get()
    response.headers["X-Content-Type-Options"] = "nosniff"
    level = logging.DEBUG if request.path in QUIET_PATHS else logging.INFO
    _log.log(
        level,
        "request",
        extra={
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "duration_ms": round((time.perf_counter() - g.started) * 1000, 1),
        },
    )
    return response
