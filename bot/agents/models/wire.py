"""How a request gets to a provider, and its answer back."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.agents.call_time import CallTime
from bot.agents.names import Resolver, system_resolver
from bot.agents.unpacking import read_body
from bot.agents.waiting import retry_after_s
from bot.core.model_calls import ModelName
from bot.core.origins import AllowedOrigin, ApiUrl, read_url

#: Of an answer, unpacked.
MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class WireRequest:
    """What a model is asked: the body of a request in its provider's protocol."""

    model: ModelName
    purpose: str
    body: Mapping[str, object] = field(repr=False)

    @property
    def text(self) -> str:
        """The body as it is sent."""
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, kw_only=True)
class WireAnswer:
    """What came back, whatever its status."""

    status: int
    body: bytes = field(repr=False)
    retry_after_s: float | None = None


class Wire(Protocol):
    """Carries requests to one provider."""

    def problem(self) -> str | None:
        """None where it can carry any, else why not and what would help, as a sentence."""

    def exchange(self, request: WireRequest, time: CallTime) -> WireAnswer:
        """The answer to a request.

        Raises:
            Transient: ``unreachable`` where it was not sent, ``no_answer`` where it may have been.
            UserError: ``private_address``, ``bad_certificate``, ``answer_too_large``,
                ``bad_answer``.
        """


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a provider is, and what it wants to be told by whoever calls.

    Attributes:
        base_url: As the operator wrote it.
        path: The one path that is called, behind that of the base.
        headers: With the key.
        is_official: Whether the provider's own servers are meant.
        lacking: What has to be set before it can be called, as a sentence; empty where nothing.
    """

    base_url: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    lacking: str = ""
    is_official: bool = False

    @property
    def url(self) -> ApiUrl:
        """The one address that is called."""
        return read_url(self.base_url.rstrip("/") + self.path)


class HttpWire:
    """Over HTTP, to one address and no other.

    There are no proxies, credentials or cookies from anywhere, and no redirect is followed.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        resolver: Resolver = system_resolver,
        tls: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        """Args:
        tls: Whose certificates are believed; None: as usual on this machine.
        """
        self._endpoint = endpoint
        self._url = endpoint.url
        self._resolver = resolver
        self._make_tls = tls
        self._tls: ssl.SSLContext | None = None

    def problem(self) -> str | None:
        """That a key is missing, and which."""
        return self._endpoint.lacking or None

    def exchange(self, request: WireRequest, time: CallTime) -> WireAnswer:
        """As the port says."""
        # Loaded here: only workers ask models.
        from bot.agents.guarded_network import GuardedNetwork
        from bot.agents.transport import Transport, exchanged

        # The operator may mean a model of their own network; metadata services are never meant.
        allowed = AllowedOrigin(origin=self._url.origin, private=True)
        headers = {"Content-Type": "application/json", **self._endpoint.headers}
        network = GuardedNetwork(allowed, time, self._resolver)
        body = request.text.encode("utf-8", errors="replace")
        with (
            Transport(network, self._believed()) as transport,
            exchanged(transport, "POST", self._url, headers=headers, body=body) as response,
        ):
            packing = response.headers.get("content-encoding", "")
            return WireAnswer(
                status=response.status_code,
                body=read_body(response.iter_raw(), packing, MOST_BYTES),
                retry_after_s=retry_after_s(response.headers),
            )

    def _believed(self) -> ssl.SSLContext:
        if self._tls is None:
            import httpx

            self._tls = (self._make_tls or httpx.create_ssl_context)()
        return self._tls
