"""GitHub's answers, read once from plain JSON into our own values.

Only fields that are used are looked at, so that an answer with more, less or odd ones is
still read. Shapes: https://docs.github.com/rest
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar

from bot.core.git_values import Change, Comment, Commit, Issue, Milestone, Opening, TreeEntry
from bot.core.identity import Actor, Repository
from bot.core.reviews import ChangeDetails, ChangedFile, FileStatus
from bot.errors import Transient

FORGE = "github"
_Value = TypeVar("_Value")


@dataclass(frozen=True, kw_only=True)
class Installation:
    """An account that installed us, and what it granted (permission -> read, write, admin)."""

    id: str
    login: str
    account_id: str
    is_person: bool
    suspended: bool
    permissions: Mapping[str, str] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    web_url: str = ""

    def to_answer(self) -> dict[str, object]:
        """The answer from which `read_installation` makes the same value."""
        kind = "User" if self.is_person else "Organization"
        return {
            "id": int(self.id),
            "account": {"login": self.login, "id": int(self.account_id), "type": kind},
            "suspended_at": "suspended" if self.suspended else None,
            "permissions": dict(self.permissions),
            "events": list(self.events),
            "html_url": self.web_url,
        }


@dataclass(frozen=True, kw_only=True)
class Tree:
    """Entries of a tree by path; not all of them where ``truncated``."""

    id: str
    entries: Mapping[str, TreeEntry]
    truncated: bool = False


def _reader(read: Callable[[Any], _Value]) -> Callable[[object], _Value]:
    """Turn what breaks on an answer of another shape into the error for it."""

    @wraps(read)
    def checked(answer: object) -> _Value:
        try:
            return read(answer)
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise Transient(
                f"GitHub's answer has another shape than expected ({read.__name__}).",
                reason="forge_unavailable",
            ) from exc

    return checked


@_reader
def read_actor(user: Any) -> Actor:
    """An account; a deleted one is nobody."""
    if user is None:
        return Actor(forge=FORGE, account_id="", login="ghost")
    login = str(user["login"])
    is_bot = user.get("type") == "Bot" or login.endswith("[bot]")
    return Actor(forge=FORGE, account_id=str(user["id"]), login=login, is_bot=is_bot)


@_reader
def read_repository(data: Any) -> Repository:
    """A repository, without the installation, which its answer does not tell."""
    owner = data["owner"]
    return Repository(
        forge=FORGE,
        id=str(data["id"]),
        owner=str(owner["login"]),
        owner_id=str(owner["id"]),
        owner_is_person=owner.get("type") == "User",
        name=str(data["name"]),
        private=bool(data.get("private", True)),
        default_branch=data.get("default_branch") or "main",
        description=data.get("description") or "",
        web_url=data.get("html_url") or "",
        clone_url=data.get("clone_url") or "",
    )


@_reader
def read_created_at(data: Any) -> datetime:
    """When a repository was made."""
    return read_time(data["created_at"])


@_reader
def read_comment(data: Any) -> Comment:
    """A comment of a thread."""
    return Comment(
        id=str(data["id"]),
        author=read_actor(data.get("user")),
        body=data.get("body") or "",
        created_at=read_time(data["created_at"]),
        url=data.get("html_url") or "",
    )


@_reader
def read_opening(data: Any) -> Opening:
    """What an issue, or a pull request as one, was opened with."""
    return Opening(
        author=read_actor(data.get("user")),
        title=str(data.get("title") or ""),
        text=data.get("body") or "",
    )


@_reader
def read_change(data: Any) -> Change:
    """A pull request."""
    return Change(
        number=int(data["number"]),
        url=str(data["html_url"]),
        branch=str(data["head"]["ref"]),
        base=str(data["base"]["ref"]),
        is_open=data.get("state") == "open",
        is_draft=bool(data.get("draft", False)),
        author=read_actor(data.get("user")),
    )


@_reader
def read_change_details(data: Any) -> ChangeDetails:
    """A pull request with its tip. The repository of its branch is null where that was deleted."""
    head, base = data["head"], data["base"]
    home = head.get("repo") or {}
    return ChangeDetails(
        number=int(data["number"]),
        url=str(data["html_url"]),
        title=str(data.get("title") or ""),
        text=data.get("body") or "",
        author=read_actor(data.get("user")),
        branch=str(head["ref"]),
        base=str(base["ref"]),
        head=str(head["sha"]),
        is_foreign=home.get("id") != base["repo"]["id"],
        is_open=data.get("state") == "open",
        is_draft=bool(data.get("draft", False)),
    )


_STATUSES = {
    "added": FileStatus.ADDED,
    "copied": FileStatus.ADDED,
    "removed": FileStatus.REMOVED,
    "renamed": FileStatus.RENAMED,
}


@_reader
def read_changed_file(data: Any) -> ChangedFile:
    """A file of a pull request; GitHub leaves out the patch of what is binary or too large."""
    return ChangedFile(
        path=str(data["filename"]),
        status=_STATUSES.get(data.get("status"), FileStatus.MODIFIED),
        patch=data.get("patch") or "",
    )


@_reader
def read_issue(data: Any) -> Issue:
    """An issue."""
    return Issue(
        number=int(data["number"]), title=str(data["title"]), url=data.get("html_url") or ""
    )


@_reader
def read_milestone(data: Any) -> Milestone:
    """A milestone."""
    return Milestone(
        number=int(data["number"]),
        title=str(data["title"]),
        url=data.get("html_url") or "",
        is_open=data.get("state") == "open",
    )


@_reader
def read_commit(data: Any) -> Commit:
    """A commit of the git database."""
    return Commit(
        id=str(data["sha"]),
        tree_id=str(data["tree"]["sha"]),
        parents=tuple(str(parent["sha"]) for parent in data["parents"]),
        message=str(data["message"]),
    )


@_reader
def read_ref(data: Any) -> str:
    """The id that a branch points at."""
    return str(data["object"]["sha"])


@_reader
def read_tree(data: Any) -> Tree:
    """A tree, whole or one folder of it, as it was asked for."""
    entries = {
        str(entry["path"]): TreeEntry(mode=int(entry["mode"], 8), blob_id=str(entry["sha"]))
        for entry in data["tree"]
    }
    return Tree(id=str(data["sha"]), entries=entries, truncated=bool(data.get("truncated")))


@_reader
def read_sha(data: Any) -> str:
    """The id of what was made."""
    return str(data["sha"])


@_reader
def read_id(data: Any) -> str:
    """The number of what was made, as text."""
    return str(int(data["id"]))


@_reader
def read_installation(data: Any) -> Installation:
    """An installation; its account is an enterprise, an organisation or a person."""
    account = data["account"]
    return Installation(
        id=str(data["id"]),
        login=str(account.get("login") or account["slug"]),
        account_id=str(account["id"]),
        is_person=account.get("type") == "User",
        suspended=data.get("suspended_at") is not None,
        permissions={str(name): str(level) for name, level in data["permissions"].items()},
        events=tuple(str(event) for event in data.get("events") or ()),
        web_url=data.get("html_url") or "",
    )


@_reader
def read_token(data: Any) -> tuple[str, datetime]:
    """An installation token and the end of its life."""
    return str(data["token"]), read_time(data["expires_at"])


@_reader
def read_list(data: Any) -> list[object]:
    """A list of anything."""
    if not isinstance(data, list):
        raise TypeError("not a list")
    return data


@_reader
def read_object(data: Any) -> Mapping[str, Any]:
    """An object, for the few places that look at a single field of it."""
    if not isinstance(data, Mapping):
        raise TypeError("not an object")
    return data


def read_time(text: str) -> datetime:
    """A time with its zone, as GitHub writes them."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


def in_utc(moment: datetime) -> str:
    """A time as GitHub takes it in a query."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
