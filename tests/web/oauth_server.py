"""A forge that people sign in with: a small, strict OAuth provider on a port of this machine.

It speaks GitHub's addresses and GitLab's. Codes are good once, for the client, callback and
verifier that they were asked with; whoever is ``person`` has just agreed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.agents.web import Asked, Says, Web, serving

CLIENT_ID = "client-1"
CLIENT_SECRET = "client-s3cret"
AUTHORIZE = ("/login/oauth/authorize", "/oauth/authorize")
TOKEN = ("/login/oauth/access_token", "/oauth/token")
USER = ("/api/v3/user", "/api/v4/user")


@dataclass
class OAuthServer:
    """The forge. Its answers can be replaced one by one."""

    web: Web
    #: Who sits in front of the browser, as this forge knows them.
    person: Mapping[str, object] = field(default_factory=lambda: {"id": 1, "login": "ada"})
    agrees: bool = True
    #: Answers instead of those of a path.
    instead: dict[str, Says] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    access: dict[str, Mapping[str, object]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.web.url

    def is_(self, id: int, login: str) -> None:
        """Somebody else sits there from now on. GitLab calls a login ``username``."""
        self.person = {"id": id, "login": login, "username": login, "state": "active"}

    def paths(self) -> list[str]:
        """What it was asked for, in order."""
        return [urlsplit(asked.path).path for asked in self.web.asked]

    def answer(self, asked: Asked) -> Says:
        parts = urlsplit(asked.path)
        if parts.path in self.instead:
            return self.instead[parts.path]
        if parts.path in AUTHORIZE:
            return self._authorize(dict(parse_qsl(parts.query, keep_blank_values=True)))
        if parts.path in TOKEN and asked.method == "POST":
            return self._token(dict(parse_qsl(asked.body.decode())))
        if parts.path in USER:
            return self._user(asked.headers.get("authorization", ""))
        return Says(status=404)

    def _authorize(self, query: dict[str, str]) -> Says:
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert len(query["state"]) >= 43
        if self.agrees:
            code = secrets.token_hex(10)
            self.codes[code] = query
            answer = {"code": code, "state": query["state"]}
        else:
            answer = {"error": "access_denied", "state": query["state"]}
        address = f"{query['redirect_uri']}?{urlencode(answer)}"
        return Says(status=302, headers={"Location": address})

    def _token(self, form: dict[str, str]) -> Says:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            # GitHub answers 200 whatever it says; GitLab answers 401.
            return said({"error": "incorrect_client_credentials"})
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form.get("redirect_uri")
            or form.get("grant_type") != "authorization_code"
        ):
            return said({"error": "bad_verification_code"})
        access = f"access-{secrets.token_hex(10)}"
        self.access[access] = self.person
        return said({"access_token": access, "token_type": "bearer", "scope": ""})

    def _user(self, authorization: str) -> Says:
        person = self.access.get(authorization.removeprefix("Bearer "))
        return said({"message": "Bad credentials"}, 401) if person is None else said(person)


def said(data: object, status: int = 200) -> Says:
    """An answer in JSON."""
    headers = {"Content-Type": "application/json"}
    return Says(status=status, headers=headers, body=json.dumps(data).encode())


@contextmanager
def oauth_server() -> Iterator[OAuthServer]:
    """One that runs as long as the block does."""
    with serving() as web:
        server = OAuthServer(web=web)
        web.answerer = server.answer
        yield server
