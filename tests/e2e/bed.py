"""A whole GitHub for one test: emulator, proxy, webhooks, people."""

from __future__ import annotations

import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import jwt

from tests.e2e.emulate import emulator
from tests.e2e.faults import Calls, Faults
from tests.e2e.hooks import Delivery, Hooks, headers_of
from tests.e2e.person import Person
from tests.e2e.proxy import HOOK_PATH, Proxy, Server, serving
from tests.e2e.site import Site
from tests.e2e.world import App, World

JWT_AGE_S = 60
JWT_LIFE_S = 480
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class GitHubServer:
    """GitHub as a test uses it. ``url`` is the API's address."""

    url: str
    world: World
    site: Site
    hooks: Hooks
    faults: Faults
    calls: Calls
    log: Path
    _people: dict[str, Person] = field(default_factory=dict)

    @property
    def app(self) -> App:
        return self.world.app

    @property
    def deliveries(self) -> Sequence[Delivery]:
        """Webhooks that the App was sent, oldest first."""
        return tuple(self.hooks.deliveries)

    def environment(self) -> dict[str, str]:
        """The settings with which the product talks to this GitHub."""
        return {
            "GITHUB_API_URL": self.url,
            "GITHUB_WEB_URL": self.url,
            "GITHUB_APP_ID": str(self.app.app_id),
            "GITHUB_PRIVATE_KEY": self.app.private_key,
            "GITHUB_WEBHOOK_SECRET": self.app.webhook_secret,
        }

    def deliver_to(self, url: str) -> None:
        """From now on send webhooks to ``url``; until then they are only kept."""
        self.hooks.target = url

    def as_user(self, login: str) -> Person:
        """A person of the world."""
        if login not in self._people:
            client = self.client(self.world.token_of(login))
            self._people[login] = Person(login=login, client=client)
        return self._people[login]

    def client(self, token: str = "") -> httpx.Client:
        """A bare client of the API, in the name of any token or JWT."""
        # Reading the certificates of the machine takes longer than many a test.
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(
            base_url=self.url, headers=headers, timeout=60, trust_env=False, verify=False
        )

    def jwt(self, *, life_s: int = JWT_LIFE_S) -> str:
        """What the App proves itself with."""
        now = int(time.time())
        claims = {"iat": now - JWT_AGE_S, "exp": now + life_s, "iss": str(self.app.app_id)}
        return jwt.encode(claims, self.app.private_key, algorithm="RS256")

    def installation_token(self, account: str = "acme", **narrowed: object) -> str:
        """A token of the App on an account, narrowed as asked for."""
        number = self.world.installation_on(account).installation_id
        with self.client(self.jwt()) as app:
            got = app.post(f"/app/installations/{number}/access_tokens", json=narrowed)
        got.raise_for_status()
        return str(got.json()["token"])

    def suspend(self, account: str = "acme") -> Delivery:
        """Suspend the App there; tokens are refused and the App is told."""
        return self._tell_installation(account, "suspend", "PUT", "/suspended")

    def unsuspend(self, account: str = "acme") -> Delivery:
        return self._tell_installation(account, "unsuspend", "DELETE", "/suspended")

    def uninstall(self, account: str = "acme") -> Delivery:
        return self._tell_installation(account, "deleted", "DELETE", "")

    def installed(self, account: str = "acme") -> Delivery:
        """Tell the App that it was installed there; the seed did so without a webhook."""
        return self.hooks.emit("installation", self._installation_payload(account, "created"))

    def send(
        self,
        event: str,
        body: bytes,
        *,
        guid: str | None = None,
        secret: str | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> httpx.Response:
        """Post a hand-made delivery to where webhooks go, signed as GitHub does.

        Args:
            guid: The delivery id; a fresh one where None.
            secret: Another secret than the right one.
            headers: Put over the right headers; None takes one away.
        """
        signed = headers_of(
            event,
            body,
            guid=guid or str(uuid.uuid4()),
            secret=self.app.webhook_secret if secret is None else secret,
        )
        sent = {k: v for k, v in {**signed, **(headers or {})}.items() if v is not None}
        return httpx.post(
            self.hooks.target, content=body, headers=sent, timeout=60, trust_env=False, verify=False
        )

    def delivery_of(
        self, event: str, action: str | None = None, *, timeout_s: float = 10
    ) -> Delivery:
        """The newest delivery of an event, waited for."""

        def newest() -> Delivery | None:
            fitting = [
                each
                for each in self.deliveries
                if each.event == event and action in (None, each.action)
            ]
            return fitting[-1] if fitting else None

        return eventually(newest, timeout_s=timeout_s)

    def _tell_installation(self, account: str, action: str, method: str, rest: str) -> Delivery:
        payload = self._installation_payload(account, action)
        number = self.world.installation_on(account).installation_id
        with self.client(self.jwt()) as app:
            app.request(method, f"/app/installations/{number}{rest}").raise_for_status()
        return self.hooks.emit("installation", payload)

    def _installation_payload(self, account: str, action: str) -> dict[str, Any]:
        number = self.world.installation_on(account).installation_id
        with self.client(self.jwt()) as app:
            installation = app.get(f"/app/installations/{number}").raise_for_status().json()
        owner = self.site.user(self.world.owner_of(account))
        return {"action": action, "installation": installation, "sender": owner}


@contextmanager
def github(node: Path, world: World | None = None) -> Iterator[GitHubServer]:
    """Start a GitHub with ``world`` in it; stops when the block ends."""
    world = world or World()
    server = Server()
    site = Site(world=world, address=server.address)
    hooks = Hooks(site=site)
    site.hooks = hooks
    faults, calls = Faults(), Calls(people=frozenset(world.people))
    proxy = Proxy(site=site, hooks=hooks, faults=faults, calls=calls)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fc-github-")))
        stack.callback(site.close)
        stack.callback(hooks.close)
        seed = world.seed(f"{server.address}{HOOK_PATH}")
        site.upstream = stack.enter_context(
            emulator(node, seed, advertised=server.address, folder=folder)
        )
        stack.enter_context(serving(server, proxy))
        bed = GitHubServer(
            url=server.address,
            world=world,
            site=site,
            hooks=hooks,
            faults=faults,
            calls=calls,
            log=folder / "emulate.log",
        )
        _settle(bed)
        yield bed
        for person in bed._people.values():
            person.client.close()


def eventually(look: Callable[[], T | None], *, timeout_s: float = 60) -> T:
    """What ``look`` gives once it is neither None nor False nor empty; fails after a while."""
    began = time.monotonic()
    while not (found := look()):
        waited_s = time.monotonic() - began
        if waited_s > timeout_s:
            raise AssertionError(f"nothing came within {timeout_s} s")
        # Looking takes processors from what is waited for: the longer that takes, the less.
        time.sleep(min(max(0.02, waited_s / 10), 0.2))
    return found


def _settle(bed: GitHubServer) -> None:
    """Finish what a seed file cannot say."""
    site, world = bed.site, bed.world
    site.names.update({place.full_name.lower(): place.full_name for place in world.places})
    for place in world.places:
        for login, permission in place.collaborators.items():
            bed.as_user(world.owner_of(place.owner)).invite(place.full_name, login, permission)
    # The emulator makes the bot's account with its first write; a refused one is enough.
    if world.installations:
        account = world.installations[0].account
        place = next(each for each in world.places if each.owner == account)
        with bed.client(bed.installation_token(account)) as app:
            app.post(f"/repos/{place.full_name}/issues", json={})
        site.bot = site.user(world.app.bot) or {}
    with bed.client(bed.jwt()) as app:
        site.app = app.get("/app").raise_for_status().json()
    site.expire_tokens()
    bed.calls.clear()
