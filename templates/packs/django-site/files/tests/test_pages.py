import pytest
from django.test import Client

from {{ module }}.accounts.models import User


def test_anybody_may_see_the_first_page(client: Client) -> None:
    answer = client.get("/", secure=True)
    assert answer.status_code == 200
    assert "<h1>Welcome</h1>" in answer.text


@pytest.mark.django_db
def test_it_greets_who_is_signed_in(client: Client) -> None:
    client.force_login(User.objects.create_user("ada"))
    assert "signed in as ada" in client.get("/", secure=True).text


def test_the_first_page_is_only_for_reading(client: Client) -> None:
    assert client.post("/", secure=True).status_code == 405


def test_what_is_not_there_has_a_page_of_its_own(client: Client) -> None:
    answer = client.get("/nowhere", secure=True)
    assert answer.status_code == 404
    assert "<h1>Not found</h1>" in answer.text
