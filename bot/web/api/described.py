"""The description of the API, to be asked for like everything else."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Response

from bot.core.access_scopes import Scope
from bot.web.api.answering import answer
from bot.web.api.operation import Call, Needs, Operation

PREFIX = "/api/v1"


@cache
def description() -> dict[str, Any]:
    """All of it, made once."""
    # Loaded here: what makes it is large, and few ask.
    from bot.web.api.description import describe
    from bot.web.api.groups import OPERATIONS as ALL

    return describe(ALL, PREFIX)


def _description(call: Call) -> Response:
    return answer(description())


OPERATIONS = (
    Operation(
        method="GET",
        address="/openapi.json",
        name="get_description",
        group="Description",
        summary="The description of all this, as OpenAPI 3.1",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        gives={200: "application/json"},
        view=_description,
    ),
)
