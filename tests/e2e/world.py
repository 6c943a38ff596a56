"""Who and what there is on the GitHub of the end-to-end tests, before a test begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

#: What the App of DESIGN's manifest asks for, optional blocks included.
PERMISSIONS: Mapping[str, str] = MappingProxyType(
    {
        "metadata": "read",
        "administration": "write",
        "checks": "write",
        "contents": "write",
        "issues": "write",
        "members": "read",
        "pull_requests": "write",
        "statuses": "write",
        "workflows": "write",
    }
)
EVENTS = (
    "check_run",
    "create",
    "issue_comment",
    "issues",
    "pull_request",
    "push",
    "repository",
)
#: The emulator counts people and organisations from one, each for themselves; on GitHub an
#: account id is one account. Organisations that nobody uses push the real ones out of the way.
FILLERS = 100


@cache
def rsa_key() -> str:
    """An RSA key in PEM, made once in a process of tests."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


@dataclass(frozen=True, kw_only=True)
class App:
    """The registered App."""

    app_id: int = 4711
    slug: str = "firstcommit"
    name: str = "Firstcommit"
    client_id: str = "Iv23liEndToEndTests1"
    webhook_secret: str = field(default="a secret of the end-to-end tests", repr=False)
    private_key: str = field(default_factory=rsa_key, repr=False)
    events: tuple[str, ...] = EVENTS

    @property
    def bot(self) -> str:
        """The login under which the App writes."""
        return f"{self.slug}[bot]"


@dataclass(frozen=True, kw_only=True)
class Installation:
    """The App on one account, for all its repositories."""

    installation_id: int
    account: str
    permissions: Mapping[str, str] = field(default_factory=lambda: PERMISSIONS)


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """An organisation; the first of its owners acts where the bed needs one."""

    login: str
    owners: tuple[str, ...]
    members: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Place:
    """A repository that exists from the beginning, with one commit unless it is empty.

    ``collaborators`` maps a login to ``pull``, ``triage``, ``push``, ``maintain`` or ``admin``.
    """

    full_name: str
    private: bool = False
    empty: bool = False
    collaborators: Mapping[str, str] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        return self.full_name.partition("/")[0]

    @property
    def name(self) -> str:
        return self.full_name.partition("/")[2]


@dataclass(frozen=True, kw_only=True)
class World:
    """The whole seed.

    olga owns acme, mia is a member of it, will may write to its handbook, rita may read it,
    nina has nothing. The App is on acme and on olga's own account, but not on globex.
    """

    app: App = field(default_factory=App)
    people: tuple[str, ...] = ("olga", "mia", "will", "rita", "nina")
    organisations: tuple[Organisation, ...] = (
        Organisation(login="acme", owners=("olga",), members=("mia",)),
        Organisation(login="globex", owners=("nina",), members=("olga",)),
    )
    places: tuple[Place, ...] = (
        Place(
            full_name="acme/handbook",
            private=True,
            collaborators={"will": "push", "rita": "pull"},
        ),
        Place(full_name="acme/site"),
        Place(full_name="acme/empty", private=True, empty=True),
        Place(full_name="globex/vault", private=True),
        Place(full_name="olga/notes"),
        Place(full_name="olga/diary", private=True),
    )
    installations: tuple[Installation, ...] = (
        Installation(installation_id=9001, account="acme"),
        Installation(installation_id=9002, account="olga"),
    )

    def token_of(self, login: str) -> str:
        """The personal token of one of ``people``."""
        if login not in self.people:
            raise KeyError(f"nobody here is called {login!r}")
        return f"personal-token-of-{login}"

    def owner_of(self, account: str) -> str:
        """The person who may do everything in an account: its owner, or the person themself."""
        owners = {org.login.lower(): org.owners[0] for org in self.organisations}
        return owners.get(account.lower(), account)

    def installation_on(self, account: str) -> Installation:
        """The installation on an account."""
        return next(each for each in self.installations if each.account == account)

    def seed(self, webhook_url: str) -> dict[str, object]:
        """The emulator's seed file, as a document."""
        fillers = [{"login": f"filler-{number}"} for number in range(FILLERS)]
        return {
            "tokens": {
                self.token_of(login): {"login": login, "scopes": ["repo", "user", "admin:org"]}
                for login in self.people
            },
            "github": {
                "users": [{"login": login, "name": login.title()} for login in self.people],
                "orgs": [*fillers, *map(_organisation, self.organisations)],
                "repos": [
                    {
                        "owner": place.owner,
                        "name": place.name,
                        "private": place.private,
                        "auto_init": not place.empty,
                    }
                    for place in self.places
                ],
                "apps": [self._app(webhook_url)],
            },
        }

    def _app(self, webhook_url: str) -> dict[str, object]:
        return {
            "app_id": self.app.app_id,
            "slug": self.app.slug,
            "name": self.app.name,
            "private_key": self.app.private_key,
            "permissions": dict(PERMISSIONS),
            "events": list(self.app.events),
            "webhook_url": webhook_url,
            "webhook_secret": self.app.webhook_secret,
            "installations": [
                {
                    "installation_id": each.installation_id,
                    "account": each.account,
                    "repository_selection": "all",
                    "permissions": dict(each.permissions),
                }
                for each in self.installations
            ],
        }


def _organisation(org: Organisation) -> dict[str, object]:
    members = [{"login": login, "role": "admin"} for login in org.owners]
    members += [{"login": login, "role": "member"} for login in org.members]
    return {"login": org.login, "name": org.login.title(), "members": members}
