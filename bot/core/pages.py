"""What the pages of a forge show a person: threads, conversations, files and commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.git_values import Reaction
from bot.core.identity import Actor, Thread


@dataclass(frozen=True, kw_only=True)
class ThreadSummary:
    """A thread as a list shows it."""

    thread: Thread
    title: str
    text: str
    author: Actor
    is_open: bool
    created_at: datetime
    updated_at: datetime
    comment_count: int
    #: The title of the milestone that it is gathered under; empty where there is none.
    milestone: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Post:
    """One text of a conversation: the opening one, whose ``comment_id`` is None, or a comment."""

    comment_id: str | None
    author: Actor
    text: str
    created_at: datetime
    updated_at: datetime
    reactions: tuple[tuple[Reaction, Actor], ...] = ()


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """One file of a commit's tree."""

    path: str
    mode: int
    size_bytes: int
    blob_id: str


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """One commit, for a page."""

    id: str
    subject: str
    body: str
    author: str
    at: datetime
    parents: tuple[str, ...] = ()
