"""Connections that go where they may and nowhere else.

A name is looked up once, all its addresses are checked, and the very address that was checked is
connected to; the certificate is still verified for the name. So it does not matter what the name
leads to a moment later.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import httpcore

from bot.agents.call_time import READ, WRITE, CallTime
from bot.agents.names import Resolver, addresses
from bot.core.origins import AllowedOrigin
from bot.errors import UserError

_CONNECT_S = 10.0
#: An address that does not even refuse must not use up the time of the next.
_NEXT_AFTER_S = 2.0

Given = TypeVar("Given")


class GuardedNetwork(httpcore.NetworkBackend):
    """Connects to one origin, within the time of one call."""

    def __init__(self, allowed: AllowedOrigin, time: CallTime, resolver: Resolver) -> None:
        self._allowed = allowed
        self._time = time
        self._resolver = resolver

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address of the origin that answers."""
        origin = self._allowed.origin
        if (host, port) != (origin.host, origin.port):
            raise UserError("The address can be read in two ways.", reason="bad_url")
        time = self._time.shorter(_CONNECT_S)
        try:
            found = addresses(self._allowed, self._resolver, time)
            return GuardedStream(_connected(found, port, time), self._time)
        except TimeoutError as exc:
            raise httpcore.ConnectTimeout(str(exc)) from exc
        except OSError as exc:
            raise httpcore.ConnectError(str(exc)) from exc


class GuardedStream(httpcore.NetworkStream):
    """A connection whose every wait is within the time of the call.

    The socket never blocks: one that does can be told nothing until it is done.
    """

    def __init__(self, connected: socket.socket, time: CallTime) -> None:
        self._socket = connected
        self._time = time

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes; none at the end."""
        try:
            return self._wait_for(lambda: self._socket.recv(max_bytes), READ)
        except TimeoutError as exc:
            raise httpcore.ReadTimeout(str(exc)) from exc
        except OSError as exc:
            raise httpcore.ReadError(str(exc)) from exc

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Sends all of it."""
        left = memoryview(buffer)
        try:
            while left:
                left = left[self._wait_for(partial(self._socket.send, left), WRITE) :]
        except TimeoutError as exc:
            raise httpcore.WriteTimeout(str(exc)) from exc
        except OSError as exc:
            raise httpcore.WriteError(str(exc)) from exc

    def close(self) -> None:
        """Ends the connection."""
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted, with whoever holds a certificate for the name."""
        wrapped = ssl_context.wrap_socket(
            self._socket, server_hostname=server_hostname, do_handshake_on_connect=False
        )
        stream = GuardedStream(wrapped, self._time.shorter(_CONNECT_S))
        try:
            stream._wait_for(wrapped.do_handshake, READ)
        except BaseException as exc:
            wrapped.close()
            raise _no_handshake(exc) from exc
        return GuardedStream(wrapped, self._time)

    def get_extra_info(self, info: str) -> object:
        """What httpcore asks of a connection: only whether it is encrypted."""
        is_tls = isinstance(self._socket, ssl.SSLSocket)
        return self._socket if info == "ssl_object" and is_tls else None

    def _wait_for(self, act: Callable[[], Given], event: int) -> Given:
        """What ``act`` gives as soon as it need not wait; ``event`` is what it waits for."""
        while True:
            self._time.tick_s()
            try:
                return act()
            except ssl.SSLWantReadError:
                wanted = READ
            except ssl.SSLWantWriteError:
                wanted = WRITE
            except BlockingIOError:
                wanted = event
            self._time.wait(self._socket, wanted)


def _connected(found: Sequence[str], port: int, time: CallTime) -> socket.socket:
    """A connection to the first of some addresses that takes one."""
    problem: OSError | None = None
    for number, address in enumerate(found, start=1):
        try:
            is_last = number == len(found)
            return _connect(address, port, time if is_last else time.shorter(_NEXT_AFTER_S))
        except OSError as exc:
            problem = exc
    raise problem or OSError("There is nowhere to connect to.")


def _connect(address: str, port: int, time: CallTime) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(BlockingIOError):
            made.connect((address, port))
        time.wait(made, WRITE)
        code = made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, "The connection was refused.")
    except BaseException:
        made.close()
        raise
    return made


def _no_handshake(problem: BaseException) -> BaseException:
    if isinstance(problem, ssl.SSLCertVerificationError):
        return UserError(
            f"The server's certificate does not hold ({problem.verify_message}).",
            reason="bad_certificate",
        )
    if isinstance(problem, TimeoutError):
        return httpcore.ConnectTimeout(str(problem))
    return httpcore.ConnectError(str(problem)) if isinstance(problem, OSError) else problem
