"""The port round another forge: what is read is asked there, what is written is only noted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

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
from bot.core.identity import Actor, Permission, Repository, Standing, Thread, ThreadKind
from bot.core.reviews import ChangeDetails, ChangedFile, FailedCheck, Remark
from bot.forges.port import Announce, Finding, Forge, Grant, Owner
from bot.forges.recording import words
from bot.forges.recording.notes import Note, Notes
from bot.forges.recording.places import Places, is_invented
from bot.forges.recording.publishing import Publishing
from bot.forges.recording.reviewing import Reviewing
from bot.forges.recording.talks import Talks
from bot.forges.recording.tracking import Tracking


class RecordingForge:
    """A forge for dry runs. What its methods promise is said in ``bot.forges.port``."""

    def __init__(self, real: Forge, note: Note, *, clock: Callable[[], datetime]) -> None:
        """Args:
        real: Asked for everything that the rehearsal has not made itself; never written to.
        """
        self._real = real
        self._notes = Notes(note)
        self._places = Places(real.name, clock)
        self._talks = Talks(real, clock)
        self._tracking = Tracking(real, self._notes, talks=self._talks)
        self._publishing = Publishing(
            real, self._notes, places=self._places, talks=self._talks, clock=clock
        )
        self._reviewing = Reviewing(
            real, self._notes, places=self._places, history=self._publishing.history
        )

    def suppose_repository(self, owner: Owner, name: str) -> Repository:
        """Have a repository be there from the beginning, which is no effect."""
        return self._publishing.make_repository(owner, name, private=True, description="")

    def suppose_thread(self, repository: Repository) -> Thread:
        """Have an issue be there from the beginning."""
        return self._talks.open(repository, ThreadKind.ISSUE)

    def suppose_comment(self, thread: Thread, author: Actor, text: str) -> Comment:
        """Have somebody have said something."""
        return self._talks.say(thread, author, text)

    def suppose_files(self, repository: Repository, files: Sequence[FileToWrite]) -> None:
        """Have files be on the default branch."""
        self._publishing.put_files(repository, files)

    @property
    def name(self) -> str:
        return self._real.name

    @property
    def lag_s(self) -> float:
        # What a rehearsal has done is seen at once.
        return 0.0

    def thread(self, repository: Repository, number: int) -> Thread | None:
        return self._talks.thread(repository, number)

    def opening(self, thread: Thread) -> Opening | None:
        return self._talks.opening(thread)

    def comments(self, thread: Thread, *, since: datetime | None = None) -> Sequence[Comment]:
        return self._talks.all(thread, since)

    def comment(self, thread: Thread, comment_id: str) -> Comment | None:
        return self._talks.find(thread, comment_id)

    def add_comment(self, thread: Thread, body: str, *, first: bool = False) -> Comment:
        with self._notes.one():
            said = self._talks.say(thread, self.me(), body)
            summary = f"comment: {words.first_line(body)}"
            self._notes.in_thread("add_comment", thread, summary)
        return said

    def edit_comment(
        self, thread: Thread, comment_id: str, body: str, *, first: bool = False
    ) -> None:
        with self._notes.one():
            self._talks.edit(thread, comment_id, body)
            summary = f"edit the comment: {words.first_line(body)}"
            self._notes.in_thread("edit_comment", thread, summary)

    def delete_comment(self, thread: Thread, comment_id: str) -> None:
        with self._notes.one():
            self._talks.delete(thread, comment_id)
            self._notes.in_thread("delete_comment", thread, "remove the comment")

    def react(self, thread: Thread, comment_id: str | None, reaction: Reaction) -> None:
        to = "comment" if comment_id else "opening text"
        self._notes.in_thread("react", thread, f"react to the {to}: {reaction}")

    def me(self) -> Actor:
        return self._real.me()

    def permission(self, repository: Repository, actor: Actor) -> Permission:
        if not is_invented(repository):
            return self._real.permission(repository, actor)
        owner = self._real.owner(repository.owner, actor)
        owns = owner is not None and owner.standing is Standing.OWNER
        return Permission.ADMIN if owns else Permission.NONE

    def person(self, login: str) -> Actor | None:
        return self._real.person(login)

    def owner(self, login: str, actor: Actor) -> Owner | None:
        return self._real.owner(login, actor)

    def in_team(self, owner_login: str, team: str, actor: Actor) -> bool:
        return self._real.in_team(owner_login, team, actor)

    def grant(self, installation: str) -> Grant | None:
        return self._real.grant(installation)

    def repository(self, full_name: str) -> Repository | None:
        return self._publishing.repository(full_name)

    def granted(self, owner: str, installation: str, *, most: int) -> Sequence[Repository]:
        return self._real.granted(owner, installation, most=most)

    def create_repository(
        self, owner: Owner, name: str, *, private: bool, description: str
    ) -> Repository:
        return self._publishing.create_repository(
            owner, name, private=private, description=description
        )

    def describe_repository(self, repository: Repository, description: str) -> None:
        self._publishing.describe_repository(repository, description)

    def created_at(self, repository: Repository) -> datetime:
        if is_invented(repository):
            return self._places.created_at(repository)
        return self._real.created_at(repository)

    def may_write_workflows(self, repository: Repository) -> bool:
        return self._real.may_write_workflows(repository)

    def head(self, repository: Repository, branch: str) -> Commit | None:
        return self._publishing.head(repository, branch)

    def entries(
        self, repository: Repository, commit: Commit, paths: Iterable[str]
    ) -> Mapping[str, TreeEntry]:
        return self._publishing.history.entries(repository, commit, paths)

    def read_file(self, repository: Repository, commit: Commit, path: str) -> bytes | None:
        return self._publishing.history.read_file(repository, commit, path)

    def paths(self, repository: Repository, commit: Commit, folder: str) -> Sequence[str]:
        return self._publishing.history.paths(repository, commit, folder)

    def find_commit(self, repository: Repository, ref: str) -> Commit | None:
        return self._publishing.find_commit(repository, ref)

    def tree(self, repository: Repository, commit: Commit, folder: str) -> Mapping[str, TreeEntry]:
        return self._publishing.history.tree(repository, commit, folder)

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
        return self._publishing.open_change(
            repository, branch=branch, base=base, title=title, body=body, draft=draft
        )

    def find_change(self, repository: Repository, *, branch: str) -> Change | None:
        return self._publishing.find_change(repository, branch=branch)

    def report_check(self, repository: Repository, commit_id: str, check: Check) -> str:
        summary = f"show the check {check.name} on {commit_id[:12]}: {check.state}"
        if check.annotations:
            summary += f", with {len(check.annotations)} annotations"
        self._notes.on("report_check", repository, summary)
        self._reviewing.note_check(repository, commit_id, check)
        return f"rehearsed-{commit_id}-{check.name}"

    def difference_url(self, repository: Repository, *, base: str, head: str) -> str:
        if is_invented(repository):
            return ""
        return self._real.difference_url(repository, base=base, head=head)

    def find_milestone(self, repository: Repository, title: str) -> Milestone | None:
        return self._tracking.find_milestone(repository, title)

    def create_milestone(
        self, repository: Repository, title: str, *, description: str = ""
    ) -> Milestone:
        return self._tracking.create_milestone(repository, title)

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
        return self._real.read_event(kind, payload)

    def diagnose(self, repository: Repository | None = None) -> Sequence[Finding]:
        return self._real.diagnose(repository)
