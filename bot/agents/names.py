"""From a name to the addresses that may be connected to, in one go."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from threading import Thread

from bot.agents.call_time import CallTime
from bot.core.addresses import Reach, reach
from bot.core.origins import AllowedOrigin
from bot.errors import UserError

Resolver = Callable[[str, int], Sequence[str]]


def system_resolver(host: str, port: int) -> Sequence[str]:
    """The addresses of a name as the system knows them, each once, the preferred first."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def addresses(allowed: AllowedOrigin, resolver: Resolver, time: CallTime) -> Sequence[str]:
    """The addresses of an origin, every one of them checked.

    One that is not allowed spoils all: whoever answers for the name could order them as they
    like.

    Raises:
        UserError: ``private_address``.
        OSError: Where the name is not known; TimeoutError where nobody said so in time.
    """
    found = _resolved(allowed, resolver, time)
    furthest = Reach.PRIVATE if allowed.private else Reach.PUBLIC
    if any(reach(address) > furthest for address in found):
        # The address itself is not told: it would draw a map of the operator's network.
        may_be_meant = all(reach(address) < Reach.NEVER for address in found)
        raise UserError(
            f"{allowed.origin.host} leads to an address that is not for everybody.",
            reason="private_address",
            remedy=f"If that is meant, the operator writes private:{allowed.origin} in "
            "FIRSTCOMMIT_API_ORIGINS."
            if may_be_meant
            else "",
        )
    return found


def _resolved(allowed: AllowedOrigin, resolver: Resolver, time: CallTime) -> Sequence[str]:
    """The system's resolver knows no time limit, so it is waited for from outside."""
    answer: Future[Sequence[str]] = Future()

    def resolve() -> None:
        try:
            answer.set_result(resolver(allowed.origin.host, allowed.origin.port))
        except Exception as exc:
            answer.set_exception(exc)

    Thread(target=resolve, name="resolver", daemon=True).start()
    while not wait([answer], timeout=time.tick_s()).done:
        pass
    found = answer.result()
    if not found:
        raise OSError("The name has no address.")
    return found
