"""What is answered when something goes wrong: a page for people, JSON for machines.

One of the two places that catch everything. What happened goes to the log with an id; the
answer carries that id and nothing else of it.
"""

from __future__ import annotations

import math
import uuid

import structlog
from flask import Flask, Response, jsonify, request

from bot.errors import BotError, StoreUnavailable, Transient, UserError
from bot.web.answers import page
from bot.web.api.lost import nothing_here
from bot.web.api.problem import of_status, problem, too_large
from bot.web.body_sizes import BodySizes, announced_bytes
from bot.web.front import REFUSED

API = "/api/"
MACHINES = ("/healthz", "/readyz", "/metrics")
RETRY_AFTER_S = 5.0
STATUSES = (400, 403, 404, 405, 408, 413, 414, 415, 431)

log = structlog.get_logger(__name__)


def register(app: Flask, sizes: BodySizes) -> None:
    """Answer every failure of ``app``, and what it cannot read: before all else."""
    app.before_request(_not_text)
    app.before_request(_without_body)
    app.before_request(lambda: _too_large(sizes))
    for status in STATUSES:
        app.register_error_handler(status, _answered)
    app.register_error_handler(StoreUnavailable, _unavailable)
    app.register_error_handler(Transient, _unavailable)
    app.register_error_handler(Exception, _broken)


def failure(status: int, *, message: str = "", remedy: str = "", reference: str = "") -> Response:
    """The answer for a status; the words are those of the status where none are given."""
    if request.path.startswith(API):
        said = nothing_here(request.path) if status == 404 else of_status(status)
        return problem(said, reference=reference)
    if request.path.startswith(MACHINES):
        told = jsonify(status="refused", reason=f"http_{status}", reference=reference)
        told.status_code = status
        return told
    return page(
        "failure.html",
        status,
        code=status,
        message=message,
        remedy=remedy,
        reference=reference,
    )


def _answered(exc: Exception) -> Response:
    status: int = getattr(exc, "code", None) or 500
    answer = failure(status)
    # A 405 says which methods are understood.
    allowed = getattr(exc, "valid_methods", None)
    if allowed:
        answer.headers["Allow"] = ", ".join(sorted(allowed))
    return answer


def _without_body() -> Response | None:
    """Before everything: a form that did not arrive is not taken for an empty one."""
    refused = request.environ.get(REFUSED)
    if refused is None:
        return None
    return _later() if refused.status == 503 else failure(refused.status)


def _too_large(sizes: BodySizes) -> Response | None:
    """The same, for what has more bytes than it may, announced or not."""
    if sizes.is_announced_larger(request.environ):
        return _larger_than(sizes.allowed(request.environ))
    allowed = sizes.allowed(request.environ)
    request.max_content_length = allowed
    if allowed and announced_bytes(request.environ) is None:
        # Where no length is known Werkzeug would stop at the most, and call that the whole.
        request.max_content_length = allowed + 1
        return _larger_than(allowed) if len(request.get_data()) > allowed else None
    return None


def _larger_than(allowed: int) -> Response:
    return problem(too_large(allowed)) if request.path.startswith(API) else failure(413)


def _not_text() -> Response | None:
    """An address that is no UTF-8 would be looked up as another one, and PostgreSQL breaks on
    a NUL in what the API looks up."""
    path: str = request.environ.get("PATH_INFO", "")
    if "\0" in path and path.startswith(API):
        return failure(400)
    try:
        path.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return failure(400)
    return None


def _unavailable(exc: Exception) -> Response:
    log.warning("page unavailable", path=request.path, reason=getattr(exc, "reason", ""))
    return _later(getattr(exc, "retry_after_s", None) or RETRY_AFTER_S)


def _later(retry_after_s: float = RETRY_AFTER_S) -> Response:
    answer = failure(503)
    answer.headers["Retry-After"] = str(math.ceil(retry_after_s))
    return answer


def _broken(exc: Exception) -> Response:
    code = getattr(exc, "code", None)
    if isinstance(code, int) and code >= 400:
        return failure(code)
    if isinstance(exc, UserError):
        return failure(400, message=exc.message, remedy=exc.remedy)
    reference = uuid.uuid4().hex[:8]
    reason = exc.reason if isinstance(exc, BotError) else "internal"
    log.exception("request failed", path=request.path, reason=reason, reference=reference)
    return failure(500, reference=reference)
