"""What is answered where no operation is: most have sent a short id where a whole one belongs."""

from __future__ import annotations

import re

from bot.web.api.problem import Refused, of_status

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: What has an id in its address.
_NAMED = re.compile(
    r"/api/v1/(projects|exports|runs|organisations|deliveries|tokens|hooks)/([^/]+)(/.*)?"
)
_LISTED = {"exports": "projects/{id}/exports"}


def nothing_here(path: str) -> Refused:
    """The 404 of an address."""
    refused = of_status(404)
    found = _NAMED.fullmatch(path)
    if found is not None and not _UUID.fullmatch(found[2]):
        refused.detail = f"Nothing is here: an id of {found[1]} is a whole UUID."
        listed = _LISTED.get(found[1], found[1])
        refused.remedy = (
            f"`GET /api/v1/{listed}` lists them with their ids, of which replies and pages show "
            "the first eight digits."
        )
    return refused
