"""From an HTTP request to the view of its operation, and from whatever comes of it to an answer.

In this order, so that nobody learns anything before it is known who they are: Host, identity, how
often, scope, and then what was sent. Every answer under this address is data, errors too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, g, request

from bot.errors import BotError
from bot.services import Services
from bot.sight import Sights
from bot.web.api import limits
from bot.web.api.calling import caller
from bot.web.api.groups import OPERATIONS
from bot.web.api.operation import NOBODY, Call, Caller, Operation
from bot.web.api.preconditions import refuse_unheeded
from bot.web.api.problem import Refused, of_status, problem, refusal_of
from bot.web.api.reading import body_of, query_of
from bot.web.api.remedies import in_words_of_the_api
from bot.web.api.scoping import check_scope
from bot.web.front import REFUSED
from bot.web.site import Site
from bot.web.streams import Streams

PREFIX = "/api/v1"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


@dataclass(frozen=True, kw_only=True)
class Api:
    """What the API stands on."""

    site: Site
    sights: Sights
    streams: Streams
    limits: limits.Limits

    @property
    def services(self) -> Services:
        """Everything outside."""
        return self.site.services


def register(app: Flask, site: Site) -> None:
    """Have an application answer below ``/api/v1``."""
    services = site.services
    api = Api(
        site=site,
        sights=Sights(services),
        streams=Streams(),
        limits=limits.Limits(services.settings.effective_redis_url),
    )
    app.before_request(lambda: _admit(api))
    app.after_request(_with_headers)
    for operation in OPERATIONS:
        app.add_url_rule(
            PREFIX + operation.address,
            f"api.{operation.name}",
            _view(api, operation),
            methods=[operation.method],
            # Encoded slashes are gone by now, and an empty part is for the path gate to refuse.
            merge_slashes=False,
        )


def is_ours(path: str) -> bool:
    """Whether an address is the API's."""
    return path == "/api" or path.startswith("/api/")


def _refused(exc: Refused | BotError, operation: Operation | None = None) -> Response:
    """The answer to what was raised on purpose; a mistake of ours goes on to where those are
    logged."""
    refused = exc if isinstance(exc, Refused) else refusal_of(exc)
    if refused is None:
        raise exc
    if operation is not None and isinstance(exc, BotError):
        refused = in_words_of_the_api(refused, operation)
    return problem(refused)


def _admit(api: Api) -> Response | None:
    """Before everything under our address, also where nothing is: who asks, and how often."""
    if not is_ours(request.path):
        return None
    try:
        _take_in(api)
    except (Refused, BotError) as exc:
        return _refused(exc)
    return None


def _take_in(api: Api) -> None:
    if api.site.check_host() is not None:
        raise of_status(421)
    broken = request.environ.get(REFUSED)
    operation = _asked_for()
    by_signature = operation is not None and operation.anonymous and "signature" in request.args
    if by_signature:
        _count(api, f"from:{request.remote_addr}", limits.STRANGERS)
    else:
        g.caller = _known(api)
        most = limits.OPERATORS if g.caller.operates else limits.PERSONS
        most = limits.RUNS if g.caller.asker is not None else most
        _count(api, g.caller.key, most)
    if broken is not None:
        raise Refused(broken.status, broken.reason, broken.message)
    if operation is not None and not by_signature:
        check_scope(g.caller, operation.scope)
        _check_run(g.caller, operation)


def _known(api: Api) -> Caller:
    """Whoever asks. Guesses are counted, and those beyond a number are not looked at any more;
    whoever has a token is not kept out by those who have none."""
    try:
        return caller(api.site)
    except Refused as exc:
        if exc.status == 401:
            _count(api, f"unknown:{request.remote_addr}", limits.STRANGERS)
        raise


def _asked_for() -> Operation | None:
    endpoint = request.endpoint or ""
    return _BY_ENDPOINT.get(endpoint)


def _count(api: Api, key: str, most: int) -> None:
    count = api.limits.take(key, most)
    g.count = count
    if count.is_over:
        raise Refused(
            429,
            "limited",
            f"That was more than {count.limit} calls in a minute.",
            remedy=f"Go on in {count.reset_s} s.",
            headers={"Retry-After": str(count.reset_s)},
        )


def _check_run(who: Caller, operation: Operation) -> None:
    if who.asker is not None and not operation.is_for_runs:
        raise Refused(
            403,
            "not_for_runs",
            "No step of a run may ask for that.",
            remedy="A person can.",
        )


def _view(api: Api, operation: Operation) -> Callable[..., Response]:
    def view(**path: Any) -> Response:
        try:
            refuse_unheeded(operation)
            call = Call(
                services=api.services,
                sights=api.sights,
                streams=api.streams,
                caller=g.get("caller", NOBODY),
                path={name: str(value) for name, value in path.items()},
                query=query_of(operation),
                body=body_of(operation),
            )
            return operation.view(call)
        except (Refused, BotError) as exc:
            return _refused(exc, operation)

    return view


def _with_headers(response: Response) -> Response:
    if not is_ours(request.path):
        return response
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    # What one may see changes, and is nobody else's.
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.headers.setdefault("Vary", "Authorization, Cookie, Accept")
    if "count" in g:
        response.headers.update(g.count.headers)
    return response


_BY_ENDPOINT = {f"api.{operation.name}": operation for operation in OPERATIONS}
