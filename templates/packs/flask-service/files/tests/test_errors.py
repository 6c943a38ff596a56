import io

import pytest
from flask import Flask
from flask.testing import FlaskClient

from {{ module }} import Settings, create_app


def fail() -> str:
    raise RuntimeError("the inner reason")


@pytest.fixture
def failing_app() -> Flask:
    app = create_app(Settings())
    app.add_url_rule("/fail", view_func=fail)
    return app


def test_an_unknown_path_is_answered_with_json(client: FlaskClient) -> None:
    answer = client.get("/nowhere", headers={"X-Request-ID": "request-1"})
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    body = answer.get_json()
    assert (body["title"], body["status"]) == ("Not Found", 404)
    assert body["request_id"] == "request-1"


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.get("/api/v1/greetings")
    assert answer.status_code == 405
    assert answer.content_type == "application/problem+json"
    assert "POST" in answer.headers["Allow"]


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    answer = client.post("/api/v1/greetings", json={"name": "x" * 2000})
    assert answer.status_code == 413
    assert answer.get_json()["status"] == 413


@pytest.mark.parametrize(("length", "status"), [(2000, 413), (1001, 413), (1000, 422)])
def test_so_is_one_that_does_not_say_how_large_it_is(
    client: FlaskClient, length: int, status: int
) -> None:
    body = b'{"name": "x"}'.ljust(length)
    answer = client.post(
        "/api/v1/greetings",
        input_stream=io.BytesIO(body.replace(b"x", b"x" * 101)[:length]),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == status


def test_an_unexpected_error_keeps_its_reason_to_itself(failing_app: Flask) -> None:
    answer = failing_app.test_client().get("/fail")
    assert answer.status_code == 500
    assert answer.get_json()["request_id"] == answer.headers["X-Request-ID"]
    assert "inner reason" not in answer.text


def test_an_unexpected_error_is_logged_with_its_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = create_app(Settings())
    app.add_url_rule("/fail", view_func=fail)
    app.test_client().get("/fail")
    assert "RuntimeError: the inner reason" in capsys.readouterr().out
