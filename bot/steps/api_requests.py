"""What an ``api_call`` step was given, as the call that it asks for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.core.api_headers import check_headers
from bot.core.api_values import METHODS, MOST_BYTES, REPEATABLE, ApiRequest
from bot.core.origins import ApiUrl, read_url, with_query
from bot.errors import StepFailed
from bot.steps.api_secrets import Opener
from bot.steps.spec import StepContext
from bot.steps.values import mapping, text

_LONGEST_S = 120
_USUAL_S = 10


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A call, ready to be sent.

    ``expected`` are the statuses that are a success; none means those from 200 to 299.
    ``repeats``: it may be sent again where nobody knows what became of it. ``secrets`` are those
    that it carries, in the clear.
    """

    request: ApiRequest
    url: ApiUrl
    expected: frozenset[int]
    repeats: bool
    secrets: frozenset[str]

    def is_success(self, status: int) -> bool:
        """Whether an answer of that status is what the author wants."""
        return status in self.expected if self.expected else 200 <= status < 300

    @property
    def shown(self) -> str:
        """The call for people, quoted: without its query, which may be long or personal."""
        path = self.url.target.partition("?")[0].replace("`", "%60")
        return f"`{self.request.method} {self.url.origin}{path}`"


def read_call(context: StepContext, given: Mapping[str, object]) -> Asked:
    """The call that a step asks for, with its secrets opened.

    Raises:
        StepFailed: ``bad_input``, ``secret_not_given``.
        UserError: ``bad_url``, ``bad_header``.
    """
    method = _method(given)
    url = with_query(read_url(text(given, "url")), list(_query(given)))
    opener = Opener(context=context, origin=url.origin)
    headers = _headers(opener, given)
    body = _body(opener, method, given, headers)
    if method not in ("GET", "HEAD"):
        _default(headers, "Idempotency-Key", _idempotency_key(context))
    check_headers(headers)
    expected = frozenset(_statuses(given))
    return Asked(
        request=ApiRequest(
            method=method,
            url=str(url),
            headers=headers,
            body=body,
            timeout_s=_timeout_s(given),
            wanted=expected,
        ),
        url=url,
        expected=expected,
        repeats=method in REPEATABLE or given.get("repeat") is True,
        secrets=frozenset(opener.opened),
    )


def _method(given: Mapping[str, object]) -> str:
    method = given.get("method", "GET")
    if method not in METHODS:
        raise _bad(f"method is none of {', '.join(METHODS)}")
    return str(method)


def _query(given: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    if given.get("query") is None:
        return
    for name, value in mapping(given, "query").items():
        for part in value if isinstance(value, list | tuple) else [value]:
            if part is not None:
                yield name, _plain(part, f"query {name}")


def _headers(opener: Opener, given: Mapping[str, object]) -> dict[str, str]:
    if given.get("headers") is None:
        return {}
    return {
        name: _plain(opener.open(value), f"header {name}")
        for name, value in mapping(given, "headers").items()
        if value is not None
    }


def _body(
    opener: Opener, method: str, given: Mapping[str, object], headers: dict[str, str]
) -> bytes | None:
    as_json, as_text = given.get("json"), given.get("body")
    if as_json is None and as_text is None:
        return None
    if as_json is not None and as_text is not None:
        raise _bad("json and body are both given")
    if method in ("GET", "HEAD"):
        raise _bad(f"{'body' if as_json is None else 'json'} cannot be sent with {method}")
    if as_json is None:
        _default(headers, "Content-Type", "text/plain; charset=utf-8")
        packed = _plain(opener.open(as_text), "body").encode("utf-8", "replace")
    else:
        _default(headers, "Content-Type", "application/json")
        packed = _json(opener.open(as_json))
    if len(packed) > MOST_BYTES:
        raise _bad(f"body has more than {MOST_BYTES:,} bytes")
    return packed


def _json(value: object) -> bytes:
    try:
        return json.dumps(value, allow_nan=False).encode()
    except (TypeError, ValueError) as exc:
        raise _bad("json holds something that JSON cannot say") from exc


def _default(headers: dict[str, str], name: str, value: str) -> None:
    """What a header is where the author says nothing of it, in any case of letters."""
    if name.lower() not in (known.lower() for known in headers):
        headers[name] = value


def _statuses(given: Mapping[str, object]) -> Iterator[int]:
    expected = given.get("expect")
    for status in expected if isinstance(expected, list | tuple) else ():
        if not isinstance(status, int) or isinstance(status, bool) or not 200 <= status <= 599:
            raise _bad("expect is not a list of statuses from 200 to 599")
        yield status


def _timeout_s(given: Mapping[str, object]) -> float:
    timeout = given.get("timeout", _USUAL_S)
    if not isinstance(timeout, int) or isinstance(timeout, bool) or not 1 <= timeout <= _LONGEST_S:
        raise _bad(f"timeout is not a whole number of seconds from 1 to {_LONGEST_S}")
    return float(timeout)


def _idempotency_key(context: StepContext) -> str:
    """The same for every repetition of one call, and another wherever it was meant anew."""
    parts = (context.run.id, context.step_id, str(context.round))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _plain(value: object, place: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise _bad(f"{place} is no text, number, true or false")


def _bad(problem: str) -> StepFailed:
    return StepFailed(f"The step's {problem}.", reason="bad_input")
