"""Whether the port that we are to listen on is free."""

from __future__ import annotations

import errno
import socket

from bot.settings import Settings


def port_problem(settings: Settings) -> str | None:
    """None where we may listen there, else a sentence.

    The web server shares its port with whoever asks (SO_REUSEPORT), so that two servers on one
    port would each get some of the requests and neither would know. So it is asked here, without
    that option.
    """
    where = f"{settings.host}:{settings.port}"
    try:
        found = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as listener:
            # What was closed a moment ago does not count as taken.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(1)
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            return f"{where} is in use."
        return f"{where} cannot be listened on: {exc.strerror or exc}."
    return None
