"""One request to GitHub and its answer, with githubkit's client and none of its retries."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx
from githubkit import GitHub
from githubkit.auth import AppAuthStrategy, UnauthAuthStrategy
from githubkit.cache import MemCacheStrategy
from githubkit.exception import (
    RateLimitExceeded,
    RequestError,
    RequestFailed,
    RequestTimeout,
)
from githubkit.response import Response

from bot.errors import BotError, Transient
from bot.forges.github import failures
from bot.forges.github.routes import Route

CONNECT_TIMEOUT_S = 5.0
TIMEOUT_S = 10.0
#: For trees and blobs, which GitHub may take long to store.
LONG_TIMEOUT_S = 60.0
GET_RETRIES = 2
_RETRY_PAUSE_S = 0.3
_MOST_TEXT_BYTES = 4 * 1024 * 1024
# Pinned, since the version that is meant without a header changes:
# https://docs.github.com/rest/about-the-rest-api/api-versions
_API_VERSION = "2022-11-28"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked; ``needs`` names the permission that GitHub wants for it."""

    method: str
    route: Route
    params: Mapping[str, str | int] | None = None
    body: Mapping[str, object] | None = None
    needs: str = ""
    long: bool = False
    #: Whether the answer is text, and not JSON.
    text: bool = False

    @property
    def where(self) -> str:
        """For messages: names the route, not the repository."""
        return f"{self.method} {self.route.template}"


class _Kept(GitHub[UnauthAuthStrategy]):
    """githubkit's client with one connection pool for all threads of a process.

    githubkit keeps a pool per context, and a new one costs 20 ms; a pool that was opened
    before a fork must not be used after it.
    """

    _client: httpx.Client | None = None
    _pid = 0

    @contextmanager
    def get_sync_client(self) -> Iterator[httpx.Client]:
        if self._client is None or self._pid != os.getpid():
            self._client, self._pid = self._create_sync_client(), os.getpid()
        yield self._client


class Wire:
    """Sends requests and translates whatever goes wrong."""

    def __init__(
        self,
        *,
        app_id: str,
        private_key: str,
        api_url: str,
        user_agent: str,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Args:
        app_id: The App's id, as text.
        private_key: Its key as PEM.
        api_url: The API's address without a slash at its end.
        user_agent: How we call ourselves; GitHub demands a name.
        clock: The present, aware.
        sleep: Waits that many seconds between two tries of a GET.
        transport: Takes the place of the network, for tests.
        """
        self._clock = clock
        self._sleep = sleep
        self._quick = _kept(api_url, user_agent, TIMEOUT_S, transport)
        self._long = _kept(api_url, user_agent, LONG_TIMEOUT_S, transport)
        self._app = AppAuthStrategy(app_id, private_key)
        #: Seconds by which GitHub's clock was ahead of ours at the last answer; None before it.
        self.clock_skew_s: float | None = None

    def app_authorization(self) -> str:
        """The header that says we are the App; made anew every few minutes."""
        # The flow is AppAuth, which its declared type does not tell.
        return f"Bearer {self._app.get_auth_flow(self._quick).get_jwt()}"  # type: ignore[attr-defined]

    def send(self, request: Request, authorization: str = "") -> object:
        """The answer's JSON, or None where it has none.

        A GET is tried again after a broken connection or a server's error; whatever writes
        is sent once.

        Raises:
            BotError: as `failures.translate` says.
        """
        tries = 1 + (GET_RETRIES if request.method == "GET" else 0)
        for left in reversed(range(tries)):
            try:
                return self._send_once(request, authorization)
            except _Broken as exc:
                if not left:
                    raise exc.error from exc.cause
                self._sleep(_RETRY_PAUSE_S * (tries - left))
        raise AssertionError("unreachable")

    def _send_once(self, request: Request, authorization: str) -> object:
        try:
            response = self._exchange(request, authorization)
        except RequestFailed as exc:
            error = self._translate(exc, request)
            if exc.response.status_code >= 500:
                raise _Broken(error, exc) from exc
            raise error from exc
        except RequestTimeout as exc:
            raise _unreachable(request, "did not answer in time") from exc
        except RequestError as exc:
            if not isinstance(exc.exc, httpx.HTTPError):
                raise
            raise _Broken(_unreachable(request, "cannot be reached"), exc) from exc
        return self._read(request, response)

    def _exchange(self, request: Request, authorization: str) -> Response[object]:
        headers = {"X-GitHub-Api-Version": _API_VERSION}
        if authorization:
            headers["Authorization"] = authorization
        content = None
        if request.body is not None:
            # Written here: githubkit would first walk through megabytes of text.
            content = json.dumps(request.body, ensure_ascii=False).encode("utf-8", "replace")
            headers["Content-Type"] = "application/json"
        try:
            return (self._long if request.long else self._quick).request(
                request.method,
                # Relative, so that it is joined to the address of an Enterprise server.
                request.route.path,
                params=dict(request.params) if request.params is not None else None,
                content=content,
                headers=headers,
            )
        except ValueError as exc:
            # githubkit reads `retry-after` as a number, and a proxy may send a date.
            raise failures.rate_limited(None) from exc

    def _read(self, request: Request, response: Response[object]) -> object:
        self._note_clock(response)
        if response.raw_request.method != request.method:
            # A redirect turned a write into a GET: nothing was written.
            raise failures.NotFound(f"GitHub moved what {request.where} is about.")
        if not response.content:
            return None
        if request.text:
            return response.content[-_MOST_TEXT_BYTES:].decode("utf-8", "replace")
        try:
            answer: object = response.json()
        except ValueError as exc:
            raise failures.unreadable(request.where) from exc
        return answer

    def _translate(self, exc: RequestFailed, request: Request) -> BotError:
        response = exc.response
        self._note_clock(response)
        try:
            body: object = response.json()
        except ValueError:
            body = None
        asked_s = exc.retry_after.total_seconds() if isinstance(exc, RateLimitExceeded) else None
        return failures.translate(
            response.status_code,
            response.headers,
            body,
            where=request.where,
            needs=request.needs,
            retry_after_s=asked_s,
        )

    def _note_clock(self, response: Response[object]) -> None:
        try:
            theirs = parsedate_to_datetime(response.headers.get("date", ""))
        except ValueError:
            return
        if theirs.tzinfo is not None:
            self.clock_skew_s = (theirs - self._clock()).total_seconds()


class _Broken(Exception):
    """A try that a GET may make again; ``error`` is what it means if none is left."""

    def __init__(self, error: BotError, cause: Exception) -> None:
        super().__init__(str(error))
        self.error = error
        self.cause = cause


def _unreachable(request: Request, how: str) -> Transient:
    return Transient(f"GitHub {how} ({request.where}).", reason="forge_unavailable")


def _kept(
    api_url: str, user_agent: str, timeout_s: float, transport: httpx.BaseTransport | None
) -> _Kept:
    return _Kept(
        UnauthAuthStrategy(),
        base_url=api_url,
        user_agent=user_agent,
        timeout=httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S),
        transport=transport,
        cache_strategy=MemCacheStrategy(),
        http_cache=False,
        auto_retry=False,
    )
