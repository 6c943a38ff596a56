"""What the proxy knows beside the emulator: tokens, suspensions, reactions, statuses."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

from tests.e2e.exchange import Answer, Request
from tests.e2e.world import World

if TYPE_CHECKING:
    from tests.e2e.hooks import Hooks

#: Headers that belong to one connection, or that httpx writes itself.
HOP_BY_HOP = frozenset(
    (
        "connection",
        "content-encoding",
        "content-length",
        "host",
        "keep-alive",
        "transfer-encoding",
    )
)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What an installation token may do; ``repository_ids`` is None for all of the account."""

    installation_id: int
    account: str
    permissions: Mapping[str, str]
    repository_ids: frozenset[int] | None

    def may_write(self, permission: str) -> bool:
        return self.permissions.get(permission) == "write"

    def may_read(self, permission: str) -> bool:
        return permission in self.permissions

    def covers(self, repository: Mapping[str, Any]) -> bool:
        """Whether the token reaches a repository (its document)."""
        if repository["owner"]["login"] != self.account:
            return False
        return self.repository_ids is None or repository["id"] in self.repository_ids


@dataclass(kw_only=True)
class Site:
    """The emulator as the proxy's routes use it, and all state that it lacks.

    Routes run in many threads; whoever reads and then writes one of the dictionaries holds
    ``lock``.
    """

    world: World
    address: str
    upstream: str = ""
    lock: threading.RLock = field(default_factory=threading.RLock)
    grants: dict[str, Grant] = field(default_factory=dict)
    #: Installation id -> when it was suspended.
    suspended: dict[int, str] = field(default_factory=dict)
    uninstalled: set[int] = field(default_factory=set)
    #: Full name in lower case -> as it is written.
    names: dict[str, str] = field(default_factory=dict)
    #: Old full name in lower case -> repository id.
    moved: dict[str, int] = field(default_factory=dict)
    #: (repository id, login) -> pull, triage, push, maintain or admin.
    collaborators: dict[tuple[int, str], str] = field(default_factory=dict)
    filled: set[int] = field(default_factory=set)
    #: Full names in lower case.
    made_by_app: set[str] = field(default_factory=set)
    signed: set[str] = field(default_factory=set)
    #: Path of a comment or an issue -> reactions, oldest first.
    reactions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    #: (repository id, commit id) -> statuses, newest first.
    statuses: dict[tuple[int, str], list[dict[str, Any]]] = field(default_factory=dict)
    #: Ids for what the proxy keeps itself.
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    bot: dict[str, Any] = field(default_factory=dict)
    app: dict[str, Any] = field(default_factory=dict)
    hooks: Hooks | None = None
    _client: httpx.Client = field(
        # The emulator drops idle connections after five seconds; ours have to be younger.
        default_factory=lambda: httpx.Client(
            timeout=60, limits=httpx.Limits(keepalive_expiry=2), trust_env=False, verify=False
        )
    )

    def close(self) -> None:
        self._client.close()

    def forward(self, request: Request, *, token: str | None = None) -> Answer:
        """Hand a request to the emulator, in the name of ``token`` where one is given."""
        headers = {k: v for k, v in request.headers.items() if k not in HOP_BY_HOP}
        # The answer is read here and mended, so it must not be packed.
        headers["accept-encoding"] = "identity"
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        url = f"{self.upstream}{request.path}" + (f"?{request.query}" if request.query else "")
        got = self._client.request(request.method, url, headers=headers, content=request.body)
        kept = {k.lower(): v for k, v in got.headers.items() if k.lower() not in HOP_BY_HOP}
        return Answer(status=got.status_code, body=got.content, headers=kept)

    def get(self, path: str, *, as_owner_of: str, query: str = "") -> Any:
        """A document that the owner of an account sees; None where there is none."""
        got = self.forward(
            Request(method="GET", path=path, query=query), token=self.owner_token(as_owner_of)
        )
        return got.document if got.ok else None

    def repository(self, owner: str, name: str) -> dict[str, Any] | None:
        """The document of a repository, whoever asks."""
        document = self.get(f"/repos/{owner}/{name}", as_owner_of=owner)
        return document if isinstance(document, dict) else None

    def grant(self, request: Request) -> Grant | None:
        """What the installation token of a request may do; None for people and the App."""
        return self.grants.get(request.token)

    def owner_token(self, account: str) -> str:
        """A token that may do everything in an account."""
        return self.world.token_of(self.world.owner_of(account))

    def user(self, login: str) -> dict[str, Any] | None:
        """The document of a person or a bot."""
        some_person = self.world.people[0]
        document = self.get(f"/users/{quote(login, safe='')}", as_owner_of=some_person)
        return document if isinstance(document, dict) else None

    def actor(self, request: Request) -> dict[str, Any]:
        """The account that a request is made by."""
        if self.grant(request):
            return self.bot
        people = {self.world.token_of(login): login for login in self.world.people}
        user = self.user(people[request.token])
        assert user is not None
        return user

    def expire_tokens(self) -> None:
        """Make every installation token that was given out so far unknown."""
        with self.lock:
            self.grants.clear()


Handler = Callable[..., Answer]


@dataclass(frozen=True, kw_only=True)
class Route:
    """One endpoint that the proxy answers or mends; groups of the pattern become arguments."""

    method: str
    pattern: re.Pattern[str]
    handle: Handler


def route(method: str, template: str, handle: Handler) -> Route:
    """A route for a template such as ``/repos/{owner}/{name}/git/refs``.

    ``{x}`` is one part of the path, ``{x#}`` a number, ``{x...}`` spans slashes.
    """
    pattern = re.sub(r"\{(\w+)\.\.\.\}", r"(?P<\1>.+)", template)
    pattern = re.sub(r"\{(\w+)#\}", r"(?P<\1>\\d+)", pattern)
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
    return Route(method=method, pattern=re.compile(f"^{pattern}$"), handle=handle)
