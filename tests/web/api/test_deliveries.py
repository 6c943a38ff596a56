"""Deliveries over HTTP: for the operator alone."""

from __future__ import annotations

import hashlib

import pytest

from bot.core.access_scopes import PERSONAL
from bot.store.port import DeliveryStatus
from tests.spine import GENERATE, Bot
from tests.web.api.server import Server


def failed(bot: Bot, text: str = GENERATE) -> str:
    """A delivery that failed before anything came of it."""
    delivery = bot.post(text).delivery
    bot.queue.deliveries.clear()
    bot.store.deliveries.settle(delivery, DeliveryStatus.FAILED, "internal: KeyError")
    return delivery


def test_deliveries_are_listed_page_by_page_without_their_bodies(server: Server, bot: Bot) -> None:
    made = [bot.post(f"{GENERATE}{number}").delivery for number in range(5)]
    first = server.get("/deliveries", by=None, limit=3).json
    second = server.get("/deliveries", by=None, limit=3, after=first["next"]).json
    assert [each["id"] for each in (*first["items"], *second["items"])][:5] == made[::-1]
    assert "body" not in first["items"][0]
    assert first["items"][0]["kind"] == "issue_comment"


def test_deliveries_are_listed_by_status_forge_and_kind(server: Server, bot: Bot) -> None:
    delivery = failed(bot)
    bot.post(GENERATE)
    bot.drain()

    def ids(**query: str) -> list[str]:
        return [each["id"] for each in server.get("/deliveries", by=None, **query).json["items"]]

    assert ids(status="failed") == [delivery]
    assert ids(status="failed", forge="gitlab") == []
    assert delivery in ids(kind="issue_comment", forge="github")
    assert ids(kind="push") == []
    assert server.get("/deliveries", by=None, status="lost").status_code == 422


def test_a_delivery_tells_what_is_kept_of_it(server: Server, bot: Bot) -> None:
    posted = bot.post("/generate <script>")
    told = server.get(f"/deliveries/{posted.delivery}", by=None).json
    assert told["body_size"] == len(posted.body)
    assert told["body_sha256"] == hashlib.sha256(posted.body).hexdigest()


def test_a_body_is_plain_text_that_no_browser_runs(server: Server, bot: Bot) -> None:
    posted = bot.post("/generate <script>alert(1)</script>")
    body = server.get(f"/deliveries/{posted.delivery}/body", by=None)
    assert body.data == posted.body
    assert body.content_type == "text/plain; charset=utf-8"
    assert body.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in body.headers["Content-Security-Policy"]
    same = {"If-None-Match": body.headers["ETag"]}
    again = server.call("GET", f"/deliveries/{posted.delivery}/body", by=None, headers=same)
    assert again.status_code == 304


def test_a_body_that_is_no_longer_kept_is_told_of(server: Server, bot: Bot) -> None:
    delivery = failed(bot)
    bot.store.deliveries.purge(older_than_days=0)
    assert server.get(f"/deliveries/{delivery}", by=None).json["body_size"] is None
    assert server.get(f"/deliveries/{delivery}/body", by=None).json["reason"] == "body_gone"
    refused = server.post(f"/deliveries/{delivery}/replay", by=None)
    assert (refused.status_code, refused.json["reason"]) == (409, "body_gone")


def test_a_failed_delivery_is_taken_in_again_as_the_same_command(server: Server, bot: Bot) -> None:
    delivery = failed(bot)
    answered = server.post(f"/deliveries/{delivery}/replay", by=None)
    assert (answered.status_code, answered.json) == (202, {"id": delivery, "queued": True})
    bot.drain()
    assert len(bot.runs) == 1
    refused = server.post(f"/deliveries/{delivery}/replay", {}, by=None)
    assert (refused.status_code, refused.json["reason"]) == (409, "not_failed")


def test_again_is_a_new_command_each_time_but_for_the_same_key(server: Server, bot: Bot) -> None:
    delivery = bot.post(GENERATE).delivery
    bot.drain()
    address, key = f"/deliveries/{delivery}/replay", {"Idempotency-Key": "mine"}
    for headers in ({}, key, key):
        answered = server.post(address, {"again": True}, by=None, headers=headers)
        assert answered.json["id"] != delivery
        bot.drain()
    assert len(bot.runs) == 3
    assert answered.headers["Location"] == f"/api/v1/deliveries/{answered.json['id']}"


def test_it_is_said_where_the_queue_is_away(server: Server, bot: Bot) -> None:
    delivery = failed(bot)
    bot.queue.away = True
    assert server.post(f"/deliveries/{delivery}/replay", by=None).json["queued"] is False


@pytest.mark.parametrize("login", ["ann", "olga", "eve"])
def test_nobody_but_the_operator_gets_anything(server: Server, bot: Bot, login: str) -> None:
    delivery = bot.post(GENERATE).delivery
    unknown = "00000000-0000-4000-8000-000000000000"
    for method, address in (
        ("GET", "/deliveries"),
        ("GET", f"/deliveries/{delivery}"),
        ("GET", f"/deliveries/{unknown}"),
        ("GET", f"/deliveries/{delivery}/body"),
        ("POST", f"/deliveries/{delivery}/replay"),
    ):
        refused = server.call(method, address, by=login, scopes=PERSONAL)
        assert refused.status_code == 403
        assert delivery not in refused.text


def test_an_unknown_delivery_is_told_of(server: Server) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    assert server.get(f"/deliveries/{unknown}", by=None).status_code == 404
