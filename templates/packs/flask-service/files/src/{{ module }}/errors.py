"""Errors as JSON in the form of RFC 9457, whatever raised them."""

import logging

from flask import Flask, Response, json
from werkzeug.exceptions import HTTPException, InternalServerError

from .logs import request_id

CONTENT_TYPE = "application/problem+json"

_log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    """Answer every error of an app with JSON."""
    app.register_error_handler(HTTPException, _problem)
    app.register_error_handler(Exception, _unexpected)


def _problem(error: HTTPException) -> Response:
    body = {
        "type": "about:blank",
        "title": error.name,
        "status": error.code,
        "detail": error.description,
        "request_id": request_id.get(),
    }
    response = Response(json.dumps(body), status=error.code, content_type=CONTENT_TYPE)
    # A few errors carry headers of their own, such as Allow or Retry-After.
    for key, value in error.get_headers():
        if key.lower() != "content-type":
            response.headers[key] = value
    return response


def _unexpected(error: Exception) -> Response:
    # The caller learns the id, not the reason; the reason is in the log.
    _log.error("unexpected error", exc_info=error)
    return _problem(InternalServerError())
