"""Browsers of people who sign in with a forge."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urlsplit

import httpx
from flask.testing import FlaskClient

from bot.forges.github.sign_in import sign_in_endpoints as github
from bot.forges.gitlab.sign_in import sign_in_endpoints as gitlab
from bot.oauth import OAuthProvider
from tests.web.oauth_server import CLIENT_ID, CLIENT_SECRET, OAuthServer

_LINK = re.compile(r'<a href="([^"]+)" role="button" class="second">Go on to')
_TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


def providers(
    server: OAuthServer, *, secret: str = CLIENT_SECRET, timeout_s: float = 10
) -> dict[str, OAuthProvider]:
    """Both forges, played by one server."""
    more = {"client_id": CLIENT_ID, "client_secret": secret, "timeout_s": timeout_s}
    return {
        "github": OAuthProvider(github(f"{server.url}/api/v3", server.url), **more),  # type: ignore[arg-type]  # as it is
        "gitlab": OAuthProvider(gitlab(server.url), **more),  # type: ignore[arg-type]  # as above
    }


def form_token(browser: FlaskClient, **more: Any) -> str:
    """What the forms of a session carry; empty for who has none."""
    found = _TOKEN.search(browser.get("/account", **more).text)
    return found[1] if found else ""


def begin(browser: FlaskClient, forge: str = "github", *, onwards: str = "", **more: Any) -> str:
    """Press the button, and be sent to the forge; the address there."""
    data = {"token": form_token(browser, **more), "next": onwards}
    answer = browser.post(f"/auth/{forge}", data=data, **more)
    assert answer.status_code == 200, answer.text
    found = _LINK.search(answer.text)
    assert found
    address = html.unescape(found[1])
    assert f'content="0; url={html.escape(address)}"' in answer.text
    return address


def agree(address: str) -> str:
    """Say yes (or no) at the forge; the path that it sends the browser back to."""
    back = urlsplit(httpx.get(address).headers["Location"])
    return f"{back.path}?{back.query}"


def sign_in(browser: FlaskClient, forge: str = "github", *, onwards: str = "", **more: Any) -> Any:
    """All of it; the answer to the second half."""
    return browser.get(agree(begin(browser, forge, onwards=onwards, **more)), **more)
