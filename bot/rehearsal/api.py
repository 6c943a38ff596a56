"""API calls that are checked, but not made."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.core.api_headers import check_headers
from bot.core.api_values import METHODS, ApiAnswer, ApiRequest
from bot.core.origins import AllowedOrigin, read_url
from bot.errors import UserError
from bot.forges.recording import Note

#: By this header an answer can be told from one that somebody gave.
INVENTED = "x-firstcommit-invented"


class RecordingApi:
    """The port `ApiCalls`: what would be refused is refused, all else is answered with ``{}``."""

    def __init__(self, allowed: Iterable[AllowedOrigin], note: Note) -> None:
        self._allowed = {entry.origin for entry in allowed}
        self._note = note

    def send(self, request: ApiRequest, *, poll: Callable[[], object] | None = None) -> ApiAnswer:
        """An invented answer, of a status that the caller takes for a success."""
        if request.method not in METHODS:
            raise UserError(f"{request.method[:20]!r} is no method.", reason="bad_method")
        check_headers(request.headers)
        url = read_url(request.url)
        if url.origin not in self._allowed:
            raise UserError(
                f"{url.origin} may not be called from here.",
                reason="origin_not_allowed",
                remedy="The operator lists the origins that may be reached in "
                "FIRSTCOMMIT_API_ORIGINS.",
            )
        # What stands in the query may be a secret.
        path = url.target.partition("?")[0]
        summary = f"call {request.method} {url.origin}{path} (its answer here is invented)"
        self._note("send", where="", summary=summary)
        good = min(request.wanted, default=200)
        return ApiAnswer(
            status=200 if 200 in request.wanted else good,
            headers={"content-type": "application/json", INVENTED: "yes"},
            body=b"" if request.method == "HEAD" else b"{}",
        )
