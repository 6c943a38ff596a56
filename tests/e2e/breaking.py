"""A proxy between a client and a server that breaks connections as networks do."""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto

PIECE = 4096


class Way(Enum):
    """What becomes of a stream of events."""

    OPEN = auto()
    #: Held back until the server has ended it, as caching proxies do.
    HELD = auto()
    #: Named otherwise, as by something that knows only texts.
    RENAMED = auto()


@dataclass
class Breaking:
    """What is to break next, and what has been asked for."""

    upstream: tuple[str, int]
    #: After how many bytes of its body each of the next streams is cut; below zero in its head.
    cuts: list[int] = field(default_factory=list)
    #: So many connections are closed unanswered.
    refusals: int = 0
    way: Way = Way.OPEN
    #: ``Last-Event-ID`` of each stream.
    resumed: list[str] = field(default_factory=list)
    #: Addresses of all requests, in order.
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def mend(self) -> None:
        """Break nothing more, and forget."""
        self.cuts.clear()
        self.resumed.clear()
        self.asked.clear()
        self.refusals, self.way = 0, Way.OPEN

    def serve(self, client: socket.socket) -> None:
        """Carry one request, and what comes of it as far as that is to get."""
        head, body = _request(client)
        if not head:
            return
        if self.refusals:
            self.refusals -= 1
            return
        self.asked.append(head.split(b" ", 2)[1].decode())
        is_stream = b"text/event-stream" in head.lower()
        if is_stream:
            found = re.search(rb"(?im)^last-event-id: *(\d+)", head)
            self.resumed.append(found[1].decode() if found else "")
        with socket.create_connection(self.upstream, timeout=60) as server:
            server.sendall(re.sub(rb"(?im)^connection:.*$", b"Connection: close\r", head) + body)
            self._answer(client, server, is_stream=is_stream)

    def _answer(self, client: socket.socket, server: socket.socket, *, is_stream: bool) -> None:
        cut = self.cuts.pop(0) if is_stream and self.cuts else None
        head, body = _read_head(server)
        if cut is not None and cut < 0:
            client.sendall(head[:cut])
            return
        if is_stream and self.way is Way.RENAMED:
            head = head.replace(b"text/event-stream", b"text/plain")
        if is_stream and self.way is Way.HELD:
            while piece := server.recv(PIECE):
                body += piece
        client.sendall(head)
        left = cut
        piece = body or server.recv(PIECE)
        while piece:
            client.sendall(piece[:left])
            if left is not None:
                left -= len(piece)
                if left <= 0:
                    return
            piece = server.recv(PIECE)


def _request(client: socket.socket) -> tuple[bytes, bytes]:
    head, body = _read_head(client)
    found = re.search(rb"(?im)^content-length: *(\d+)", head)
    while len(body) < int(found[1] if found else 0):
        body += client.recv(PIECE)
    return head, body


def _read_head(peer: socket.socket) -> tuple[bytes, bytes]:
    """The head with its empty line, and what of the body came with it."""
    read = b""
    while b"\r\n\r\n" not in read:
        piece = peer.recv(PIECE)
        if not piece:
            return b"", b""
        read += piece
    head, end, body = read.partition(b"\r\n\r\n")
    return head + end, body


@contextmanager
def breaking(port: int) -> Iterator[Breaking]:
    """One in front of a port of this machine."""
    made = Breaking(upstream=("127.0.0.1", port))

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                made.serve(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield made
        server.shutdown()
