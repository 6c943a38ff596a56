"""What the program asks of a forge.

Every method is one conversation with the forge. Unless a method says otherwise, it raises
``Transient`` for what may work later (with the wait that the forge asked for), ``UserError``
with reason ``no_access`` where the forge refuses us, and ``NotSupported`` for what this forge
cannot do. A write is never sent twice by an adapter: whether to do it again is decided by
the ledger, after looking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

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
from bot.core.identity import Actor, Permission, Repository, Standing, Thread
from bot.core.reviews import ChangeDetails, ChangedFile, FailedCheck, Remark

#: Told of a commit that is written, before any branch stands at it.
Announce = Callable[[Commit], None]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of what `doctor` found, with the way to mend it where it is not well."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The account under which a repository would be made, and what the actor is to it."""

    login: str
    account_id: str
    is_person: bool
    standing: Standing
    installation: str = ""
    #: Why a repository cannot be made there by us, as a sentence; empty where it can.
    obstacle: str = ""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Under what an account lets us act for it, as the forge tells it now."""

    login: str
    account_id: str
    is_person: bool
    suspended: bool


class Pace(Protocol):
    """Shares a forge's write budget between all workers."""

    def take(self, key: str, *, conversation: bool = False) -> None:
        """Take one write for ``key`` (forge and installation).

        Conversation (first reactions and comments) may draw on a reserve that runs cannot use.
        Waits for at most a second or two; raises ``Transient`` with reason ``pace`` and the
        seconds to wait where the budget is used up.
        """


class Conversation(Protocol):
    """Reading and writing in threads."""

    def thread(self, repository: Repository, number: int) -> Thread | None:
        """The issue or change of that number, or None where there is none."""

    def opening(self, thread: Thread) -> Opening | None:
        """Title and text that the thread was opened with; None where it is not there."""

    def comments(self, thread: Thread, *, since: datetime | None = None) -> Sequence[Comment]:
        """Comments oldest first; with ``since`` only those created or updated from then on."""

    def comment(self, thread: Thread, comment_id: str) -> Comment | None:
        """One comment, or None where it does not exist (any more)."""

    def add_comment(self, thread: Thread, body: str, *, first: bool = False) -> Comment:
        """Write a comment. ``first`` draws on the reserve of the pace bucket."""

    def edit_comment(
        self, thread: Thread, comment_id: str, body: str, *, first: bool = False
    ) -> None:
        """Replace the text; raises ``UserError`` (``comment_gone``) where it was deleted.

        ``first`` draws on the reserve of the pace bucket: for a text that says that it is empty.
        """

    def delete_comment(self, thread: Thread, comment_id: str) -> None:
        """Remove a comment of ours; one that is gone already is no error."""

    def react(self, thread: Thread, comment_id: str | None, reaction: Reaction) -> None:
        """React to a comment, or to the opening text where ``comment_id`` is None.

        The same reaction twice is one. Never raises ``NotSupported``: a forge without
        reactions stays silent, since only prettiness is lost.
        """


class Rights(Protocol):
    """Asking a forge who may do what. Never answered from a payload, never cached here."""

    def me(self) -> Actor:
        """Our own account, as author of comments."""

    def person(self, login: str) -> Actor | None:
        """Whoever is called that now, person or bot; None where nobody is.

        For what people type. A login that came with an event has its account's id beside it.
        """

    def permission(self, repository: Repository, actor: Actor) -> Permission:
        """The actor's effective permission; NONE where it cannot be read or does not exist.

        ``Transient`` where the forge did not answer: the caller must not take that for NONE.
        """

    def owner(self, login: str, actor: Actor) -> Owner | None:
        """The account under which a repository would be made; None where there is none."""

    def in_team(self, owner_login: str, team: str, actor: Actor) -> bool:
        """Whether the actor is a member of that account's team, by the team's name in addresses.

        False where there is no such team, or none that we may see, and for accounts of people,
        which have no teams. ``Transient`` where the forge did not answer.
        """

    def grant(self, installation: str) -> Grant | None:
        """The grant of that id as it is now; None where it is gone, or never was."""


class Repositories(Protocol):
    """Finding, making and describing repositories."""

    def repository(self, full_name: str) -> Repository | None:
        """The repository, or None where it does not exist or we may not see it.

        A name that only redirects (renamed) gives the repository under its new name.
        """

    def granted(self, owner: str, installation: str, *, most: int) -> Sequence[Repository]:
        """The repositories of an account that its grant covers; of many only ``most``.

        Empty where the grant is gone.
        """

    def create_repository(
        self, owner: Owner, name: str, *, private: bool, description: str
    ) -> Repository:
        """Make a repository that holds the forge's own first commit, and wait until it answers.

        Raises ``UserError`` (``repository_exists``) where the name is taken.
        """

    def describe_repository(self, repository: Repository, description: str) -> None:
        """Replace its description."""

    def created_at(self, repository: Repository) -> datetime:
        """When the forge says that the repository was made."""

    def may_write_workflows(self, repository: Repository) -> bool:
        """Whether files under ``.github/workflows`` would be accepted from us there."""


class Publishing(Protocol):
    """Commits, branches, changes and checks."""

    def head(self, repository: Repository, branch: str) -> Commit | None:
        """The commit at the tip of a branch, or None where there is no such branch."""

    def entries(
        self, repository: Repository, commit: Commit, paths: Iterable[str]
    ) -> Mapping[str, TreeEntry]:
        """Those of ``paths`` that exist in the commit, whatever the size of its tree."""

    def read_file(self, repository: Repository, commit: Commit, path: str) -> bytes | None:
        """The bytes at a path of the commit, or None where there is no file (of at most 1 MiB)."""

    def paths(self, repository: Repository, commit: Commit, folder: str) -> Sequence[str]:
        """The full paths of the files right in a folder of the commit, in order.

        None where there is no such folder; links and submodules are no files. The root is ``""``.
        """

    def find_commit(self, repository: Repository, ref: str) -> Commit | None:
        """The commit that a tag names, or a whole id; None where there is none.

        A forge may find an id in another copy of the repository: what people write is no id.
        """

    def tree(self, repository: Repository, commit: Commit, folder: str) -> Mapping[str, TreeEntry]:
        """All that lies below a folder of the commit, by its path from there; ``""`` is the root.

        Links and submodules are among it, folders are not. Empty where there is no such folder.
        """

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
        """One commit with ``base`` as its parent and ``files`` over its tree, on a new branch.

        Nothing is deleted. ``announce`` is given the commit before the branch is made. Raises
        ``UserError`` (``branch_exists``) where the branch exists.
        """

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
        """A parentless commit of exactly ``files``, put in place of the forge's first commit.

        Only while the branch still stands at ``first``. ``announce`` is given the commit before
        the branch is moved, so that a lost answer can be told from somebody else's work. Raises
        ``UserError`` (``repository_moved``) otherwise.
        """

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
        """Open a change from ``branch`` to ``base``; a plain one where drafts are not to be had."""

    def find_change(self, repository: Repository, *, branch: str) -> Change | None:
        """The newest open change from that branch of the same repository, or None."""

    def report_check(self, repository: Repository, commit_id: str, check: Check) -> str:
        """Show a check beside a commit and give its id.

        A forge shows as much of its text and annotations as it has room for.
        """

    def difference_url(self, repository: Repository, *, base: str, head: str) -> str:
        """Where a person sees the difference; empty where the forge has no pages."""


class Tracking(Protocol):
    """Issues that we open, and milestones that gather them."""

    def find_milestone(self, repository: Repository, title: str) -> Milestone | None:
        """The milestone of exactly that title, open or closed, whoever made it; None if none."""

    def create_milestone(
        self, repository: Repository, title: str, *, description: str = ""
    ) -> Milestone:
        """Make one; raises ``UserError`` (``milestone_exists``) where the title is taken."""

    def find_issue(
        self, repository: Repository, marker: str, *, since: datetime | None = None
    ) -> Issue | None:
        """The oldest issue by our own account whose text ends with ``marker``, open or closed.

        Those made before ``since`` may be left out. Issues of anybody else never count.
        """

    def create_issue(
        self,
        repository: Repository,
        title: str,
        body: str,
        *,
        milestone: Milestone | None = None,
        labels: Sequence[str] = (),
    ) -> Issue:
        """Open an issue as ourselves; labels that the repository lacks come to be.

        Raises ``UserError`` (``issues_disabled``) where the repository has no issues, and
        ``unknown_milestone`` where that milestone is not (or no longer) there.
        """


class Reviewing(Protocol):
    """Looking at changes, saying what is wrong with them, and mending those of ours."""

    def change(self, repository: Repository, number: int) -> ChangeDetails | None:
        """The change of that number; None where there is none, or where it is an issue."""

    def changed_files(
        self, repository: Repository, change: ChangeDetails, *, most: int
    ) -> Sequence[ChangedFile]:
        """What a change touches, by path, since its branch left its base; of many only ``most``."""

    def failed_checks(
        self, repository: Repository, commit_id: str, *, most_characters: int
    ) -> Sequence[FailedCheck]:
        """The newest of each check of a commit, of those that failed, by name.

        Of each log only the end, so many characters of it; with 0 none is read, only names are.
        """

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
        """One commit of ``files`` over ``parent``, on a branch that stands there.

        Nothing is deleted. ``announce`` is given the commit before the branch is moved. Raises
        ``UserError`` (``branch_moved``) where the branch stands elsewhere, or is not there.
        """

    def find_review(self, repository: Repository, number: int, marker: str) -> str | None:
        """The id of our own review of a change in whose text ``marker`` stands; None if none."""

    def review(
        self,
        repository: Repository,
        change: ChangeDetails,
        *,
        body: str,
        remarks: Sequence[Remark],
    ) -> str:
        """Say what is thought of a change, neither approving nor refusing it; gives its id.

        Raises ``UserError`` (``bad_remark``) where a remark is on a line that is not shown.
        """


class Forge(Conversation, Rights, Repositories, Publishing, Tracking, Reviewing, Protocol):
    """A forge, whole."""

    @property
    def name(self) -> str:
        """``github``, ``gitlab``, ``local`` or ``memory``."""

    @property
    def lag_s(self) -> float:
        """For how long a thing that exists may be missing from this forge's answers."""

    def read_event(self, kind: str, payload: Mapping[str, object]) -> Event | None:
        """What a delivery says, in our words; None where nobody here listens to it.

        Pure. ``kind`` is the forge's event name (``X-GitHub-Event``). Raises ``UserError``
        (``unreadable_payload``) where a field that it needs is absent or of another type.
        """

    def diagnose(self, repository: Repository | None = None) -> Sequence[Finding]:
        """What `doctor` shows of this forge, or of one repository on it. Never raises."""
