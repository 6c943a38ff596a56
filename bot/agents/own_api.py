"""Our own API, called without a network: the web application itself, in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from urllib.parse import urlencode
from wsgiref.types import WSGIApplication

import httpx

from bot.agents.passes import Passes
from bot.core.api_headers import check_headers
from bot.core.api_values import MOST_BYTES, ApiAnswer
from bot.core.passes import Asker
from bot.errors import UserError

PREFIX = "/api/v1"
#: The name under which the application is asked: one that it always goes by.
_HOST = "http://localhost"
#: Who calls is ours to say.
_OURS = frozenset({"authorization", "cookie", "origin", "x-firstcommit-token"})


class OwnApi:
    """Calls it as a step of a run, with a pass that is lent for the one call."""

    def __init__(self, passes: Passes, application: Callable[[], WSGIApplication]) -> None:
        """Args:
        application: Makes the application, at the first call: few workers ever need one.
        """
        self._passes = passes
        self._make = application
        self._made: WSGIApplication | None = None
        self._lock = Lock()

    def send(
        self,
        asker: Asker,
        method: str,
        path: str,
        *,
        query: tuple[tuple[str, str], ...] = (),
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> ApiAnswer:
        """The answer to one call, whatever its status.

        Args:
            path: Below ``/api/v1``, encoded, and checked to be nothing else.

        Raises:
            UserError: ``bad_header``, ``answer_too_large``.
        """
        check_headers(headers)
        if _OURS & {name.lower() for name in headers}:
            raise UserError("Who calls is not for a step to say.", reason="bad_header")
        raw = PREFIX + path + (f"?{urlencode(query)}" if query else "")
        url = httpx.URL(_HOST).copy_with(raw_path=raw.encode("ascii"))
        with (
            self._passes.lent(asker) as token,
            httpx.WSGITransport(app=self._application(), raise_app_exceptions=False) as transport,
        ):
            sent = httpx.Request(
                method,
                url,
                headers={
                    "Accept": "application/json, */*;q=0.5",
                    **headers,
                    "Authorization": f"Bearer {token}",
                },
                content=body,
            )
            response = transport.handle_request(sent)
            try:
                return ApiAnswer(
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=_body(response),
                )
            finally:
                response.close()

    def _application(self) -> WSGIApplication:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made


def _body(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > MOST_BYTES:
            raise UserError(
                f"The answer has more than {MOST_BYTES:,} bytes.",
                reason="answer_too_large",
                remedy="Ask for less at a time.",
            )
    return bytes(body)
