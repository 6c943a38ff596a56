"""Deliveries to hooks: to any public address, and to private ones that the operator lists."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from bot.agents.call_time import CallTime
from bot.agents.names import Resolver, system_resolver
from bot.agents.waiting import retry_after_s
from bot.core.hook_targets import target_of
from bot.core.hooks import HookAnswer
from bot.core.origins import AllowedOrigin, read_url

if TYPE_CHECKING:
    import httpx

#: For everything together, from looking up the name to the last byte.
TIMEOUT_S = 10.0
#: Of an answer's body, which nobody reads, so much is taken in before the connection is ended.
_MOST_BYTES = 4096


class GuardedHookSender:
    """``HookSender`` over HTTP."""

    def __init__(
        self,
        listed: Iterable[AllowedOrigin],
        *,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """Args:
        listed: The operator's list, for what it says of private origins.
        tls: Whose certificates are believed; None: as usual on this machine.
        """
        self._listed = tuple(listed)
        self._resolver = resolver
        self._tls = tls
        self._timeout_s = timeout_s

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> HookAnswer:
        """As the port says."""
        # Loaded here: only workers send, and of them only those that have something to send.
        from bot.agents.guarded_network import GuardedNetwork
        from bot.agents.transport import Transport, exchanged

        target = read_url(url)
        allowed = target_of(target.origin, self._listed)
        network = GuardedNetwork(allowed, CallTime(self._timeout_s), self._resolver)
        with (
            Transport(network, self._believed()) as transport,
            exchanged(transport, "POST", target, headers=headers, body=body) as response,
        ):
            _throw_away(response)
            return HookAnswer(
                status=response.status_code, retry_after_s=retry_after_s(response.headers)
            )

    def _believed(self) -> ssl.SSLContext:
        if self._tls is None:
            import httpx

            self._tls = httpx.create_ssl_context()
        return self._tls


def _throw_away(response: httpx.Response) -> None:
    """Take a little of the body in, so that whoever sends it is not cut off at once."""
    import httpx

    try:
        taken = 0
        for chunk in response.iter_raw():
            taken += len(chunk)
            if taken >= _MOST_BYTES:
                return
    except httpx.TransportError:
        # What the answer is was said before.
        return
