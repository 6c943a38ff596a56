"""A web server in a process of its own, while senders or the database keep it waiting."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from bot.core.identity import Thread
from bot.core.signatures import sign
from tests import migrated
from tests.e2e.bed import eventually
from tests.e2e.product import Machine, deliver, machine

pytestmark = pytest.mark.e2e

CONNECTIONS = 80
TIMEOUT_S = 10.0
#: GitHub waits for ten seconds, of which some pass on the way.
GITHUB_WAITS_S = 9.0
LOOKS_SIGNED = f"X-Hub-Signature-256: sha256={'0' * 64}\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Machine, str]]:
    """A machine on which only the web server runs, and its address."""
    with machine() as here:
        here.environment["FIRSTCOMMIT_LOCAL_FORGE"] = "on"
        migrated.place_at(here.data_dir / "firstcommit.db")
        here.command("web")
        url = f"http://127.0.0.1:{here.environment['FIRSTCOMMIT_PORT']}"
        eventually(lambda: is_alive(url), timeout_s=60)
        yield here, url


def is_alive(url: str) -> bool:
    try:
        return get(f"{url}/healthz") == 200
    except httpx.TransportError:
        return False


def get(url: str) -> int:
    return httpx.get(url, trust_env=False, timeout=TIMEOUT_S).status_code


@contextmanager
def slow_bodies(url: str, path: str, headers: str) -> Iterator[list[socket.socket]]:
    """Many requests of which only the first byte of the body was sent so far."""
    request = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: 1000\r\n\r\n{{"
    address = urlsplit(url)
    with ExitStack() as stack:
        connections = []
        for _ in range(CONNECTIONS):
            made = socket.create_connection((address.hostname, address.port or 80), TIMEOUT_S)
            connections.append(stack.enter_context(made))
            made.sendall(request.encode())
        yield connections


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        pytest.param("/webhooks/local", "", id="unsigned deliveries"),
        pytest.param("/webhooks/local", LOOKS_SIGNED, id="deliveries that look signed"),
        pytest.param("/sign-in", FORM, id="forms"),
    ],
)
def test_slow_bodies_keep_nobody_else_waiting(
    served: tuple[Machine, str], path: str, headers: str
) -> None:
    here, url = served
    with slow_bodies(url, path, headers):
        assert get(f"{url}/healthz") == 200
        assert get(f"{url}/sign-in") == 200
        assert delivered(here, url) == 202
    assert get(f"{url}/readyz") == 200


def delivered(here: Machine, url: str) -> int:
    """What the door says to a delivery that is in order."""
    services = here.services()
    assert services.people is not None
    thread: Thread = services.people.open_thread("demo/ideas", "Orders", "/generate x")
    kind, body = services.people.delivery_for_thread(thread)
    secret = services.keys.local_webhook_secret
    services.store.database.close()
    return deliver(url, kind, body, secret=secret).status_code


def test_an_unsigned_delivery_is_refused_before_its_body(served: tuple[Machine, str]) -> None:
    _, url = served
    with slow_bodies(url, "/webhooks/local", "") as connections:
        for connection in connections:
            assert connection.recv(12) == b"HTTP/1.1 401"


def test_a_body_that_breaks_off_is_answered(served: tuple[Machine, str]) -> None:
    _, url = served
    with slow_bodies(url, "/webhooks/local", LOOKS_SIGNED) as connections:
        connections[0].shutdown(socket.SHUT_WR)
        assert connections[0].recv(12) == b"HTTP/1.1 400"


def test_a_header_spelled_with_underscores_is_another_header(served: tuple[Machine, str]) -> None:
    here, url = served
    services = here.services()
    body = b'{"zen": "x"}'
    headers = {
        "X_Hub_Signature_256": sign(body, services.keys.local_webhook_secret),
        "X-GitHub-Event": "ping",
        "X-GitHub-Delivery": "one",
        "Content-Type": "application/json",
    }
    services.store.database.close()
    with httpx.Client(trust_env=False, timeout=TIMEOUT_S) as client:
        address = f"{url}/webhooks/local"
        assert client.post(address, content=body, headers=headers).status_code == 401
        headers["X-Hub-Signature-256"] = headers.pop("X_Hub_Signature_256")
        assert client.post(address, content=body, headers=headers).status_code == 202


def test_a_database_that_somebody_locks_is_said_before_github_hangs_up(
    served: tuple[Machine, str],
) -> None:
    here, url = served
    services = here.services()
    body = b'{"comment": {"body": "/generate x"}}'
    headers = {
        "X-Hub-Signature-256": sign(body, services.keys.local_webhook_secret),
        "X-GitHub-Event": "issue_comment",
        "X-GitHub-Delivery": "while-locked",
        "Content-Type": "application/json",
    }
    services.store.database.close()
    with (
        closing(sqlite3.connect(here.data_dir / "firstcommit.db", isolation_level=None)) as lock,
        httpx.Client(trust_env=False, timeout=GITHUB_WAITS_S) as github,
    ):
        lock.execute("BEGIN IMMEDIATE")
        answer = github.post(f"{url}/webhooks/local", content=body, headers=headers)
        lock.execute("ROLLBACK")
        assert answer.status_code == 503
        assert answer.json()["reason"] == "store_unavailable"
        again = github.post(f"{url}/webhooks/local", content=body, headers=headers)
        assert again.json()["status"] == "accepted"
