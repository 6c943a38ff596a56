"""Answers as data: JSON with an ETag, and 304 where nothing has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from flask import Response, request
from pydantic import ConfigDict, TypeAdapter

from bot.errors import UserError
from bot.sealing import seal, unseal
from bot.services import Services
from bot.store.port import Page
from bot.web.api.operation import Paging

T = TypeVar("T")
_WRITER = TypeAdapter[object](Any, config=ConfigDict(ser_json_inf_nan="constants"))


def answer(
    data: object, status: int = 200, *, location: str = "", same_as: object = None
) -> Response:
    """Data as JSON. A GET says 304 to whoever has it already.

    Args:
        same_as: What tells whether it has changed; None: the data itself.
    """
    told = None if same_as is None else _encoded(same_as)
    return _answer(_encoded(data), status, location=location, same_as=told)


def _answer(
    body: bytes, status: int = 200, *, location: str = "", same_as: bytes | None = None
) -> Response:
    headers = {"Location": location} if location else {}
    if status == 200 and request.method in ("GET", "HEAD"):
        told = body if same_as is None else same_as
        etag = _etag(told)
        headers["ETag"] = etag
        if holds(request.headers.get("If-None-Match"), etag):
            return Response(status=304, headers=headers)
    return Response(body + b"\n", status, content_type="application/json", headers=headers)


def etag_of(data: object) -> str:
    """The ETag under which a GET tells this."""
    return _etag(_encoded(data))


def nothing() -> Response:
    """Done, and nothing to say."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def shown_once(response: Response) -> Response:
    """An answer with a secret in it, which nobody on the way may keep."""
    response.headers["Cache-Control"] = "no-store"
    return response


def holds(header: str | None, etag: str) -> bool:
    """Whether a list of ETags names this one; weak ones count, as RFC 9110 has it for reading."""
    if header is None:
        return False
    named = [part.strip().removeprefix("W/") for part in header.split(",")]
    return "*" in named or etag in named


def listing(
    services: Services,
    paging: Paging,
    name: str,
    fetch: Callable[[str | None, int], Page[T]],
    shape: Callable[[T], Mapping[str, object]],
) -> Response:
    """A page of a list, with what leads to the next.

    Where a page ends is told sealed: it would else tell how much there is that nobody may see.
    """
    place = ("page", name)
    after = None
    if paging.after:
        try:
            after = unseal(services.keys, paging.after, bound_to=place)
        except UserError as exc:
            raise UserError(
                "There is no such page of this list.",
                reason="unknown_page",
                remedy="Give what `next` said, or begin anew without `after`.",
            ) from exc
    page = fetch(after, paging.limit)
    items = _encoded([shape(item) for item in page.items])
    following = None if page.next is None else seal(services.keys, page.next, bound_to=place)
    # Each seal is another, so that it would make every page look changed; and what is in it could
    # be guessed by the ETag.
    same_as = items + _encoded(page.next is not None)
    return _answer(b'{"items":%b,"next":%b}' % (items, _encoded(following)), same_as=same_as)


def whole(items: Iterable[Mapping[str, object]]) -> Response:
    """A list that is never long."""
    return answer({"items": list(items), "next": None})


def moment(at: datetime | None) -> str | None:
    """A time as RFC 3339 has it."""
    return at.isoformat().replace("+00:00", "Z") if at else None


def _etag(told: bytes) -> str:
    return f'"{hashlib.sha256(told).hexdigest()[:32]}"'


def _encoded(data: object) -> bytes:
    try:
        # Times are written as `moment` has them, and all of it several times as fast.
        return _WRITER.dump_json(data, fallback=_plain)
    except ValueError:
        # What UTF-8 has no bytes for, or is nested deeply.
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_plain)
        return text.encode("utf-8", "replace")


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime):
        return moment(value)
    return str(value)
