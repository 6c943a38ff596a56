"""The description of the API, to be asked for like everything else."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Response
from pydantic import Field

from bot.core.access_scopes import Scope
from bot.web.api.answering import answer
from bot.web.api.operation import Call, Caller, Needs, Operation, Strict

PREFIX = "/api/v1"


@cache
def description() -> dict[str, Any]:
    """All of it, made once."""
    # Loaded here: what makes it is large, and few ask.
    from bot.web.api.description import describe
    from bot.web.api.groups import OPERATIONS as ALL

    return describe(ALL, PREFIX)


class DescriptionQuery(Strict):
    """How much of it."""

    mine: bool = Field(False, description="Only what whoever asks may ask for.")


def _description(call: Call) -> Response:
    return answer(_of(call.caller) if call.query.mine else description())


def _of(caller: Caller) -> dict[str, Any]:
    """The description of what somebody may ask for at all; of what exactly, each call decides."""
    from bot.web.api.groups import OPERATIONS as ALL

    known = {each.name for each in ALL if each.is_for(caller)}
    whole = description()
    paths = {
        path: {method: said for method, said in item.items() if said["operationId"] in known}
        for path, item in whole["paths"].items()
    }
    return {**whole, "paths": {path: item for path, item in paths.items() if item}}


OPERATIONS = (
    Operation(
        method="GET",
        address="/openapi.json",
        name="get_description",
        group="Description",
        summary="The description of all this, as OpenAPI 3.1",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        query=DescriptionQuery,
        gives={200: "application/json"},
        view=_description,
    ),
)
