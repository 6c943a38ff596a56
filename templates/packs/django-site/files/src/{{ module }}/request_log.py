"""One log line a request, and an id that ties together all that belongs to it."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from .logs import request_id

HEADER = "X-Request-ID"

# Probes come every few seconds and say nothing new.
QUIET_PATHS = frozenset(["/healthz", "/readyz"])

# What a caller sends ends up in logs, so it has to be short and plain.
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")

_log = logging.getLogger(__name__)

Answer = Callable[[HttpRequest], HttpResponseBase]


def request_log(answer: Answer) -> Answer:
    """Log what comes of each request."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        sent = request.headers.get(HEADER, "")
        request_id.set(sent if _ACCEPTED.fullmatch(sent) else uuid.uuid4().hex)
        response = answer(request)
        response[HEADER] = request_id.get()
        _log.log(
            logging.DEBUG if request.path in QUIET_PATHS else logging.INFO,
            "request",
            extra={
                "method": request.method,
                "path": request.path,
                "status": response.status_code,
                "duration_ms": round((time.perf_counter() - started) * 1000, 1),
            },
        )
        return response

    return middleware
