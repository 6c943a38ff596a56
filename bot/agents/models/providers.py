"""The providers that a model can be of, and where each is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from bot.agents.models import anthropic_protocol, openai_protocol
from bot.agents.models.reading import Ended
from bot.agents.models.wire import Endpoint
from bot.core.model_calls import Usage


class Speech(Protocol):
    """A provider's protocol: the same functions in a module each."""

    def sent(
        self, body: Mapping[str, Any], name: str, most: int, *, newer: bool
    ) -> dict[str, Any]: ...

    def usage(self, answer: Mapping[str, Any]) -> Usage | None: ...

    def ended(self, answer: Mapping[str, Any]) -> Ended: ...


#: By provider. The one that ships with the program speaks as most do.
SPEECHES: Mapping[str, Speech] = {
    "openai": openai_protocol,
    "anthropic": anthropic_protocol,
    "scripted": openai_protocol,
}


def openai(base_url: str | None, key: str | None) -> Endpoint:
    """OpenAI, or a server that speaks its protocol."""
    base_url = (base_url or openai_protocol.OFFICIAL).rstrip("/")
    is_official = base_url == openai_protocol.OFFICIAL
    return Endpoint(
        base_url=base_url,
        is_official=is_official,
        path=openai_protocol.PATH,
        headers=openai_protocol.headers(key),
        # Servers of one's own often want no key.
        lacking=_lacking("OPENAI_API_KEY", "openai") if is_official and not key else "",
    )


def anthropic(base_url: str | None, key: str | None) -> Endpoint:
    """Anthropic, or a gateway that speaks its protocol."""
    base_url = (base_url or anthropic_protocol.OFFICIAL).rstrip("/").removesuffix("/v1")
    is_official = base_url == anthropic_protocol.OFFICIAL
    return Endpoint(
        base_url=base_url,
        is_official=is_official,
        path=anthropic_protocol.PATH,
        headers=anthropic_protocol.headers(key),
        lacking=_lacking("ANTHROPIC_API_KEY", "anthropic") if is_official and not key else "",
    )


def _lacking(key: str, provider: str) -> str:
    return f"FIRSTCOMMIT_MODEL names a model of {provider}, and {key} is not set; set it."
