"""A limit on bodies that do not say how long they are."""

from flask import Flask, request
from werkzeug.exceptions import RequestEntityTooLarge


def install(app: Flask) -> None:
    """Refuse what goes on behind the limit; Werkzeug would cut it off there without a word."""
    app.before_request(_refuse_too_large)


def _refuse_too_large() -> None:
    if request.content_length is not None or "wsgi.input_terminated" not in request.environ:
        return
    read = request.get_data()
    if len(read) == request.max_content_length and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge
