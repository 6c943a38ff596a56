"""Where requests to a provider go, and where they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.agents.call_time import CallTime
from bot.agents.models import providers
from bot.agents.models.wire import Endpoint, HttpWire, WireRequest
from bot.core.model_calls import ModelName
from bot.errors import BotError
from tests.agents import web

_REQUEST = WireRequest(
    model=ModelName(provider="openai", name="some"), purpose="file", body={"model": "some"}
)


def wire(url: str, *addresses: str) -> HttpWire:
    endpoint = Endpoint(base_url=url, path="/chat/completions", headers={})
    if not addresses:
        return HttpWire(endpoint)
    return HttpWire(endpoint, resolver=lambda host, port: addresses)


def refused(wire: HttpWire) -> str:
    with pytest.raises(BotError) as caught:
        wire.exchange(_REQUEST, CallTime(30.0))
    return caught.value.reason


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "::ffff:169.254.169.254"]
)
def test_metadata_is_never_meant(address: str) -> None:
    assert refused(wire("http://models.example", address)) == "private_address"


def test_a_base_may_have_a_path() -> None:
    with web.serving() as server:
        server.says(200, b"{}")
        assert wire(f"{server.url}/gateway/v1/").exchange(_REQUEST, CallTime(30.0)).status == 200
        assert server.asked[0].path == "/gateway/v1/chat/completions"


def test_no_redirect_is_followed() -> None:
    with web.serving() as server, web.serving() as other:
        server.says(307, b"", location=other.url)
        assert wire(server.url).exchange(_REQUEST, CallTime(30.0)).status == 307
        assert other.asked == []


def test_a_certificate_that_does_not_hold_is_told(tmp_path: Path) -> None:
    shown, believed = web.certificate(tmp_path, "localhost")
    with web.serving(shown) as server:
        url = server.url.replace("http://127.0.0.1", "https://localhost")
        assert refused(wire(url)) == "bad_certificate"
        assert server.asked == []
        endpoint = Endpoint(base_url=url, path="/chat/completions", headers={})
        trusting = HttpWire(endpoint, tls=lambda: believed)
        assert trusting.exchange(_REQUEST, CallTime(30.0)).body == b"hello"


@pytest.mark.parametrize(
    "base_url", [None, "https://api.openai.com/v1", "https://api.openai.com/v1/"]
)
def test_openai_wants_a_key_and_servers_of_ones_own_need_none(base_url: str | None) -> None:
    assert "OPENAI_API_KEY" in (HttpWire(providers.openai(base_url, None)).problem() or "")
    assert HttpWire(providers.openai(base_url, "k")).problem() is None
    assert HttpWire(providers.openai("http://localhost:11434/v1", None)).problem() is None
    assert "ANTHROPIC_API_KEY" in (HttpWire(providers.anthropic(None, None)).problem() or "")


@pytest.mark.parametrize(
    "base_url", [None, "https://api.anthropic.com", "https://api.anthropic.com/v1"]
)
def test_anthropic_is_found_with_and_without_its_version(base_url: str | None) -> None:
    url = providers.anthropic(base_url, "k").url
    assert str(url) == "https://api.anthropic.com/v1/messages"
