"""Who and where: actors, repositories, threads and what somebody may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Permission(IntEnum):
    """What an actor may do on a repository; ordered, so that `>=` asks for at least."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5


class Standing(StrEnum):
    """What an actor is to the account under which a repository would be made."""

    OWNER = "owner"
    MEMBER = "member"
    NONE = "none"


class ThreadKind(StrEnum):
    """An issue, or a change (pull or merge request)."""

    ISSUE = "issue"
    CHANGE = "change"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """An account on a forge. The id identifies it; the login is only for reading."""

    forge: str
    account_id: str
    login: str
    is_bot: bool = False

    def is_same_as(self, other: Actor) -> bool:
        """Whether both are one account; logins can be renamed and prove nothing."""
        return (self.forge, self.account_id) == (other.forge, other.account_id)


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository as its forge described it when it was last asked."""

    forge: str
    id: str
    owner: str
    owner_id: str
    name: str
    owner_is_person: bool = False
    private: bool = True
    default_branch: str = "main"
    description: str = ""
    #: The grant under which we act there (a GitHub App's installation); empty where none is needed.
    installation: str = ""
    web_url: str = ""
    clone_url: str = ""

    @property
    def full_name(self) -> str:
        """``owner/name`` as people write it."""
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Thread:
    """An issue or a change in which people talk to us."""

    repository: Repository
    number: int
    kind: ThreadKind = ThreadKind.ISSUE
    url: str = ""


#: The forge of an actor that has no account on any: whoever operates the server.
SERVER = "server"


def actor_to_dict(actor: Actor) -> dict[str, object]:
    """Plain data for a database column."""
    return {
        "forge": actor.forge,
        "account_id": actor.account_id,
        "login": actor.login,
        "is_bot": actor.is_bot,
    }


def actor_from_dict(data: Mapping[str, object]) -> Actor:
    """The reverse of `actor_to_dict`."""
    return Actor(
        forge=str(data["forge"]),
        account_id=str(data["account_id"]),
        login=str(data["login"]),
        is_bot=bool(data.get("is_bot", False)),
    )


_REPOSITORY_TEXTS = (
    "forge",
    "id",
    "owner",
    "owner_id",
    "name",
    "default_branch",
    "description",
    "installation",
    "web_url",
    "clone_url",
)


def repository_to_dict(repository: Repository) -> dict[str, object]:
    """Plain data for a database column or a step's output."""
    data: dict[str, object] = {key: getattr(repository, key) for key in _REPOSITORY_TEXTS}
    data["owner_is_person"] = repository.owner_is_person
    data["private"] = repository.private
    return data


def repository_from_dict(data: Mapping[str, object]) -> Repository:
    """The reverse of `repository_to_dict`."""
    texts = {key: str(data[key]) for key in _REPOSITORY_TEXTS}
    return Repository(
        **texts,
        owner_is_person=bool(data["owner_is_person"]),
        private=bool(data["private"]),
    )


def thread_to_dict(thread: Thread) -> dict[str, object]:
    """Plain data for a database column."""
    return {
        "repository": repository_to_dict(thread.repository),
        "number": thread.number,
        "kind": thread.kind.value,
        "url": thread.url,
    }


def thread_from_dict(data: Mapping[str, object]) -> Thread:
    """The reverse of `thread_to_dict`."""
    repository = data["repository"]
    number = data["number"]
    if not isinstance(repository, Mapping) or not isinstance(number, int):
        raise TypeError("a stored thread holds a repository and a number")
    return Thread(
        repository=repository_from_dict(repository),
        number=number,
        kind=ThreadKind(str(data["kind"])),
        url=str(data["url"]),
    )
