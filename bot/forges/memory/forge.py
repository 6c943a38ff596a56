"""The port, kept in dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

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
from bot.errors import UserError
from bot.forges import payloads
from bot.forges.memory import publishing, reviewing, rights, tracking
from bot.forges.memory.calls import Call, Calls, Failure, recorded
from bot.forges.memory.people import People
from bot.forges.memory.world import World
from bot.forges.port import Announce, Finding, Grant, Owner
from bot.forges.trees import entries_below, files_in


def _now() -> datetime:
    return datetime.now(UTC)


class MemoryForge:
    """A forge for tests. What its methods promise is said in ``bot.forges.port``."""

    def __init__(
        self,
        *,
        name: str = "memory",
        clock: Callable[[], datetime] = _now,
        bot_name: str = "firstcommit",
        web_url: str = "",
    ) -> None:
        """Args:
        web_url: Where its pages would be, for what it says of addresses; empty for none.
        """
        self._world = World(name, clock, web_url)
        self._me = Actor(
            forge=name,
            account_id=self._world.new_id(),
            login=f"{bot_name}[bot]",
            is_bot=True,
        )
        self.script = Calls()
        self.people = People(self._world)
        #: What `may_write_workflows` answers.
        self.workflows_allowed = True

    @property
    def calls(self) -> Sequence[Call]:
        """The calls of the port so far, without those that ask nobody."""
        return self.script.all

    @property
    def permissions(self) -> dict[tuple[str, str], Permission]:
        """By full name of the repository and login, both in lower case; open to change."""
        return self._world.permissions

    def calls_of(self, *methods: str) -> Sequence[Call]:
        """The calls of these methods so far, in order."""
        return self.script.of(*methods)

    def fail_next(
        self, method: str, error: Exception, *, times: int = 1, after: bool = False
    ) -> None:
        """Let the next calls of a method raise; with ``after``, only once their effect is there."""
        if not callable(getattr(type(self), method, None)):
            raise ValueError(f"a forge has no method {method}")
        self.script.fail_next(method, Failure(error=error, after=after), times)

    @property
    def name(self) -> str:
        return self._world.name

    @property
    def lag_s(self) -> float:
        return 0.0

    @recorded
    def thread(self, repository: Repository, number: int) -> Thread | None:
        return self._world.thread(repository, number)

    @recorded
    def opening(self, thread: Thread) -> Opening | None:
        if self._world.thread(thread.repository, thread.number) is None:
            return None
        talk = self._world.talk(thread)
        return Opening(author=talk.author, title=talk.title, text=talk.text)

    @recorded
    def comments(self, thread: Thread, *, since: datetime | None = None) -> Sequence[Comment]:
        talk = self._world.talk(thread)
        return [
            said
            for said in list(talk.comments.values())
            if since is None or talk.updated_at[said.id] >= since
        ]

    @recorded
    def comment(self, thread: Thread, comment_id: str) -> Comment | None:
        return self._world.talk(thread).comments.get(comment_id)

    @recorded
    def add_comment(self, thread: Thread, body: str, *, first: bool = False) -> Comment:
        return self._world.say(thread, body, self._me)

    @recorded
    def edit_comment(
        self, thread: Thread, comment_id: str, body: str, *, first: bool = False
    ) -> None:
        talk = self._world.talk(thread)
        if comment_id not in talk.comments:
            raise UserError("The comment is not there any more.", reason="comment_gone")
        talk.comments[comment_id] = replace(talk.comments[comment_id], body=body)
        talk.updated_at[comment_id] = self._world.clock()

    @recorded
    def delete_comment(self, thread: Thread, comment_id: str) -> None:
        self._world.talk(thread).comments.pop(comment_id, None)

    @recorded
    def react(self, thread: Thread, comment_id: str | None, reaction: Reaction) -> None:
        talk = self._world.talk(thread)
        if comment_id is None or comment_id in talk.comments:
            talk.reactions.add((comment_id, reaction))

    def me(self) -> Actor:
        return self._me

    @recorded
    def permission(self, repository: Repository, actor: Actor) -> Permission:
        return rights.permission(self._world, repository, actor)

    @recorded
    def person(self, login: str) -> Actor | None:
        return self._world.people.get(login.lower())

    @recorded
    def owner(self, login: str, actor: Actor) -> Owner | None:
        return rights.owner(self._world, login, actor)

    @recorded
    def in_team(self, owner_login: str, team: str, actor: Actor) -> bool:
        return rights.in_team(self._world, owner_login, team, actor)

    @recorded
    def grant(self, installation: str) -> Grant | None:
        return self._world.grant(installation)

    @recorded
    def repository(self, full_name: str) -> Repository | None:
        return self._world.repository(full_name)

    @recorded
    def granted(self, owner: str, installation: str, *, most: int) -> Sequence[Repository]:
        return self._world.granted(owner, installation)[:most]

    @recorded
    def create_repository(
        self, owner: Owner, name: str, *, private: bool, description: str
    ) -> Repository:
        return self._world.make_repository(owner, name, private=private, description=description)

    @recorded
    def describe_repository(self, repository: Repository, description: str) -> None:
        place = self._world.place(repository)
        place.repository = replace(place.repository, description=description)

    @recorded
    def created_at(self, repository: Repository) -> datetime:
        return self._world.place(repository).created_at

    @recorded
    def may_write_workflows(self, repository: Repository) -> bool:
        return self.workflows_allowed

    @recorded
    def head(self, repository: Repository, branch: str) -> Commit | None:
        return publishing.head(self._world, repository, branch)

    @recorded
    def entries(
        self, repository: Repository, commit: Commit, paths: Iterable[str]
    ) -> Mapping[str, TreeEntry]:
        everything = self._world.place(repository).objects.entries(commit.id)
        return {path: everything[path] for path in paths if path in everything}

    @recorded
    def read_file(self, repository: Repository, commit: Commit, path: str) -> bytes | None:
        return self._world.place(repository).objects.read(commit.id, path)

    @recorded
    def paths(self, repository: Repository, commit: Commit, folder: str) -> Sequence[str]:
        return files_in(folder, self._world.place(repository).objects.entries(commit.id))

    @recorded
    def find_commit(self, repository: Repository, ref: str) -> Commit | None:
        return self._world.place(repository).objects.find(ref)

    @recorded
    def tree(self, repository: Repository, commit: Commit, folder: str) -> Mapping[str, TreeEntry]:
        return entries_below(folder, self._world.place(repository).objects.entries(commit.id))

    @recorded
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
        return publishing.commit_on_new_branch(
            self._world,
            repository,
            branch=branch,
            base=base,
            files=files,
            message=message,
            announce=announce,
        )

    @recorded
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
        return publishing.replace_first_commit(
            self._world,
            repository,
            branch=branch,
            first=first,
            files=files,
            message=message,
            announce=announce,
        )

    @recorded
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
        return publishing.open_change(
            self._world,
            repository,
            self._me,
            branch=branch,
            base=base,
            title=title,
            body=body,
            draft=draft,
        )

    @recorded
    def find_change(self, repository: Repository, *, branch: str) -> Change | None:
        return self._world.open_change(repository, branch)

    @recorded
    def report_check(self, repository: Repository, commit_id: str, check: Check) -> str:
        place = self._world.place(repository)
        place.objects.entries(commit_id)
        key = (commit_id, check.name)
        identifier = place.checks[key][0] if key in place.checks else self._world.new_id()
        place.checks[key] = (identifier, check)
        return identifier

    @recorded
    def find_milestone(self, repository: Repository, title: str) -> Milestone | None:
        return tracking.find_milestone(self._world, repository, title)

    @recorded
    def create_milestone(
        self, repository: Repository, title: str, *, description: str = ""
    ) -> Milestone:
        return tracking.create_milestone(self._world, repository, title)

    @recorded
    def find_issue(
        self, repository: Repository, marker: str, *, since: datetime | None = None
    ) -> Issue | None:
        return tracking.find_issue(self._world, repository, self._me, marker, since)

    @recorded
    def create_issue(
        self,
        repository: Repository,
        title: str,
        body: str,
        *,
        milestone: Milestone | None = None,
        labels: Sequence[str] = (),
    ) -> Issue:
        return tracking.create_issue(
            self._world, repository, self._me, title, body, milestone=milestone, labels=labels
        )

    @recorded
    def change(self, repository: Repository, number: int) -> ChangeDetails | None:
        return reviewing.change(self._world, repository, number)

    @recorded
    def changed_files(
        self, repository: Repository, change: ChangeDetails, *, most: int
    ) -> Sequence[ChangedFile]:
        return reviewing.changed_files(self._world, repository, change)[:most]

    @recorded
    def failed_checks(
        self, repository: Repository, commit_id: str, *, most_characters: int
    ) -> Sequence[FailedCheck]:
        return reviewing.failed_checks(self._world, repository, commit_id, most_characters)

    @recorded
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
        return publishing.commit_on_branch(
            self._world,
            repository,
            branch=branch,
            parent=parent,
            files=files,
            message=message,
            announce=announce,
        )

    @recorded
    def find_review(self, repository: Repository, number: int, marker: str) -> str | None:
        return reviewing.find_review(self._world, repository, number, marker)

    @recorded
    def review(
        self,
        repository: Repository,
        change: ChangeDetails,
        *,
        body: str,
        remarks: Sequence[Remark],
    ) -> str:
        return reviewing.review(self._world, repository, change, body=body, remarks=remarks)

    def difference_url(self, repository: Repository, *, base: str, head: str) -> str:
        return self._world.page(repository, f"/compare/{base}...{head}")

    def read_event(self, kind: str, payload: Mapping[str, object]) -> Event | None:
        return payloads.read_event(self._world.name, kind, payload)

    def diagnose(self, repository: Repository | None = None) -> Sequence[Finding]:
        return [Finding(name="memory forge", ok=True, detail="Keeps nothing after its process.")]
