"""The port, kept by the parts in this folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx

from bot.core.events import Event
from bot.core.git_values import (
    Change,
    Check,
    Comment,
    Commit,
    FileToWrite,
    Issue,
    Milestone,
    Opening,
    Reaction,
    TreeEntry,
)
from bot.core.identity import Actor, Permission, Repository, Thread
from bot.core.reviews import ChangeDetails, ChangedFile, FailedCheck, Remark
from bot.forges import payloads
from bot.forges.github.answers import FORGE
from bot.forges.github.cache import Cache, ProcessCache, RedisCache
from bot.forges.github.changes import Changes
from bot.forges.github.client import Client
from bot.forges.github.conversation import Conversation
from bot.forges.github.diagnosis import Diagnosis
from bot.forges.github.identity import Identity
from bot.forges.github.key import read_private_key
from bot.forges.github.publishing import Publishing
from bot.forges.github.repositories import Repositories
from bot.forges.github.reviewing import Reviewing
from bot.forges.github.rights import Rights
from bot.forges.github.routes import PUBLIC_API, checked_api_url, web_url_of
from bot.forges.github.tracking import Tracking
from bot.forges.github.wire import Wire
from bot.forges.port import Announce, Finding, Grant, Owner, Pace

#: Lists and new things lag behind on GitHub, seldom by more than a few seconds.
LAG_S = 10.0


def _now() -> datetime:
    return datetime.now(UTC)


class GitHubForge:
    """GitHub as a GitHub App. What its methods promise is said in ``bot.forges.port``."""

    def __init__(
        self,
        *,
        app_id: int | str,
        private_key: str,
        pace: Pace,
        api_url: str = PUBLIC_API,
        web_url: str = "",
        name: str = "firstcommit",
        redis_url: str = "",
        secret_key: str = "",
        clock: Callable[[], datetime] = _now,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Args:
        app_id: The App's id.
        private_key: Its private key as PEM; line ends may be written as ``\\n``.
        pace: Shares the write budget.
        api_url: ``https://HOST/api/v3`` for an Enterprise server.
        web_url: Where people find its pages; guessed from ``api_url`` where empty.
        name: How we call ourselves towards GitHub's servers.
        redis_url: Where tokens are shared between workers; in this process where empty.
        secret_key: Under which they are encrypted there; needed with ``redis_url``.
        clock: The present, aware.
        sleep: Waits that many seconds.
        transport: Takes the place of the network, for tests.

        Raises:
            ConfigurationError: The key or the address cannot be used.
        """
        api_url = checked_api_url(api_url)
        wire = Wire(
            app_id=str(app_id),
            private_key=read_private_key(private_key),
            api_url=api_url,
            user_agent=name,
            clock=clock,
            sleep=sleep,
            transport=transport,
        )
        cache: Cache = ProcessCache()
        if redis_url:
            # An App's id says nothing without the server that gave it.
            place = urlsplit(api_url)
            cache = RedisCache(
                redis_url, f"firstcommit:github:{place.netloc}{place.path}:{app_id}:", secret_key
            )
        web_url = (web_url or web_url_of(api_url)).rstrip("/")
        client = Client(wire, cache, pace, clock)
        self._identity = Identity(client)
        self._conversation = Conversation(client, self._identity)
        self._rights = Rights(client)
        self._repositories = Repositories(client, sleep)
        self._publishing = Publishing(client)
        self._changes = Changes(client, web_url)
        self._reviewing = Reviewing(client, self._identity)
        self._tracking = Tracking(client, self._identity)
        self._diagnosis = Diagnosis(client)

    @property
    def name(self) -> str:
        return FORGE

    @property
    def lag_s(self) -> float:
        return LAG_S

    def thread(self, repository: Repository, number: int) -> Thread | None:
        return self._conversation.thread(repository, number)

    def opening(self, thread: Thread) -> Opening | None:
        return self._conversation.opening(thread)

    def comments(self, thread: Thread, *, since: datetime | None = None) -> Sequence[Comment]:
        return self._conversation.comments(thread, since)

    def comment(self, thread: Thread, comment_id: str) -> Comment | None:
        return self._conversation.comment(thread, comment_id)

    def add_comment(self, thread: Thread, body: str, *, first: bool = False) -> Comment:
        return self._conversation.add(thread, body, first=first)

    def edit_comment(
        self, thread: Thread, comment_id: str, body: str, *, first: bool = False
    ) -> None:
        self._conversation.edit(thread, comment_id, body, first=first)

    def delete_comment(self, thread: Thread, comment_id: str) -> None:
        self._conversation.delete(thread, comment_id)

    def react(self, thread: Thread, comment_id: str | None, reaction: Reaction) -> None:
        self._conversation.react(thread, comment_id, reaction)

    def me(self) -> Actor:
        return self._identity.me()

    def permission(self, repository: Repository, actor: Actor) -> Permission:
        return self._rights.permission(repository, actor)

    def person(self, login: str) -> Actor | None:
        return self._rights.person(login)

    def owner(self, login: str, actor: Actor) -> Owner | None:
        return self._rights.owner(login, actor)

    def in_team(self, owner_login: str, team: str, actor: Actor) -> bool:
        return self._rights.in_team(owner_login, team, actor)

    def grant(self, installation: str) -> Grant | None:
        return self._rights.grant(installation)

    def repository(self, full_name: str) -> Repository | None:
        return self._repositories.find(full_name)

    def granted(self, owner: str, installation: str, *, most: int) -> Sequence[Repository]:
        return self._repositories.granted(installation, most)

    def create_repository(
        self, owner: Owner, name: str, *, private: bool, description: str
    ) -> Repository:
        return self._repositories.create(owner, name, private=private, description=description)

    def describe_repository(self, repository: Repository, description: str) -> None:
        self._repositories.describe(repository, description)

    def created_at(self, repository: Repository) -> datetime:
        return self._repositories.created_at(repository)

    def may_write_workflows(self, repository: Repository) -> bool:
        return self._repositories.may_write_workflows(repository)

    def head(self, repository: Repository, branch: str) -> Commit | None:
        return self._publishing.head(repository, branch)

    def entries(
        self, repository: Repository, commit: Commit, paths: Iterable[str]
    ) -> Mapping[str, TreeEntry]:
        return self._publishing.entries(repository, commit, paths)

    def read_file(self, repository: Repository, commit: Commit, path: str) -> bytes | None:
        return self._publishing.read_file(repository, commit, path)

    def paths(self, repository: Repository, commit: Commit, folder: str) -> Sequence[str]:
        return self._publishing.paths(repository, commit, folder)

    def find_commit(self, repository: Repository, ref: str) -> Commit | None:
        return self._publishing.find_commit(repository, ref)

    def tree(self, repository: Repository, commit: Commit, folder: str) -> Mapping[str, TreeEntry]:
        return self._publishing.tree(repository, commit, folder)

    def commit_on_new_branch(
        self,
        repository: Repository,
        *,
        branch: str,
        base: Commit,
        files: Sequence[FileToWrite],
        message: str,
        announce: Announce | None = None,
    ) -> Commit:
        return self._publishing.commit_on_new_branch(
            repository, branch=branch, base=base, files=files, message=message, announce=announce
        )

    def replace_first_commit(
        self,
        repository: Repository,
        *,
        branch: str,
        first: Commit,
        files: Sequence[FileToWrite],
        message: str,
        announce: Announce | None = None,
    ) -> Commit:
        return self._publishing.replace_first_commit(
            repository, branch=branch, first=first, files=files, message=message, announce=announce
        )

    def open_change(
        self,
        repository: Repository,
        *,
        branch: str,
        base: str,
        title: str,
        body: str,
        draft: bool,
    ) -> Change:
        return self._changes.open(
            repository, branch=branch, base=base, title=title, body=body, draft=draft
        )

    def find_change(self, repository: Repository, *, branch: str) -> Change | None:
        return self._changes.find(repository, branch)

    def report_check(self, repository: Repository, commit_id: str, check: Check) -> str:
        return self._changes.report_check(repository, commit_id, check)

    def find_milestone(self, repository: Repository, title: str) -> Milestone | None:
        return self._tracking.find_milestone(repository, title)

    def create_milestone(
        self, repository: Repository, title: str, *, description: str = ""
    ) -> Milestone:
        return self._tracking.create_milestone(repository, title, description)

    def find_issue(
        self, repository: Repository, marker: str, *, since: datetime | None = None
    ) -> Issue | None:
        return self._tracking.find_issue(repository, marker, since)

    def create_issue(
        self,
        repository: Repository,
        title: str,
        body: str,
        *,
        milestone: Milestone | None = None,
        labels: Sequence[str] = (),
    ) -> Issue:
        return self._tracking.create_issue(
            repository, title, body, milestone=milestone, labels=labels
        )

    def difference_url(self, repository: Repository, *, base: str, head: str) -> str:
        return self._changes.difference_url(repository, base=base, head=head)

    def change(self, repository: Repository, number: int) -> ChangeDetails | None:
        return self._reviewing.change(repository, number)

    def changed_files(
        self, repository: Repository, change: ChangeDetails, *, most: int
    ) -> Sequence[ChangedFile]:
        return self._reviewing.changed_files(repository, change, most=most)

    def failed_checks(
        self, repository: Repository, commit_id: str, *, most_characters: int
    ) -> Sequence[FailedCheck]:
        return self._reviewing.failed_checks(repository, commit_id, most_characters=most_characters)

    def commit_on_branch(
        self,
        repository: Repository,
        *,
        branch: str,
        parent: Commit,
        files: Sequence[FileToWrite],
        message: str,
        announce: Announce | None = None,
    ) -> Commit:
        return self._publishing.commit_on_branch(
            repository,
            branch=branch,
            parent=parent,
            files=files,
            message=message,
            announce=announce,
        )

    def find_review(self, repository: Repository, number: int, marker: str) -> str | None:
        return self._reviewing.find_review(repository, number, marker)

    def review(
        self,
        repository: Repository,
        change: ChangeDetails,
        *,
        body: str,
        remarks: Sequence[Remark],
    ) -> str:
        return self._reviewing.review(repository, change, body=body, remarks=remarks)

    def read_event(self, kind: str, payload: Mapping[str, object]) -> Event | None:
        return payloads.read_event(FORGE, kind, payload)

    def diagnose(self, repository: Repository | None = None) -> Sequence[Finding]:
        if repository is not None:
            return self._diagnosis.of_repository(repository)
        return self._diagnosis.of_app()
