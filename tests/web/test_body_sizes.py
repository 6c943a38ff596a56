"""How large bodies may be, where the server leaves reading to the application."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from bot.web import failures
from bot.web.body_sizes import MAX_JSON_BYTES, BodySizes
from bot.web.door import MAX_BODY_BYTES
from tests.web.doubles import settings

FILE = "/api/v1/projects/7/files/src/a.py"
SIZES = BodySizes(max_file_bytes=1_000)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/sign-in", MAX_JSON_BYTES),
        ("PUT", "/sign-in", 0),
        ("GET", "/api/v1/projects", 0),
        ("POST", "/api/v1/projects", MAX_JSON_BYTES),
        ("PATCH", "/api/v1/projects/7", MAX_JSON_BYTES),
        ("PUT", "/api/v1/organisations/7/policy", MAX_JSON_BYTES),
        ("PUT", FILE, 1_000),
        ("PUT", "/api/v1/projects/7/files/\nline", 1_000),
        ("PUT", "/api/v1/projects/7/files/", MAX_JSON_BYTES),
        ("POST", FILE, MAX_JSON_BYTES),
    ],
)
def test_each_kind_of_body_has_its_size(method: str, path: str, allowed: int) -> None:
    assert SIZES.allowed({"REQUEST_METHOD": method, "PATH_INFO": path}) == allowed


def test_no_file_is_larger_than_the_largest_body(tmp_path: Path) -> None:
    assert BodySizes.of(settings(tmp_path, max_file_bytes=7)).max_file_bytes == 7
    largest = BodySizes.of(settings(tmp_path, max_file_bytes=104_857_600))
    assert largest.max_file_bytes == MAX_BODY_BYTES


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    failures.register(app, SIZES)

    @app.route("/api/v1/<path:path>", methods=["GET", "PUT"])
    def read(path: str) -> dict[str, Any]:
        if request.method == "GET":
            return {"path": path}
        return {"bytes": len(request.get_data()), "form": request.form}

    return app


def chunked(app: Flask, body: bytes, **more: Any) -> Any:
    """A body without an announced length, as a server gives it that knows its end."""
    return app.test_client().put(
        FILE,
        input_stream=io.BytesIO(body),
        environ_overrides={"wsgi.input_terminated": True},
        headers={"Transfer-Encoding": "chunked"},
        **more,
    )


def test_what_is_announced_too_large_is_not_read(app: Flask) -> None:
    answer = app.test_client().put(FILE, data=b"x" * 1_001)
    assert (answer.status_code, answer.get_json()["reason"]) == (413, "too_large")
    assert app.test_client().put(FILE, data=b"x" * 1_000).get_json()["bytes"] == 1_000


def test_the_beginning_of_a_body_without_a_length_is_not_taken_for_the_whole(app: Flask) -> None:
    assert chunked(app, b"x" * 1_001).status_code == 413
    assert chunked(app, b"x" * 1_000).get_json()["bytes"] == 1_000


def test_a_form_without_a_length_is_still_a_form(app: Flask) -> None:
    form = chunked(app, b"a=b", content_type="application/x-www-form-urlencoded")
    assert form.get_json()["form"] == {"a": "b"}


def test_a_body_that_nobody_reads_refuses_nothing(app: Flask) -> None:
    assert app.test_client().get("/api/v1/runs", data=b"{}").status_code == 200
