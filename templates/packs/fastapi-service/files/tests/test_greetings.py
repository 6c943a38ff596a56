import pytest
from fastapi.testclient import TestClient

PATH = "/api/v1/greetings"


def test_it_greets_by_name(client: TestClient) -> None:
    answer = client.post(PATH, json={"name": " Ada "})
    assert answer.status_code == 200
    assert answer.json() == {"message": "Hello, Ada!"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("body", [[], "Ada", {}, {"name": 1}, {"name": " "}, {"name": "x" * 101}])
def test_a_body_without_a_fitting_name_is_refused(client: TestClient, body: object) -> None:
    answer = client.post(PATH, json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["where"] in ("body", "body.name")


def test_what_is_no_json_is_refused(client: TestClient) -> None:
    headers = {"content-type": "application/json"}
    assert client.post(PATH, content="{", headers=headers).status_code == 400
    assert client.post(PATH, data={"name": "Ada"}).status_code == 422


def test_a_value_that_is_refused_is_not_sent_back(client: TestClient) -> None:
    answer = client.post(PATH, json={"name": ["a-secret"]})
    assert answer.status_code == 422
    assert "a-secret" not in answer.text
