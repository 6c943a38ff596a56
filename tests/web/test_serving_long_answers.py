"""The same in a true server process with true connections."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.parts import ROOT, free_port
from tests.web.streaming import ARCHIVE_BYTES, FILE_BYTES, MIB, MOST_STREAMS

EVENTS = "/api/v1/events"
IDLE = 200
WITHIN_S = 20.0


class Server:
    """One server, and what can be asked of it."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port, self.process = port, process

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=WITHIN_S)

    def ask(
        self, path: str, body: Any = None, method: str = "GET", **headers: str
    ) -> tuple[int, bytes]:
        with contextlib.closing(self.connect()) as connection:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def raw(self, path: str, receive_bytes: int = 0) -> socket.socket:
        """A connection that has asked, whose answer nobody reads by itself."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=WITHIN_S)
        if receive_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return connection

    @property
    def seen(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.ask("/seen")[1])
        return found

    def peak_bytes(self) -> int:
        """The most memory that the process that answers has ever had."""
        status = Path(f"/proc/{self.seen['process']}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024


def until(happened: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WITHIN_S
    while not happened():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def is_up(server: Server) -> bool:
    assert server.process.poll() is None
    try:
        return server.ask("/seen")[0] == 200
    except OSError:
        return False


@pytest.fixture
def server() -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "tests.web.streaming", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        started = Server(port, process)
        try:
            until(lambda: is_up(started), "the server did not start")
            yield started
        finally:
            process.kill()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_an_archive_is_not_held_in_memory(server: Server) -> None:
    before = server.peak_bytes()
    with contextlib.closing(server.connect()) as connection:
        connection.request("GET", "/archive")
        answer = connection.getresponse()
        size = 0
        while part := answer.read(MIB):
            size += len(part)
    assert size == ARCHIVE_BYTES
    assert server.peak_bytes() - before < 16 * MIB


def test_of_an_archive_that_nobody_reads_little_is_made(server: Server) -> None:
    with server.raw("/archive", receive_bytes=65_536) as reader:
        reader.recv(1_000)
        made = [-1, server.seen["made_bytes"]]
        while made[-1] != made[-2]:
            time.sleep(0.3)
            made.append(server.seen["made_bytes"])
        assert 0 < made[-1] < ARCHIVE_BYTES / 2
    until(lambda: server.seen["closed"].get("archive") == 1, "the archive was not closed")


def test_a_broken_archive_ends_in_an_error(server: Server) -> None:
    with pytest.raises(http.client.IncompleteRead):
        server.ask("/broken")
    until(lambda: server.seen["closed"].get("broken") == 1, "the answer was not closed")


def test_pages_are_answered_while_hundreds_follow_events(server: Server) -> None:
    with contextlib.ExitStack() as open_ones:
        readers = [open_ones.enter_context(server.raw(EVENTS)) for _ in range(IDLE)]
        for reader in readers:
            assert b"data: begun" in _head(reader)
        assert server.seen["open"] == IDLE
        for _ in range(50):
            assert server.ask("/seen")[0] == 200
    until(lambda: server.seen["open"] == 0, "streams were left open")
    assert server.seen["closed"]["events"] == IDLE


def test_one_more_than_there_is_room_for_is_told_to_come_back(server: Server) -> None:
    with contextlib.ExitStack() as open_ones:
        for _ in range(MOST_STREAMS):
            _head(open_ones.enter_context(server.raw(EVENTS)))
        refused = _head(open_ones.enter_context(server.raw(EVENTS)))
        assert refused.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 10" in refused


def test_clients_that_vanish_leave_nothing_behind(server: Server) -> None:
    for path in (EVENTS, "/archive") * 10:
        reader = server.raw(path, receive_bytes=65_536)
        reader.recv(100)
        # A reset, as from somebody whose machine was switched off.
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        reader.close()
    everything = {"events": 10, "archive": 10}
    until(lambda: server.seen["closed"] == everything, f"{server.seen} instead of {everything}")


def test_a_server_told_to_end_ends_its_streams_cleanly(server: Server) -> None:
    with contextlib.closing(server.connect()) as connection:
        connection.request("GET", EVENTS)
        answer = connection.getresponse()
        assert answer.readline() == b"id: 1\n"
        server.process.send_signal(signal.SIGTERM)
        # It would raise where the connection is cut.
        assert b"data: begun" in answer.read()
    assert server.process.wait(WITHIN_S / 2) == 0


def test_a_server_told_to_end_does_not_wait_for_those_who_do_not_read(server: Server) -> None:
    with server.raw("/archive", receive_bytes=65_536) as reader:
        reader.recv(100)
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(WITHIN_S)


@pytest.mark.parametrize(
    ("method", "path", "size", "status"),
    [
        ("PUT", "/api/v1/projects/7/files/a.txt", FILE_BYTES, 200),
        ("PUT", "/api/v1/projects/7/files/a.txt", FILE_BYTES + 1, 413),
        ("POST", "/api/v1/projects", MIB, 200),
        ("POST", "/api/v1/projects", MIB + 1, 413),
    ],
)
@pytest.mark.parametrize("announced", [True, False])
def test_bodies_of_the_api_have_their_sizes(
    server: Server, method: str, path: str, size: int, status: int, announced: bool
) -> None:
    body = b"x" * size
    given = body if announced else iter([body[:1_000], body[1_000:]])
    answered, said = server.ask(path, given, method)
    assert answered == status
    if status == 200:
        assert json.loads(said)["bytes"] == size
    else:
        assert json.loads(said)["reason"] == "too_large"


def test_a_body_that_waits_to_be_asked_for_is_asked_for_or_refused(server: Server) -> None:
    for size, first in ((10, b"HTTP/1.1 100"), (MIB + 1, b"HTTP/1.1 413")):
        with socket.create_connection(("127.0.0.1", server.port), timeout=WITHIN_S) as sender:
            sender.sendall(
                b"POST /api/v1/projects HTTP/1.1\r\nHost: localhost\r\n"
                b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % size
            )
            assert sender.recv(1_000).startswith(first)


def test_addresses_arrive_as_they_were_sent(server: Server) -> None:
    status, said = server.ask("/api/v1/projects/7/files/a%2Fb%20c%C3%A9?x=%2F", b"", "PUT")
    assert status == 200
    assert json.loads(said) == {
        "bytes": 0,
        "path": "a/b cé",
        "raw": "/api/v1/projects/7/files/a%2Fb%20c%C3%A9?x=%2F",
    }
    for no_text in ("%00", "%FF", "%ED%A0%80"):
        assert server.ask(f"/api/v1/projects/7/files/{no_text}", b"", "PUT")[0] == 400


def _head(reader: socket.socket) -> bytes:
    """All up to the first piece of an answer."""
    had = b""
    while b"\r\n\r\n" not in had or not had.partition(b"\r\n\r\n")[2]:
        part = reader.recv(4_096)
        if not part:
            break
        had += part
    return had
