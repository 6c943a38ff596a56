"""Requests as an ASGI server hands them over: bodies that come slowly, grow, or never end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.web import create_app, create_front
from bot.web.bodies import Bodies, Room
from bot.web.front import Front, environ_of
from tests.web.doubles import comment, headers, services_over_fakes

SMALL, LARGE = 100, 1_000


@dataclass
class Request:
    """One request, and what was answered. What ``pieces`` lack of the body never comes."""

    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"
    path: str = "/webhooks/github"
    query: bytes = b""
    raw_path: bytes | None = None
    pieces: Sequence[bytes] | None = None
    hangs_up: bool = False

    def __post_init__(self) -> None:
        self.sent: list[Any] = []
        self._left = [self.body] if self.pieces is None else list(self.pieces)

    @property
    def scope(self) -> dict[str, Any]:
        given = {"Host": "localhost", "Content-Length": str(len(self.body)), **self.headers}
        return {
            "type": "http",
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": self.path,
            "raw_path": self.raw_path,
            "query_string": self.query,
            "server": ("127.0.0.1", "8000"),
            "client": ("127.0.0.1", "50000"),
            "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in given.items()],
        }

    async def receive(self) -> dict[str, Any]:
        if self._left:
            piece = self._left.pop(0)
            more = bool(self._left) or self.pieces is not None
            return {"type": "http.request", "body": piece, "more_body": more}
        if self.hangs_up:
            return {"type": "http.disconnect"}
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def send(self, event: Any) -> None:
        self.sent.append(event)

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def answer_headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def said(self) -> Any:
        return json.loads(self.sent[1]["body"])


def delivery(body: bytes | None = None, **more: Any) -> Request:
    body = comment() if body is None else body
    return Request(body=body, headers=headers(body), **more)


def endless(**more: Any) -> Request:
    """A delivery that looks signed, of which the first bytes come."""
    return delivery(pieces=[b"{"], **more)


@pytest.fixture
def services(tmp_path: Path) -> Any:
    return services_over_fakes(tmp_path)


@pytest.fixture
def front(services: Any) -> Front:
    return create_front(services)


def narrow(services: Any, *, deadline_s: float = 30) -> Front:
    """Two small places and one large one."""
    app: Any = create_app(services)
    rooms = (Room(up_to_bytes=SMALL, places=2), Room(up_to_bytes=LARGE, places=1))
    return Front(app, app.wsgi_app.most_bytes, Bodies(rooms, deadline_s=deadline_s))


def ask(front: Front, request: Request) -> Request:
    asyncio.run(front(request.scope, request.receive, request.send))
    return request


async def started(front: Front, requests: Sequence[Request]) -> list[asyncio.Task[None]]:
    """Requests under way, each as far as what has come of it."""
    tasks = [asyncio.ensure_future(front(r.scope, r.receive, r.send)) for r in requests]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


def while_others_send(front: Front, others: Sequence[Request], request: Request) -> Request:
    async def run() -> None:
        tasks = await started(front, others)
        await front(request.scope, request.receive, request.send)
        for task in tasks:
            task.cancel()

    asyncio.run(run())
    return request


def test_a_delivery_is_taken_whole(front: Front, services: Any) -> None:
    body = comment()
    pieces = [body[:10], body[10:500], body[500:]]
    request = delivery(body)
    request._left = list(pieces)
    assert ask(front, request).status == 202
    assert services.store.deliveries.stored[0]["body"] == body


def test_pages_are_answered_too(front: Front) -> None:
    request = ask(front, Request(method="GET", path="/sign-in", query=b"next=/runs%3Fa=%C3%A9"))
    assert request.status == 200
    assert request.answer_headers["content-type"].startswith("text/html")
    assert "/runs?a=é" in request.sent[1]["body"].decode()


def test_an_address_beyond_ascii_is_an_address(front: Front) -> None:
    assert ask(front, Request(method="GET", path="/é\ufffd")).status == 404


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"/files/a%2Fb", "/files/a/b"),
        (b"/files/a%252Fb", "/files/a%2Fb"),
        (b"//files///a", "//files///a"),
        (b"/files/%00", "/files/\0"),
        (b"/files/%FF", "/files/\xff"),
        (b"/%C3%A9", "/\xc3\xa9"),
    ],
)
def test_an_address_is_handed_on_byte_for_byte_and_as_it_came(raw: bytes, path: str) -> None:
    request = Request(path="as the server reads it", raw_path=raw, query=b"x=%2F")
    environ = environ_of(request.scope)
    assert environ["PATH_INFO"] == path
    assert environ["RAW_URI"] == environ["REQUEST_URI"] == f"{raw.decode()}?x=%2F"


def test_an_address_that_is_no_text_is_not_taken_for_another_one(front: Front) -> None:
    assert ask(front, Request(method="GET", path="/\ufffd", raw_path=b"/%FF")).status == 400
    assert ask(front, Request(method="GET", path="/api/v1/\0")).status == 400


def test_a_form_without_a_length_is_not_cut_to_what_is_allowed(front: Front) -> None:
    form = Request(path="/sign-in", body=b"operator_token=" + b"x" * 1_048_577)
    form.headers = {"Transfer-Encoding": "chunked", "Content-Length": ""}
    assert ask(front, form).status == 413


@pytest.mark.parametrize(
    ("status", "change"),
    [
        pytest.param(401, {"headers": {}}, id="unsigned"),
        pytest.param(404, {"path": "/webhooks/gitlab"}, id="no such door"),
        pytest.param(405, {"method": "PUT"}, id="another method"),
        pytest.param(413, {"path": "/sign-in", "body": b"x" * 1_048_577}, id="large form"),
    ],
)
def test_what_headers_refuse_is_refused_before_its_body(
    front: Front, status: int, change: dict[str, Any]
) -> None:
    body = comment()
    request = Request(**{"body": body, "headers": headers(body), "pieces": [], **change})
    assert ask(front, request).status == status


def test_a_body_has_a_deadline(services: Any) -> None:
    request = ask(narrow(services, deadline_s=0.01), endless())
    assert (request.status, request.said["reason"]) == (408, "body_too_slow")
    assert services.store.deliveries.stored == []


def test_a_form_has_a_deadline_and_says_so_on_a_page(services: Any) -> None:
    form = Request(body=b"operator_token=x", path="/sign-in", pieces=[b"o"])
    request = ask(narrow(services, deadline_s=0.01), form)
    assert request.status == 408
    assert "took too long" in request.sent[1]["body"].decode()


def test_a_body_that_breaks_off_is_refused(front: Front, services: Any) -> None:
    request = ask(front, endless(hangs_up=True))
    assert (request.status, request.said["reason"]) == (400, "body_cut_off")
    assert services.store.deliveries.stored == []


def test_where_no_place_is_left_the_sender_is_asked_to_come_again(services: Any) -> None:
    front = narrow(services)
    request = while_others_send(front, [endless(), endless()], delivery())
    assert (request.status, request.said["reason"]) == (503, "too_many")
    assert int(request.answer_headers["retry-after"]) > 0


def test_bodies_that_slow_senders_announce_take_no_place_from_large_ones(services: Any) -> None:
    body = comment("/generate x" + " " * (LARGE // 2))
    announced = {**headers(body), "Content-Length": str(LARGE)}
    slow = Request(body=body, headers=announced, pieces=[b"{"])
    assert while_others_send(narrow(services), [slow], delivery(body)).status == 202


def test_large_bodies_have_few_places(services: Any) -> None:
    body = comment("/generate x" + " " * (LARGE // 2))
    request = while_others_send(
        narrow(services), [delivery(body, pieces=[body[:-1]])], delivery(body)
    )
    assert request.status == 503
    small = b'{"comment": "/generate x"}'
    assert ask(narrow(services), delivery(small)).status == 202


def test_a_place_is_free_again_after_each_end(services: Any) -> None:
    front = narrow(services, deadline_s=0.01)
    for _ in range(3):
        assert ask(front, endless()).status == 408
        assert ask(front, endless(hangs_up=True)).status == 400
        assert ask(front, delivery()).status == 202


def test_a_header_with_underscores_is_no_other_header(front: Front) -> None:
    body = comment()
    given = headers(body)
    given["X_Hub_Signature_256"] = given.pop("X-Hub-Signature-256")
    assert ask(front, Request(body=body, headers=given)).status == 401


def test_every_refusal_of_a_body_is_counted(services: Any) -> None:
    front = narrow(services, deadline_s=0.01)
    ask(front, endless())
    operator = {"Authorization": "Bearer the-operators-token"}
    shown = ask(front, Request(method="GET", path="/metrics", headers=operator))
    line = b'firstcommit_deliveries_total{forge="github",outcome="body_too_slow"} 1.0'
    assert line in shown.sent[1]["body"]
