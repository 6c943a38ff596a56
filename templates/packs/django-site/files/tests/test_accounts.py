import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from {{ module }}.accounts.models import User

pytestmark = pytest.mark.django_db


def test_people_are_of_the_own_model() -> None:
    assert get_user_model() is User


def test_who_administrates_sees_the_people(admin_client: Client) -> None:
    answer = admin_client.get("/admin/accounts/user/", secure=True)
    assert answer.status_code == 200
    assert "admin" in answer.text


def test_others_are_asked_who_they_are(client: Client) -> None:
    client.force_login(User.objects.create_user("ada"))
    answer = client.get("/admin/", secure=True)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/")
