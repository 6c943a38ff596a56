import pytest
from flask.testing import FlaskClient

PATH = "/api/v1/greetings"


def test_it_greets_by_name(client: FlaskClient) -> None:
    answer = client.post(PATH, json={"name": " Ada "})
    assert answer.status_code == 200
    assert answer.json == {"message": "Hello, Ada!"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("body", [[], "Ada", {}, {"name": 1}, {"name": " "}])
def test_a_body_without_a_name_is_refused(client: FlaskClient, body: object) -> None:
    answer = client.post(PATH, json=body)
    assert answer.status_code == 422
    assert "name" in answer.get_json()["detail"]


def test_a_name_that_is_too_long_is_refused(client: FlaskClient) -> None:
    assert client.post(PATH, json={"name": "x" * 101}).status_code == 422


def test_what_is_no_json_is_refused(client: FlaskClient) -> None:
    assert client.post(PATH, data="{", content_type="application/json").status_code == 400
    assert client.post(PATH, data="name=Ada").status_code == 415
