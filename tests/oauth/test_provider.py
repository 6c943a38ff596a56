"""Asking a forge who somebody is, at a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from bot.build import build
from bot.errors import BotError, ConfigurationError, Transient, UserError
from bot.forges.github.sign_in import sign_in_endpoints as github
from bot.forges.gitlab.sign_in import sign_in_endpoints as gitlab
from bot.oauth import OAuthProvider
from bot.setting_keys import Secret
from bot.settings import Settings
from tests.agents.web import Says, speaking
from tests.parts import free_port
from tests.web.oauth_server import (
    CLIENT_ID,
    CLIENT_SECRET,
    TOKEN,
    USER,
    OAuthServer,
    oauth_server,
    said,
)

CALLBACK = "http://localhost/auth/github/callback"
VERIFIER = "v" * 64
TOKEN_PATH, USER_PATH = TOKEN[0], USER[0]


@pytest.fixture
def server() -> Iterator[OAuthServer]:
    with oauth_server() as server:
        yield server


def provider(url: str, *, secret: str = CLIENT_SECRET, timeout_s: float = 10) -> OAuthProvider:
    return OAuthProvider(
        github(f"{url}/api/v3", url),
        client_id=CLIENT_ID,
        client_secret=secret,
        timeout_s=timeout_s,
    )


def code(of: OAuthProvider, verifier: str = VERIFIER) -> str:
    """What a browser brings back whose person has agreed."""
    address = of.address(redirect_uri=CALLBACK, state="s" * 43, verifier=verifier)
    answer = httpx.get(address)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))["code"]


def refusal(of: OAuthProvider, code: str = "x", verifier: str = VERIFIER) -> BotError:
    with pytest.raises(BotError) as caught:
        of.account(redirect_uri=CALLBACK, code=code, verifier=verifier)
    return caught.value


def test_the_address_says_who_asks_and_how_it_can_be_ended(server: OAuthServer) -> None:
    address = provider(server.url).address(redirect_uri=CALLBACK, state="st", verifier=VERIFIER)
    query = parse_qs(urlsplit(address).query)
    assert address.startswith(f"{server.url}/login/oauth/authorize?")
    assert query["client_id"] == [CLIENT_ID]
    assert query["redirect_uri"] == [CALLBACK]
    assert query["state"] == ["st"]
    assert query["code_challenge_method"] == ["S256"]
    assert VERIFIER not in address
    assert CLIENT_SECRET not in address
    assert server.paths() == []


def test_a_code_says_whose_account_it_is(server: OAuthServer) -> None:
    of = provider(server.url)
    account = of.account(redirect_uri=CALLBACK, code=code(of), verifier=VERIFIER)
    assert (account.forge, account.account_id, account.login) == ("github", "1", "ada")
    assert server.paths()[1:] == [TOKEN_PATH, USER_PATH]


def test_on_gitlab_likewise_and_it_is_asked_for_no_more_than_who(server: OAuthServer) -> None:
    of = OAuthProvider(gitlab(f"{server.url}/"), client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    server.is_(7, "ada.l")
    account = of.account(redirect_uri=CALLBACK, code=code(of), verifier=VERIFIER)
    assert (account.forge, account.account_id, account.login) == ("gitlab", "7", "ada.l")
    asked = parse_qs(urlsplit(server.web.asked[0].path).query)
    assert asked["scope"] == ["read_user"]


def test_a_code_is_good_once_and_for_its_verifier(server: OAuthServer) -> None:
    of = provider(server.url)
    given = code(of)
    of.account(redirect_uri=CALLBACK, code=given, verifier=VERIFIER)
    assert refusal(of, given).reason == "sign_in_refused"
    assert "bad_verification_code" in refusal(of, code(of), "w" * 64).message


def test_a_wrong_secret_is_the_operators_to_mend(server: OAuthServer) -> None:
    of = provider(server.url, secret="wr0ng-s3cret")
    found = refusal(of, code(of))
    assert (found.reason, "operator" in found.remedy) == ("provider_settings", True)
    assert "wr0ng" not in str(found)


@pytest.mark.parametrize(
    ("path", "says", "reason"),
    [
        (TOKEN_PATH, Says(status=502, body=b"<html>"), "provider_away"),
        (TOKEN_PATH, Says(status=429), "provider_away"),
        (TOKEN_PATH, Says(drop=True), "provider_away"),
        (TOKEN_PATH, Says(status=302, headers={"Location": "http://127.0.0.1:9/"}), "bad_answer"),
        (TOKEN_PATH, Says(body=b"<html>hello</html>"), "bad_answer"),
        (TOKEN_PATH, Says(body=b"[" * 9_000), "bad_answer"),
        (TOKEN_PATH, said([]), "bad_answer"),
        (TOKEN_PATH, said({}), "bad_answer"),
        (TOKEN_PATH, said({"access_token": 7}), "bad_answer"),
        (TOKEN_PATH, said({"access_token": "a\r\nX: y"}), "bad_answer"),
        (TOKEN_PATH, said({"access_token": "a", "expires_in": "soon"}), "bad_answer"),
        (TOKEN_PATH, said({"error": "<b>"}), "sign_in_refused"),
        (TOKEN_PATH, said({"error": None}), "sign_in_refused"),
        (TOKEN_PATH, said({"error": "invalid_client"}, 401), "provider_settings"),
        (USER_PATH, Says(status=500), "provider_away"),
        (USER_PATH, Says(status=401), "bad_answer"),
        (USER_PATH, Says(status=301, headers={"Location": "http://127.0.0.1:9/"}), "bad_answer"),
        (USER_PATH, said({"login": "ada"}), "bad_answer"),
        (USER_PATH, said({"id": "1", "login": "ada"}), "bad_answer"),
        (USER_PATH, said({"id": True, "login": "ada"}), "bad_answer"),
        (USER_PATH, said({"id": 1, "login": None}), "bad_answer"),
        (USER_PATH, said([1]), "bad_answer"),
        (USER_PATH, Says(body=b"\xff"), "bad_answer"),
    ],
)
def test_what_goes_wrong_there_is_said_here(
    server: OAuthServer, path: str, says: Says, reason: str
) -> None:
    of = provider(server.url)
    given = code(of)
    server.instead[path] = says
    found = refusal(of, given)
    assert found.reason == reason
    assert isinstance(found, Transient if reason == "provider_away" else UserError)
    assert "<" not in found.message
    assert "GitHub" in found.message


def test_nobody_waits_for_ever(server: OAuthServer) -> None:
    assert refusal(provider(f"http://127.0.0.1:{free_port()}")).reason == "provider_away"
    with speaking(b"HTTP/1.1 200 OK\r\n") as port:
        found = refusal(provider(f"http://127.0.0.1:{port}", timeout_s=0.2))
    assert found.reason == "provider_away"


def test_a_blocked_account_signs_nobody_in(server: OAuthServer) -> None:
    of = OAuthProvider(gitlab(server.url), client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    server.person = {"id": 7, "username": "eve", "state": "blocked"}
    assert refusal(of, code(of)).reason == "bad_answer"


@pytest.mark.parametrize(
    ("api_url", "web_url", "asks", "account"),
    [
        (
            "https://api.github.com",
            "",
            "https://github.com/login/oauth/authorize",
            "https://api.github.com/user",
        ),
        (
            "https://git.example/api/v3/",
            "",
            "https://git.example/login/oauth/authorize",
            "https://git.example/api/v3/user",
        ),
        (
            "https://api.corp.ghe.com",
            "https://corp.ghe.com/",
            "https://corp.ghe.com/login/oauth/authorize",
            "https://api.corp.ghe.com/user",
        ),
    ],
)
def test_where_github_is(api_url: str, web_url: str, asks: str, account: str) -> None:
    found = github(api_url, web_url)
    assert (found.authorize_url, found.account_url) == (asks, account)


def test_no_secret_is_sent_without_encryption() -> None:
    for make in (
        lambda: github("http://git.example/api/v3"),
        lambda: github("https://git.example/api/v3", "http://git.example"),
        lambda: gitlab("http://git.example"),
    ):
        with pytest.raises(ConfigurationError, match="https://"):
            make()


def test_people_sign_in_where_an_id_and_a_secret_are_set(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert build(settings).sign_in == {}
    both = settings.replace(
        github_client_id="a",
        github_client_secret=Secret("b"),
        gitlab_client_id="c",
        gitlab_client_secret=Secret("d"),
    )
    titles = {forge: one.title for forge, one in build(both).sign_in.items()}
    assert titles == {"github": "GitHub", "gitlab": "GitLab"}
