"""Calls of the APIs that the operator lists."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from urllib.parse import urljoin

import httpx

from bot.agents.call_time import CallTime
from bot.agents.guarded_network import GuardedNetwork
from bot.agents.names import Resolver, system_resolver
from bot.agents.transport import Transport, exchanged
from bot.agents.unpacking import read_body
from bot.agents.waiting import retry_after_s
from bot.core.api_headers import check_headers
from bot.core.api_values import METHODS, ApiAnswer, ApiRequest
from bot.core.origins import AllowedOrigin, ApiUrl, read_url
from bot.errors import Transient, UserError

_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LATER = frozenset({429, 502, 503, 504})
#: Session keys of the other side; nothing in a workflow could use them.
_NOT_TOLD = frozenset({"set-cookie", "set-cookie2"})


class ApiCaller:
    """``ApiCalls`` over HTTP."""

    def __init__(
        self,
        allowed: Iterable[AllowedOrigin],
        *,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Args:
        tls: Whose certificates are believed; None: as usual on this machine.
        """
        self._allowed = {entry.origin: entry for entry in allowed}
        self._resolver = resolver
        self._tls = tls

    def send(self, request: ApiRequest, *, poll: Callable[[], object] | None = None) -> ApiAnswer:
        """As the port says."""
        if request.method not in METHODS:
            raise UserError(f"{request.method[:20]!r} is no method.", reason="bad_method")
        check_headers(request.headers)
        url = read_url(request.url)
        time = CallTime(request.timeout_s, poll)
        with Transport(self._network(url, time), self._believed()) as transport:
            return self._follow(transport, request, url)

    def _network(self, url: ApiUrl, time: CallTime) -> GuardedNetwork:
        allowed = self._allowed.get(url.origin)
        if allowed is None:
            raise UserError(
                f"{url.origin} may not be called from here.",
                reason="origin_not_allowed",
                remedy="The operator lists the origins that may be reached in "
                "FIRSTCOMMIT_API_ORIGINS.",
            )
        return GuardedNetwork(allowed, time, self._resolver)

    def _believed(self) -> ssl.SSLContext:
        if self._tls is None:
            # Made at the first call, since it takes a while; SSL_CERT_FILE is heeded.
            self._tls = httpx.create_ssl_context()
        return self._tls

    def _follow(self, transport: Transport, request: ApiRequest, url: ApiUrl) -> ApiAnswer:
        for _ in range(_MOST_REDIRECTS + 1):
            answer = _exchange(transport, request, url)
            target = _redirect(request, answer)
            if target is None:
                return _now_or_later(request, url, answer)
            url = _on_origin(url, target)
        raise UserError(
            f"{url.origin} leads from one address to the next without end.",
            reason="redirect_refused",
        )


def _exchange(transport: Transport, request: ApiRequest, url: ApiUrl) -> ApiAnswer:
    """One request and its answer, whatever that is."""
    with exchanged(
        transport, request.method, url, headers=request.headers, body=request.body
    ) as response:
        return ApiAnswer(
            status=response.status_code,
            headers=_told(response.headers),
            body=_body(request, response),
        )


def _body(request: ApiRequest, response: httpx.Response) -> bytes:
    if request.method == "HEAD":
        return b""
    packing = response.headers.get("content-encoding", "")
    return read_body(response.iter_raw(), packing, request.most_bytes)


def _told(headers: httpx.Headers) -> Mapping[str, str]:
    return MappingProxyType({k: v for k, v in headers.items() if k not in _NOT_TOLD})


def _redirect(request: ApiRequest, answer: ApiAnswer) -> str | None:
    """Where an answer leads, if it is to be followed."""
    if request.method not in ("GET", "HEAD") or answer.status in request.wanted:
        return None
    return answer.headers.get("location") if answer.status in _REDIRECTS else None


def _on_origin(url: ApiUrl, target: str) -> ApiUrl:
    try:
        # What stands behind # is for browsers.
        leads = read_url(urljoin(str(url), target.partition("#")[0]))
    except (UserError, ValueError):
        leads = None
    if leads is None or leads.origin != url.origin:
        raise UserError(
            f"{url.origin} leads to another origin, which is not followed.",
            reason="redirect_refused",
            remedy="Call the address itself, if the operator allows its origin.",
        )
    return leads


def _now_or_later(request: ApiRequest, url: ApiUrl, answer: ApiAnswer) -> ApiAnswer:
    if answer.status not in _LATER or answer.status in request.wanted:
        return answer
    raise Transient(
        f"{url.origin} answered {answer.status}.",
        retry_after_s=retry_after_s(answer.headers),
        reason="rate_limited" if answer.status == 429 else "api_unavailable",
    )
