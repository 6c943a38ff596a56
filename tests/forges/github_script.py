"""A GitHub of prepared answers, for what the emulator cannot be brought to do.

Answers have the shapes of https://docs.github.com/rest, cut to what an adapter may look at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.core.identity import Actor, Repository, Thread
from bot.core.pace import PaceLimits
from bot.errors import BotError
from bot.forges.github.forge import GitHubForge
from bot.forges.port import Pace
from bot.pace import ProcessPace

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NO_PACE = PaceLimits(burst=100_000, per_second=1e6, per_minute=100_000, per_hour=100_000)
GRANTED = {
    "metadata": "read",
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
    "checks": "write",
    "members": "read",
    "administration": "write",
}
REPOSITORY = Repository(
    forge="github", id="1296269", owner="acme", owner_id="77", name="orders", installation="9"
)
THREAD = Thread(repository=REPOSITORY, number=5)
OLGA = Actor(forge="github", account_id="101", login="olga")

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@cache
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


def answer(document: object = None, status: int = 200, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if document is None:
        return httpx.Response(status, headers=named)
    return httpx.Response(status, json=document, headers=named)


def refusal(status: int, message: str, errors: object = None, **headers: str) -> httpx.Response:
    document: dict[str, object] = {"message": message, "documentation_url": "https://docs"}
    if errors is not None:
        document["errors"] = errors
    return answer(document, status, **headers)


def installation(**fields: object) -> dict[str, object]:
    """https://docs.github.com/rest/apps/apps#get-an-installation-for-the-authenticated-app"""
    document: dict[str, object] = {
        "id": 9,
        "account": {"login": "acme", "id": 77, "type": "Organization"},
        "repository_selection": "all",
        "html_url": "https://github.com/organizations/acme/settings/installations/9",
        "app_id": 1,
        "permissions": GRANTED,
        "events": ["issue_comment", "issues", "pull_request", "repository"],
        "suspended_at": None,
    }
    return {**document, **fields}


class GitHubScript:
    """Answers requests from a list, and remembers them.

    Each answer of a route is given once, the last one for ever. A route that was not prepared
    fails the test.
    """

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.now = NOW
        self.slept: list[float] = []
        self._routes: list[tuple[str, re.Pattern[str], list[Answer]]] = []
        self._tokens = 0
        self.on("POST", r"/app/installations/9/access_tokens", self._token)
        self.on("GET", r"/app/installations/9", answer(installation()))

    def on(self, method: str, path: str, *answers: Answer) -> None:
        """Prepare answers; a later preparation of the same route takes the earlier one's place."""
        self._routes.insert(0, (method, re.compile(path), list(answers)))

    def forge(self, **changes: Any) -> GitHubForge:
        pace: Pace = ProcessPace(NO_PACE)
        settings: dict[str, Any] = {
            "app_id": 1,
            "private_key": private_key(),
            "pace": pace,
            "secret_key": "kept from Redis",
            "clock": lambda: self.now,
            "sleep": self.slept.append,
            "transport": httpx.MockTransport(self._answer),
        }
        return GitHubForge(**{**settings, **changes})

    def sent(self, method: str, path: str) -> list[httpx.Request]:
        """Requests of a route, oldest first."""
        return [
            request
            for request in self.requests
            if request.method == method and re.fullmatch(path, request.url.path)
        ]

    def bodies(self, method: str, path: str) -> list[Any]:
        return [json.loads(request.content) for request in self.sent(method, path)]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        for method, path, answers in self._routes:
            if method == request.method and path.fullmatch(request.url.path):
                found = answers.pop(0) if len(answers) > 1 else answers[0]
                if isinstance(found, Exception):
                    raise found
                if isinstance(found, httpx.Response):
                    # The same prepared answer may be given several times.
                    return httpx.Response(
                        found.status_code, headers=found.headers, content=found.content
                    )
                return found(request)
        raise AssertionError(f"not prepared: {request.method} {request.url}")

    def _token(self, request: httpx.Request) -> httpx.Response:
        """https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app"""
        self._tokens += 1
        expires = (self.now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return answer({"token": f"ghs_secret{self._tokens}", "expires_at": expires}, 201)


def told(error: BotError) -> str:
    """All that an error says to people."""
    return f"{error.message} {error.remedy}"
