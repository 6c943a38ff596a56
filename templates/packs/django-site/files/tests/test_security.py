"""What a browser is told, and who is not answered."""

import pytest
from django.conf import settings
from django.test import Client

from {{ module }}.accounts.models import User


def test_who_comes_without_https_is_sent_there(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 301
    assert answer.headers["Location"] == "https://testserver/"


def test_a_host_that_is_not_ours_is_not_answered(client: Client) -> None:
    assert client.get("/", secure=True, headers={"host": "elsewhere"}).status_code == 400


def test_a_browser_is_told_to_be_careful(client: Client) -> None:
    headers = client.get("/", secure=True).headers
    assert headers["Strict-Transport-Security"] == "max-age=3600"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.django_db
def test_a_session_is_for_https_and_not_for_scripts(client: Client) -> None:
    User.objects.create_superuser("ada", password="open sesame")
    client.post("/admin/login/", {"username": "ada", "password": "open sesame"}, secure=True)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_nobody_is_believed_about_https_unless_there_is_a_proxy(client: Client) -> None:
    assert client.get("/", headers={"x-forwarded-proto": "https"}).status_code == 301
