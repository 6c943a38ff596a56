"""The forges that are held to the contract, each in a bed of its own.

Another forge joins with a class that keeps `Bed` and one fixture, named ``NAME_bed``, in
``conftest.py``; its name goes into ``BEDS`` there.
"""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from bot.core.git_values import Comment, Commit, Reaction
from bot.core.identity import Actor, Permission, Repository, Thread, ThreadKind
from bot.forges import local, memory
from bot.forges.port import Forge


@dataclass(frozen=True, kw_only=True)
class IssueSeen:
    """An issue as people see it; ``milestone`` is the title of what it is gathered under."""

    title: str
    text: str
    author: Actor
    labels: frozenset[str] = frozenset()
    milestone: str = ""


class Bed(Protocol):
    """A forge under test, with the hands of those who use it."""

    @property
    def forge(self) -> Forge:
        """The adapter under test."""

    @property
    def namespace(self) -> str:
        """An organisation's login, under which the forge lets us make repositories."""

    @property
    def lacks(self) -> Mapping[str, str]:
        """What this bed's server cannot show, with the reason. The adapter is not at fault."""

    def new_name(self) -> str:
        """A repository's name that nobody has."""

    def make_repository(self, *, private: bool = True) -> Repository:
        """A new repository of ``namespace``, holding only the forge's first commit."""

    def tag(self, repository: Repository, name: str, object_id: str, message: str = "") -> str:
        """Tag an object; with a message, the tag is an object of its own. Gives what was tagged
        or, with a message, that object."""

    def link(self, repository: Repository, path: str, to: str, submodule: str, at: str) -> Commit:
        """A commit on a branch of its own: a link at one path, another repository's commit at
        another, and nothing else."""

    def person(self, repository: Repository, permission: Permission) -> Actor:
        """A person of the forge who has exactly that permission there, and owns nothing."""

    def owner_person(self) -> Actor:
        """A person who owns ``namespace``."""

    def member_person(self) -> Actor:
        """A person who is a member of ``namespace``, but owns nothing there."""

    def add_to_team(self, team: str, person: Actor) -> None:
        """Put a member of ``namespace`` into a team of it, which is made where it is not."""

    def open_thread(self, repository: Repository, author: Actor, text: str) -> Thread:
        """An issue opened by a person."""

    def issue(self, repository: Repository, number: int) -> IssueSeen:
        """An issue, as people see it."""

    def close_milestone(self, repository: Repository, number: int) -> None:
        """Close a milestone, as a person does."""

    def say(self, thread: Thread, author: Actor, text: str) -> Comment:
        """A comment by a person."""

    def reactions(self, thread: Thread, comment_id: str | None) -> Sequence[Reaction]:
        """Our reactions, as people count them."""

    def delivery_for_comment(
        self, thread: Thread, comment: Comment
    ) -> tuple[str, Mapping[str, object]]:
        """Event name and payload that the forge sends for a new comment."""

    def delivery_for_thread(self, thread: Thread) -> tuple[str, Mapping[str, object]]:
        """Event name and payload that the forge sends for a new issue."""

    def a_moment_later(self) -> datetime:
        """A time after all that happened, and not after what happens next."""


def needs(bed: Bed, ability: str) -> None:
    """Skip the test, with the bed's reason, where its server cannot show that."""
    if ability in bed.lacks:
        pytest.skip(bed.lacks[ability])


class SteppingClock:
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def step(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


_ONLY_FILES = "Nothing but files can be put into a forge in memory."


class MemoryBed:
    """The forge in memory."""

    namespace = "acme"
    lacks: Mapping[str, str] = {"links": _ONLY_FILES}

    def __init__(self) -> None:
        self._clock = SteppingClock()
        self._numbers = itertools.count(1)
        self.forge = memory.MemoryForge(clock=self._clock)
        self.people = self.forge.people
        self.people.add_account(self.namespace)

    def new_name(self) -> str:
        return f"thing-{next(self._numbers)}"

    def make_repository(self, *, private: bool = True) -> Repository:
        return self.people.add_repository(f"{self.namespace}/{self.new_name()}", private=private)

    def tag(self, repository: Repository, name: str, object_id: str, message: str = "") -> str:
        self.people.tag(repository, name, object_id)
        return object_id

    def link(self, repository: Repository, path: str, to: str, submodule: str, at: str) -> Commit:
        raise AssertionError(self.lacks["links"])

    def person(self, repository: Repository, permission: Permission) -> Actor:
        given = {repository.full_name: permission} if permission else {}
        return self.people.add_person(f"person-{next(self._numbers)}", given)

    def owner_person(self) -> Actor:
        return self.people.add_person("olive", owner_of=[self.namespace])

    def member_person(self) -> Actor:
        return self.people.add_person("max", member_of=[self.namespace])

    def add_to_team(self, team: str, person: Actor) -> None:
        self.people.add_to_team(self.namespace, team, person)

    def open_thread(self, repository: Repository, author: Actor, text: str) -> Thread:
        return self.people.open_thread(repository, "A thread", text, author=author)

    def issue(self, repository: Repository, number: int) -> IssueSeen:
        (found,) = (one for one in self.people.issues(repository) if one.number == number)
        milestone = self.people.issue_milestone(repository, number)
        return IssueSeen(
            title=found.title,
            text=self.people.issue_text(repository, number),
            author=self.people.issue_author(repository, number),
            labels=frozenset(self.people.issue_labels(repository, number)),
            milestone=milestone.title if milestone else "",
        )

    def close_milestone(self, repository: Repository, number: int) -> None:
        self.people.close_milestone(repository, number)

    def say(self, thread: Thread, author: Actor, text: str) -> Comment:
        return self.people.say(thread, text, author=author)

    def reactions(self, thread: Thread, comment_id: str | None) -> Sequence[Reaction]:
        return sorted(self.people.reactions(thread, comment_id))

    def delivery_for_comment(
        self, thread: Thread, comment: Comment
    ) -> tuple[str, Mapping[str, object]]:
        return _parsed(self.people.delivery_for_comment(thread, comment))

    def delivery_for_thread(self, thread: Thread) -> tuple[str, Mapping[str, object]]:
        return _parsed(self.people.delivery_for_thread(thread))

    def a_moment_later(self) -> datetime:
        return self._clock.step()


class LocalBed:
    """The forge on disk."""

    namespace = "acme"
    lacks: Mapping[str, str] = {"teams": "the local forge has no teams"}

    def __init__(self, folder: Path) -> None:
        self._clock = SteppingClock()
        self._numbers = itertools.count(1)
        self.forge = local.LocalForge(folder, clock=self._clock)
        self.people = local.People(self.forge)

    def new_name(self) -> str:
        return f"thing-{next(self._numbers)}"

    def make_repository(self, *, private: bool = True) -> Repository:
        owner = self.forge.owner(self.namespace, local.YOU)
        assert owner is not None
        return self.forge.create_repository(owner, self.new_name(), private=private, description="")

    def tag(self, repository: Repository, name: str, object_id: str, message: str = "") -> str:
        noted = ("-a", "-m", message) if message else ()
        _git(repository, "tag", *noted, name, object_id)
        return _git(repository, "rev-parse", f"refs/tags/{name}")

    def link(self, repository: Repository, path: str, to: str, submodule: str, at: str) -> Commit:
        blob = _git(repository, "hash-object", "-w", "--stdin", stdin=to)
        lines = [f"120000 blob {blob}\t{path}", f"160000 commit {at}\t{submodule}"]
        tree = _git(repository, "mktree", "--missing", stdin="\n".join(lines))
        commit = _git(repository, "commit-tree", tree, "-m", "Link")
        _git(repository, "branch", "links", commit)
        found = self.forge.head(repository, "links")
        assert found is not None
        return found

    def person(self, repository: Repository, permission: Permission) -> Actor:
        given = {repository.full_name: permission} if permission else {}
        return self.people.add_person(f"person-{next(self._numbers)}", given)

    def owner_person(self) -> Actor:
        return self.people.add_person("olive", owner_of=[self.namespace])

    def member_person(self) -> Actor:
        return self.people.add_person("max", member_of=[self.namespace])

    def add_to_team(self, team: str, person: Actor) -> None:
        raise AssertionError(self.lacks["teams"])

    def open_thread(self, repository: Repository, author: Actor, text: str) -> Thread:
        return self.people.open_thread(repository.full_name, "A thread", text, author=author)

    def issue(self, repository: Repository, number: int) -> IssueSeen:
        found = self.people.thread(repository.full_name, number)
        assert found is not None
        assert found.thread.kind is ThreadKind.ISSUE
        return IssueSeen(
            title=found.title,
            text=found.text,
            author=found.author,
            labels=frozenset(found.labels),
            milestone=found.milestone,
        )

    def close_milestone(self, repository: Repository, number: int) -> None:
        self.people.close_milestone(repository, number)

    def say(self, thread: Thread, author: Actor, text: str) -> Comment:
        return self.people.say(thread, text, author=author)

    def reactions(self, thread: Thread, comment_id: str | None) -> Sequence[Reaction]:
        posts = self.people.timeline(thread)
        (post,) = (post for post in posts if post.comment_id == comment_id)
        return [reaction for reaction, actor in post.reactions if actor == self.forge.me()]

    def delivery_for_comment(
        self, thread: Thread, comment: Comment
    ) -> tuple[str, Mapping[str, object]]:
        return _parsed(self.people.delivery_for_comment(thread, comment))

    def delivery_for_thread(self, thread: Thread) -> tuple[str, Mapping[str, object]]:
        return _parsed(self.people.delivery_for_thread(thread))

    def a_moment_later(self) -> datetime:
        return self._clock.step()


def _git(repository: Repository, *arguments: str, stdin: str = "") -> str:
    """What a git command prints in a repository on disk, in the name of a person."""
    who = ("-c", "user.name=Olive", "-c", "user.email=olive@example.org")
    command = ["git", "-C", repository.clone_url, *who, *arguments]
    return subprocess.run(
        command, input=stdin, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


def _parsed(delivery: tuple[str, bytes]) -> tuple[str, Mapping[str, object]]:
    kind, body = delivery
    payload = json.loads(body)
    assert isinstance(payload, dict)
    return kind, payload
