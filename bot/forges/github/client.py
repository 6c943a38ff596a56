"""Requests as the App or under an installation, with the right token and at the right pace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from bot.errors import Transient, UserError
from bot.forges.github.answers import Installation, read_installation, read_list
from bot.forges.github.cache import Cache
from bot.forges.github.failures import BadCredentials, NotFound, rate_limited
from bot.forges.github.grants import Access, Grants, Purpose
from bot.forges.github.routes import Route, route
from bot.forges.github.wire import Request, Wire
from bot.forges.port import Pace

PAGE_SIZE = 100
MAX_PAGES = 100
_ANYWHERE_KEPT_S = 300.0

Params = Mapping[str, str | int]


class Client:
    """GitHub's API for the nouns beside this module."""

    def __init__(self, wire: Wire, cache: Cache, pace: Pace, clock: Callable[[], datetime]) -> None:
        self.wire = wire
        self.cache = cache
        self.grants = Grants(wire, cache, clock)
        self._pace = pace
        self._clock = clock

    def get(
        self, access: Access, where: Route, params: Params | None = None, *, needs: str = ""
    ) -> object:
        """What lies there; ``NotFound`` where nothing does, or nothing that we may see."""
        return self._send(access, Request(method="GET", route=where, params=params, needs=needs))

    def text(self, access: Access, where: Route, *, needs: str = "") -> str:
        """What lies there as text; the last megabytes of what is longer."""
        request = Request(method="GET", route=where, needs=needs, text=True)
        return str(self._send(access, request) or "")

    def pages(
        self, access: Access, where: Route, params: Params | None = None, *, needs: str = ""
    ) -> Iterator[object]:
        """All items of a list, page by page."""
        return self._pages(lambda page: self.get(access, where, page, needs=needs), params)

    def write(
        self,
        access: Access,
        method: str,
        where: Route,
        body: Mapping[str, object] | None = None,
        *,
        needs: str = "",
        conversation: bool = False,
        long: bool = False,
    ) -> object:
        """Change something, once, when the pace allows it."""
        self._pace.take(f"github:{access.installation}", conversation=conversation)
        request = Request(method=method, route=where, body=body, needs=needs, long=long)
        return self._send(access, request)

    def as_app(self, where: Route, params: Params | None = None) -> object:
        """What the App itself may see: who it is, and where it is installed."""
        request = Request(method="GET", route=where, params=params)
        return self.wire.send(request, self.wire.app_authorization())

    def installations(self) -> Iterator[Installation]:
        """Every account that installed us."""
        where = route("/app/installations")
        pages = self._pages(lambda page: self.as_app(where, page), None)
        return (read_installation(item) for item in pages)

    def public(self, where: Route) -> object:
        """What everybody may see, asked under any installation, since the App itself may not."""
        installation = self._anywhere()
        if not installation:
            return self.wire.send(Request(method="GET", route=where))
        return self.get(Access(installation=installation, purpose=Purpose.LOOK), where)

    def _anywhere(self) -> str:
        kept = self.cache.get("anywhere")
        if kept is not None:
            return kept
        found = next((one.id for one in self.installations() if not one.suspended), "")
        self.cache.put("anywhere", found, _ANYWHERE_KEPT_S)
        return found

    def _pages(
        self, get_page: Callable[[Params], object], params: Params | None
    ) -> Iterator[object]:
        for page in range(1, MAX_PAGES + 1):
            items = read_list(get_page({**(params or {}), "per_page": PAGE_SIZE, "page": page}))
            yield from items
            if len(items) < PAGE_SIZE:
                return

    def _send(self, access: Access, request: Request) -> object:
        self._stay_quiet_if_asked_to(access)
        try:
            return self._send_with_a_good_token(access, request)
        except Transient as exc:
            if exc.reason == "rate_limited" and exc.retry_after_s:
                self._stay_quiet(access, exc.retry_after_s)
            raise

    def _send_with_a_good_token(self, access: Access, request: Request) -> object:
        try:
            return self.wire.send(request, self.grants.authorization(access))
        except BadCredentials:
            # Revoked, or it lapsed on a clock that is not ours. Nothing was done yet, so that
            # even a write may be sent once more.
            self.grants.forget(access)
        except UserError as exc:
            if exc.reason == "no_access" and not isinstance(exc, NotFound):
                # Maybe more was granted meanwhile; the next one asks anew.
                self.grants.forget(access)
            raise
        return self.wire.send(request, self.grants.authorization(access))

    def _stay_quiet_if_asked_to(self, access: Access) -> None:
        until = self.cache.get(_quiet_key(access))
        if until is None:
            return
        left_s = float(until) - self._clock().timestamp()
        if left_s > 0:
            raise rate_limited(left_s)

    def _stay_quiet(self, access: Access, seconds: float) -> None:
        # Going on regardless may get an App banned, so all workers are told.
        until = self._clock().timestamp() + seconds
        self.cache.put(_quiet_key(access), repr(until), seconds)


def _quiet_key(access: Access) -> str:
    return f"quiet:{access.installation}"
