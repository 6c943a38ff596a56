"""What happened on a forge, as frozen values in our own words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.core.identity import Actor, Repository, Thread


@dataclass(frozen=True, kw_only=True)
class CommentAdded:
    """Somebody wrote a comment in a thread."""

    thread: Thread
    comment_id: str
    author: Actor
    text: str
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class ThreadOpened:
    """Somebody opened an issue or a change; ``text`` is its opening text."""

    thread: Thread
    author: Actor
    text: str


@dataclass(frozen=True, kw_only=True)
class TextEdited:
    """Somebody edited a comment, or, where ``comment_id`` is None, an opening text."""

    thread: Thread
    comment_id: str | None
    author: Actor
    text: str


class InstallationAction(StrEnum):
    """What happened to the grant under which we act for an account."""

    CREATED = "created"
    CHANGED = "changed"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True)
class InstallationChanged:
    """An account installed, changed, suspended or removed us."""

    forge: str
    installation: str
    account_id: str
    login: str
    is_person: bool
    action: InstallationAction


@dataclass(frozen=True, kw_only=True)
class RepositoryGone:
    """A repository was deleted, archived, or taken out of the installation."""

    forge: str
    repository_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CheckEnded:
    """A check, or all that belong together, ended on a commit.

    ``app`` is the login of whose check it is, empty where nobody says; ``branch`` is what the
    forge names beside the commit, which of a fork may be called like one of ours.
    """

    repository: Repository
    commit_id: str
    branch: str
    app: str
    failed: bool


Event = CommentAdded | ThreadOpened | TextEdited | InstallationChanged | RepositoryGone | CheckEnded
