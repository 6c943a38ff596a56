"""The port, kept by the parts in this folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

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
from bot.errors import NotSupported
from bot.forges import payloads
from bot.forges.local.accounts import Accounts
from bot.forges.local.conversation import Conversation
from bot.forges.local.database import Database
from bot.forges.local.diagnosis import diagnose
from bot.forges.local.place import FORGE, Clock, Place
from bot.forges.local.publishing import Publishing
from bot.forges.local.repositories import Repositories
from bot.forges.local.reviewing import Reviewing
from bot.forges.local.tracking import Tracking
from bot.forges.port import Announce, Finding, Grant, Owner


def _now() -> datetime:
    return datetime.now(UTC)


class LocalForge:
    """A forge in one folder. What its methods promise is said in ``bot.forges.port``."""

    def __init__(self, root: Path, *, clock: Clock = _now, name: str = "firstcommit") -> None:
        """Args:
        root: The folder of everything; made where it is not there.
        name: What we are called; our account is ``name[bot]``.
        """
        root = root.absolute()
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.place = Place(root=root, database=Database(root / "forge.sqlite3"), clock=clock)
        self.accounts = Accounts(self.place, name)
        self.conversation = Conversation(self.place)
        self.repositories = Repositories(self.place)
        self.publishing = Publishing(self.place)
        self.reviewing = Reviewing(self.place, self.publishing, self.conversation)
        self.tracking = Tracking(self.place)

    @property
    def name(self) -> str:
        return FORGE

    @property
    def lag_s(self) -> float:
        return 0.0

    def thread(self, repository: Repository, number: int) -> Thread | None:
        return self.conversation.thread(repository, number)

    def opening(self, thread: Thread) -> Opening | None:
        return self.conversation.opening(thread)

    def comments(self, thread: Thread, *, since: datetime | None = None) -> Sequence[Comment]:
        return self.conversation.comments(thread, since)

    def comment(self, thread: Thread, comment_id: str) -> Comment | None:
        return self.conversation.comment(thread, comment_id)

    def add_comment(self, thread: Thread, body: str, *, first: bool = False) -> Comment:
        # There is no pace to keep on one's own disk, so a first comment is like any other.
        return self.conversation.add(thread, self.me(), body)

    def edit_comment(
        self, thread: Thread, comment_id: str, body: str, *, first: bool = False
    ) -> None:
        self.conversation.edit(thread, comment_id, body)

    def delete_comment(self, thread: Thread, comment_id: str) -> None:
        self.conversation.delete(thread, comment_id)

    def react(self, thread: Thread, comment_id: str | None, reaction: Reaction) -> None:
        self.conversation.react(thread, self.me(), comment_id, reaction)

    def me(self) -> Actor:
        return self.accounts.me()

    def permission(self, repository: Repository, actor: Actor) -> Permission:
        return self.accounts.permission(repository, actor)

    def person(self, login: str) -> Actor | None:
        return self.accounts.person(login)

    def owner(self, login: str, actor: Actor) -> Owner | None:
        return self.accounts.owner(login, actor)

    def in_team(self, owner_login: str, team: str, actor: Actor) -> bool:
        # Its one person owns every namespace, so that nobody has ever needed a team.
        return False

    def grant(self, installation: str) -> Grant | None:
        raise NotSupported("The local forge installs nothing.", reason="no_installations")

    def repository(self, full_name: str) -> Repository | None:
        return self.repositories.find(full_name)

    def granted(self, owner: str, installation: str, *, most: int) -> Sequence[Repository]:
        # Nothing is installed here: all that is there is ours to work on.
        everything = self.repositories.list_all()
        return [one for one in everything if one.owner.lower() == owner.lower()][:most]

    def create_repository(
        self, owner: Owner, name: str, *, private: bool, description: str
    ) -> Repository:
        return self.repositories.create(owner, name, private=private, description=description)

    def describe_repository(self, repository: Repository, description: str) -> None:
        self.repositories.describe(repository, description)

    def created_at(self, repository: Repository) -> datetime:
        return self.repositories.created_at(repository)

    def may_write_workflows(self, repository: Repository) -> bool:
        return True

    def head(self, repository: Repository, branch: str) -> Commit | None:
        return self.publishing.head(repository, branch)

    def entries(
        self, repository: Repository, commit: Commit, paths: Iterable[str]
    ) -> Mapping[str, TreeEntry]:
        return self.publishing.entries(repository, commit, paths)

    def read_file(self, repository: Repository, commit: Commit, path: str) -> bytes | None:
        return self.publishing.read_file(repository, commit, path)

    def paths(self, repository: Repository, commit: Commit, folder: str) -> Sequence[str]:
        return self.publishing.paths(repository, commit, folder)

    def find_commit(self, repository: Repository, ref: str) -> Commit | None:
        return self.publishing.find_commit(repository, ref)

    def tree(self, repository: Repository, commit: Commit, folder: str) -> Mapping[str, TreeEntry]:
        return self.publishing.tree(repository, commit, folder)

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
        return self.publishing.commit_on_new_branch(
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
        return self.publishing.replace_first_commit(
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
        return self.publishing.open_change(
            repository,
            self.me(),
            branch=branch,
            base=base,
            title=title,
            body=body,
            draft=draft,
        )

    def find_change(self, repository: Repository, *, branch: str) -> Change | None:
        return self.publishing.find_change(repository, branch=branch)

    def report_check(self, repository: Repository, commit_id: str, check: Check) -> str:
        return self.publishing.report_check(repository, commit_id, check)

    def find_milestone(self, repository: Repository, title: str) -> Milestone | None:
        return self.tracking.find_milestone(repository, title)

    def create_milestone(
        self, repository: Repository, title: str, *, description: str = ""
    ) -> Milestone:
        return self.tracking.create_milestone(repository, title, description)

    def find_issue(
        self, repository: Repository, marker: str, *, since: datetime | None = None
    ) -> Issue | None:
        return self.tracking.find_issue(repository, self.me(), marker, since)

    def create_issue(
        self,
        repository: Repository,
        title: str,
        body: str,
        *,
        milestone: Milestone | None = None,
        labels: Sequence[str] = (),
    ) -> Issue:
        return self.tracking.create_issue(
            repository, self.me(), title, body, milestone=milestone, labels=labels
        )

    def difference_url(self, repository: Repository, *, base: str, head: str) -> str:
        return ""

    def change(self, repository: Repository, number: int) -> ChangeDetails | None:
        return self.reviewing.change(repository, number)

    def changed_files(
        self, repository: Repository, change: ChangeDetails, *, most: int
    ) -> Sequence[ChangedFile]:
        return self.reviewing.changed_files(repository, change, most=most)

    def failed_checks(
        self, repository: Repository, commit_id: str, *, most_characters: int
    ) -> Sequence[FailedCheck]:
        return self.reviewing.failed_checks(repository, commit_id, most_characters=most_characters)

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
        return self.publishing.commit_on_branch(
            repository,
            branch=branch,
            parent=parent,
            files=files,
            message=message,
            announce=announce,
        )

    def find_review(self, repository: Repository, number: int, marker: str) -> str | None:
        return self.reviewing.find_review(repository, number, marker)

    def review(
        self,
        repository: Repository,
        change: ChangeDetails,
        *,
        body: str,
        remarks: Sequence[Remark],
    ) -> str:
        return self.reviewing.review(repository, self.me(), change, body=body, remarks=remarks)

    def read_event(self, kind: str, payload: Mapping[str, object]) -> Event | None:
        return payloads.read_event(FORGE, kind, payload)

    def diagnose(self, repository: Repository | None = None) -> Sequence[Finding]:
        return diagnose(self.place, repository)
