"""Deliveries to hooks go where they may, take little in, and end in time."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.agents.hook_sender import GuardedHookSender
from bot.core.hooks import HookAnswer
from bot.core.origins import read_allowed
from bot.errors import BotError, Transient, UserError
from tests.agents.web import Says, Web, certificate, serving, speaking

BODY = b'{"type":"ping"}'
HEADERS = {"Content-Type": "application/json", "webhook-id": "one"}


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as server:
        yield server


def send(url: str, *, listed: bool = True, timeout_s: float = 10.0) -> HookAnswer:
    origin = "/".join(url.split("/")[:3])
    sender = GuardedHookSender(
        [read_allowed(f"private:{origin}")] if listed else [], timeout_s=timeout_s
    )
    return sender.send(url, HEADERS, BODY)


def failed(url: str, *, listed: bool = True, timeout_s: float = 10.0) -> BotError:
    with pytest.raises(BotError) as caught:
        send(url, listed=listed, timeout_s=timeout_s)
    return caught.value


def test_a_delivery_is_posted_as_it_is(web: Web) -> None:
    web.says(204)
    assert send(f"{web.url}/in?key=1") == HookAnswer(status=204)
    (asked,) = web.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/in?key=1", BODY)
    assert asked.headers["webhook-id"] == "one"
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["user-agent"] == "firstcommit"


@pytest.mark.parametrize("status", [200, 400, 410, 429, 500, 502, 503, 504])
def test_every_status_is_an_answer(web: Web, status: int) -> None:
    web.says(status, b"whatever")
    assert send(web.url).status == status


def test_what_the_receiver_asks_to_wait_is_told(web: Web) -> None:
    web.says(429, Retry_After="120")
    assert send(web.url).retry_after_s == 120


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(web: Web, status: int) -> None:
    web.says(status, Location=f"{web.url}/elsewhere")
    assert send(web.url).status == status
    assert len(web.asked) == 1


def test_a_huge_answer_is_not_taken_in() -> None:
    head, block, most = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"x" * 2**20, 200
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        given = pool.submit(give, listener, [head, *[block] * most])
        assert send(f"http://127.0.0.1:{listener.getsockname()[1]}/").status == 200
        # What the system itself keeps for a connection is a few blocks.
        assert given.result(timeout=30) < most / 2


def give(listener: socket.socket, parts: Sequence[bytes]) -> int:
    """How many parts the first caller takes."""
    caller, _ = listener.accept()
    with caller:
        for number, part in enumerate(parts):
            try:
                caller.sendall(part)
            except OSError:
                return number
    return len(parts)


def test_an_answer_without_end_is_an_answer() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
    with speaking(head, *[b"x"] * 100, every_s=0.05) as port:
        assert send(f"http://127.0.0.1:{port}/", timeout_s=0.5).status == 200


def test_an_answer_that_breaks_off_behind_its_status_is_an_answer(web: Web) -> None:
    web.says(200, b"short", content_length="500")
    assert send(web.url).status == 200


def test_who_says_nothing_is_not_waited_for() -> None:
    with speaking() as port:
        problem = failed(f"http://127.0.0.1:{port}/", timeout_s=0.3)
    assert (type(problem), problem.reason) == (Transient, "no_answer")


def test_headers_byte_by_byte_gain_no_time() -> None:
    with speaking(b"HTTP/1.1 200 OK\r\n", *[b"x"] * 200, every_s=0.05) as port:
        assert failed(f"http://127.0.0.1:{port}/", timeout_s=0.5).reason == "no_answer"


def test_who_hangs_up_gave_no_answer(web: Web) -> None:
    web.answerer = lambda asked: Says(drop=True)
    assert failed(web.url).reason == "no_answer"


def test_what_is_no_http_is_no_answer() -> None:
    with speaking(b"SSH-2.0-OpenSSH_9.2\r\n") as port:
        assert failed(f"http://127.0.0.1:{port}/", timeout_s=2).reason == "no_answer"


def test_nobody_there_is_unreachable() -> None:
    with serving() as server:
        url = server.url
    assert failed(url).reason == "unreachable"


def test_our_own_network_is_out_of_reach_unless_listed(web: Web) -> None:
    problem = failed(web.url, listed=False)
    assert (type(problem), problem.reason) == (UserError, "private_address")
    assert f"private:{web.url}" in problem.remedy
    assert not web.asked


@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1"],
        ["10.1.2.3"],
        ["169.254.169.254"],
        ["::1"],
        ["fe80::1"],
        ["::ffff:192.168.0.1"],
        ["8.8.8.8", "127.0.0.1"],
    ],
)
def test_a_name_that_leads_into_our_network_is_refused(found: list[str]) -> None:
    sender = GuardedHookSender([], resolver=lambda host, port: found)
    with pytest.raises(UserError) as caught:
        sender.send("https://hooks.example.com/", HEADERS, BODY)
    assert caught.value.reason == "private_address"


def test_a_name_is_looked_up_once_and_what_was_checked_is_called(web: Web) -> None:
    looked_up: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"] if len(looked_up) == 1 else ["169.254.169.254"]

    origin = f"http://hooks.example:{web.port}"
    sender = GuardedHookSender([read_allowed(f"private:{origin}")], resolver=rebinding)
    assert sender.send(f"{origin}/", HEADERS, BODY).status == 200
    assert looked_up == ["hooks.example"]
    assert web.asked[0].headers["host"] == f"hooks.example:{web.port}"


def test_metadata_services_are_refused_even_where_listed() -> None:
    assert failed("http://169.254.169.254/latest").reason == "private_address"


def test_a_certificate_has_to_hold(tmp_path: Path) -> None:
    shows, believes = certificate(tmp_path, "hooks.example")
    with serving(shows) as server:
        origin = f"https://hooks.example:{server.port}"
        listed = [read_allowed(f"private:{origin}")]

        def resolver(host: str, port: int) -> list[str]:
            return ["127.0.0.1"]

        good = GuardedHookSender(listed, resolver=resolver, tls=believes)
        assert good.send(f"{origin}/", HEADERS, BODY).status == 200
        with pytest.raises(UserError) as caught:
            GuardedHookSender(listed, resolver=resolver).send(f"{origin}/", HEADERS, BODY)
    assert caught.value.reason == "bad_certificate"
    assert len(server.asked) == 1


def test_proxies_of_the_environment_are_not_used(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert send(web.url).status == 200
