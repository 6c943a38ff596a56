from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient

from {{ module }} import Settings, create_app

PATH = "/api/v1/greetings"


async def fail() -> None:
    raise RuntimeError("the inner reason")


async def fail_late() -> StreamingResponse:
    def pieces() -> Iterator[str]:
        yield "one"
        raise RuntimeError("the inner reason")

    return StreamingResponse(pieces())


def failing_app() -> FastAPI:
    app = create_app(Settings())
    app.add_api_route("/fail", fail)
    app.add_api_route("/fail-late", fail_late, response_model=None)
    return app


def test_an_unknown_path_is_answered_with_json(client: TestClient) -> None:
    answer = client.get("/nowhere", headers={"X-Request-ID": "request-1"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "request_id": "request-1",
    }


def test_a_wrong_method_names_the_right_ones(client: TestClient) -> None:
    answer = client.get(PATH)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


def test_a_body_that_says_that_it_is_too_large_is_refused(client: TestClient) -> None:
    answer = client.post(PATH, json={"name": "x" * 2000})
    assert answer.status_code == 413
    assert answer.json()["detail"] == "The body has more than 1000 bytes."
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"]


def test_a_body_that_turns_out_too_large_is_refused(client: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"name": "'
        yield b"x" * 2000

    answer = client.post(PATH, content=pieces(), headers={"content-type": "application/json"})
    assert answer.status_code == 413


def test_an_unexpected_error_keeps_its_reason_to_itself() -> None:
    answer = TestClient(failing_app()).get("/fail")
    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]
    assert "inner reason" not in answer.text


@pytest.mark.parametrize("path", ["/fail", "/fail-late"])
def test_an_unexpected_error_is_logged_with_its_reason(
    capsys: pytest.CaptureFixture[str], path: str
) -> None:
    TestClient(failing_app(), raise_server_exceptions=False).get(path)
    assert "RuntimeError: the inner reason" in capsys.readouterr().out
