"""HTTP over a network of ours.

No client is used but its transport alone: so there are no proxies or credentials from the
environment, no cookies, and no redirect that was not looked at first.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpcore
import httpx

from bot.agents.guarded_network import GuardedNetwork
from bot.agents.unpacking import ACCEPTED
from bot.core.origins import ApiUrl
from bot.errors import Transient


class Transport(httpx.HTTPTransport):
    """Carries requests over one guarded network."""

    def __init__(self, network: GuardedNetwork, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls, trust_env=False)
        # httpx has no argument for it. Were this name to change, the calls would go where no
        # test lets them.
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls, network_backend=network, http2=False, max_keepalive_connections=0
        )


@contextmanager
def exchanged(
    transport: Transport,
    method: str,
    url: ApiUrl,
    *,
    headers: Mapping[str, str],
    body: bytes | None,
) -> Iterator[httpx.Response]:
    """The answer to one request, whatever that is, whose body can be read in the block.

    Raises:
        Transient: ``unreachable``; ``no_answer`` where the call may have been carried out.
    """
    sent = httpx.Request(
        method,
        httpx.URL(
            scheme=url.origin.scheme,
            host=url.origin.host,
            port=url.origin.port,
            raw_path=url.target.encode("ascii"),
        ),
        headers=_sent(headers),
        content=body,
    )
    try:
        response = transport.handle_request(sent)
        try:
            yield response
        finally:
            response.close()
    except (httpx.ConnectError, httpx.ConnectTimeout) as exc:
        raise Transient(f"{url.origin} cannot be reached.", reason="unreachable") from exc
    except httpx.TimeoutException as exc:
        raise Transient(f"{url.origin} did not answer in time.", reason="no_answer") from exc
    except httpx.TransportError as exc:
        raise Transient(f"The answer of {url.origin} was cut off.", reason="no_answer") from exc


def _sent(headers: Mapping[str, str]) -> httpx.Headers:
    sent = httpx.Headers({"User-Agent": "firstcommit", "Accept": "*/*"})
    sent.update(dict(headers))
    sent["Accept-Encoding"] = ACCEPTED
    return sent
