"""The service as a whole: how it is made from settings and from the environment."""

import pytest
from flask import Flask, request

from {{ module }} import Settings, create_app


def scheme_behind(app: Flask, *forwarded: str) -> str:
    app.add_url_rule("/scheme", view_func=lambda: request.scheme)
    headers = {"X-Forwarded-Proto": ", ".join(forwarded)}
    return app.test_client().get("/scheme", headers=headers).text


def test_it_starts_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_BODY_BYTES", "77")
    assert create_app().config["MAX_CONTENT_LENGTH"] == 77


def test_it_believes_no_proxy_unless_told() -> None:
    assert scheme_behind(create_app(Settings()), "https") == "http"


def test_it_believes_as_many_proxies_as_there_are() -> None:
    app = create_app(Settings(proxy_count=1))
    assert scheme_behind(app, "http", "https") == "https"
