from flask.testing import FlaskClient

from {{ module }} import Settings, create_app


def fail() -> None:
    raise ConnectionError("the database is away")


def test_it_says_that_it_works(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok"}


def test_it_is_ready_when_every_check_passes() -> None:
    app = create_app(Settings(), checks={"database": lambda: None})
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "checks": {"database": "ok"}}


def test_it_is_not_ready_while_a_check_fails_and_keeps_the_reason_to_itself() -> None:
    app = create_app(Settings(), checks={"database": fail, "queue": lambda: None})
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {
        "status": "unavailable",
        "checks": {"database": "failed", "queue": "ok"},
    }
    assert "away" not in answer.text


def test_a_failing_check_does_not_make_it_unhealthy() -> None:
    app = create_app(Settings(), checks={"database": fail})
    assert app.test_client().get("/healthz").status_code == 200
