"""OpenAPI documents: ours as the API tells it to whoever asks, and those at allowed addresses."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.agents.call_failures import refused
from bot.core.api_values import ApiAnswer
from bot.core.openapi import MOST_BYTES, OURS, ApiDocument, bad_document, check_version
from bot.core.openapi_servers import base_of
from bot.errors import UserError

Get = Callable[[str, Mapping[str, object] | None], ApiAnswer]


@dataclass(frozen=True)
class Documents:
    """Those that one step has read, each once."""

    _read: dict[str, ApiDocument] = field(default_factory=dict)
    most_bytes: int = MOST_BYTES

    def read(self, address: str, get: Get) -> ApiDocument:
        """The document at an address, or our own.

        Raises:
            ApiFailed: ``bad_document``, ``foreign_server``; as a call does.
        """
        if address not in self._read:
            try:
                self._read[address] = _ours(get) if address == OURS else _theirs(address, get)
            except UserError as exc:
                raise refused(exc) from exc
        return self._read[address]


def _ours(get: Get) -> ApiDocument:
    # What the person may not ask for is left out by whoever decides it.
    data = _parsed(OURS, get("/openapi.json", {"mine": True}))
    return ApiDocument(data=check_version(data, OURS), prefix="/api/v1")


def _theirs(address: str, get: Get) -> ApiDocument:
    if address.startswith("/"):
        raise bad_document(address, "has no address that begins with https://")
    data = check_version(_parsed(address, get(address, None)), address)
    return ApiDocument(data=data, address=address, base=base_of(data, address))


def _parsed(address: str, answer: ApiAnswer) -> object:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as exc:
        raise bad_document(address, "cannot be read as JSON") from exc
