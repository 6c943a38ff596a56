"""What lies in a forge in memory: accounts, repositories and threads."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.git_values import Change, Check, Comment, FileToWrite, Milestone, Reaction
from bot.core.identity import Actor, Permission, Repository, Standing, Thread, ThreadKind
from bot.core.names import split_full_name
from bot.core.reviews import Remark
from bot.errors import UserError
from bot.forges.memory.objects import Objects
from bot.forges.names import check_repository_name
from bot.forges.port import Grant, Owner


@dataclass
class Talk:
    """What a thread holds."""

    title: str
    text: str
    author: Actor
    created_at: datetime
    milestone: int | None = None
    labels: tuple[str, ...] = ()
    comments: dict[str, Comment] = field(default_factory=dict)
    updated_at: dict[str, datetime] = field(default_factory=dict)
    reactions: set[tuple[str | None, Reaction]] = field(default_factory=set)


@dataclass
class Place:
    """What a repository holds."""

    repository: Repository
    created_at: datetime
    objects: Objects = field(default_factory=Objects)
    talks: dict[int, Talk] = field(default_factory=dict)
    changes: dict[int, Change] = field(default_factory=dict)
    milestones: dict[int, Milestone] = field(default_factory=dict)
    #: What was said of changes, by its id: the number of the change, the text, and the remarks.
    reviews: dict[str, tuple[int, str, tuple[Remark, ...]]] = field(default_factory=dict)
    #: By commit and name of the check.
    checks: dict[tuple[str, str], tuple[str, Check]] = field(default_factory=dict)


class World:
    """All of it; names are looked up in lower case, as forges do."""

    def __init__(self, name: str, clock: Callable[[], datetime], web_url: str = "") -> None:
        self.name = name
        #: Where its pages would be; empty where it has none.
        self.web_url = web_url
        self.clock = clock
        self.places: dict[str, Place] = {}
        self.owners: dict[str, Owner] = {}
        self.people: dict[str, Actor] = {}
        self.permissions: dict[tuple[str, str], Permission] = {}
        self.standings: dict[tuple[str, str], Standing] = {}
        #: Account, team and login, all in lower case.
        self.team_members: set[tuple[str, str, str]] = set()
        #: Installations that were suspended, and those that were removed.
        self.suspended: set[str] = set()
        self.removed: set[str] = set()
        #: Repositories that no grant covers, by full name in lower case.
        self.withheld: set[str] = set()
        self._ids = itertools.count(1)

    def new_id(self) -> str:
        return str(next(self._ids))

    def page(self, repository: Repository, rest: str) -> str:
        return f"{repository.web_url}{rest}" if repository.web_url else ""

    def place(self, repository: Repository) -> Place:
        place = self.places.get(repository.full_name.lower())
        if place is None or place.repository.id != repository.id:
            raise UserError("There is no such repository here.", reason="no_access")
        return place

    def repository(self, full_name: str) -> Repository | None:
        place = self.places.get(full_name.lower())
        is_out_of_reach = full_name.lower() in self.withheld
        return None if place is None or is_out_of_reach else place.repository

    def talk(self, thread: Thread) -> Talk:
        talk = self.place(thread.repository).talks.get(thread.number)
        if talk is None:
            raise UserError("There is no such thread here.", reason="no_access")
        return talk

    def thread(self, repository: Repository, number: int) -> Thread | None:
        place = self.place(repository)
        if number not in place.talks:
            return None
        kind = ThreadKind.CHANGE if number in place.changes else ThreadKind.ISSUE
        return Thread(repository=repository, number=number, kind=kind)

    def person(self, actor: Actor) -> Actor | None:
        """The person by id: the login that an actor carries proves nothing."""
        return next((known for known in self.people.values() if known.is_same_as(actor)), None)

    def standing(self, account: str, person: Actor) -> Standing:
        key = (account.lower(), person.login.lower())
        return Standing.OWNER if key[0] == key[1] else self.standings.get(key, Standing.NONE)

    def grant(self, installation: str) -> Grant | None:
        """What an account has granted under that id, unless it took it back."""
        granted = (one for one in self.owners.values() if one.installation == installation)
        account = next(granted, None)
        if account is None or installation in self.removed:
            return None
        return Grant(
            login=account.login,
            account_id=account.account_id,
            is_person=account.is_person,
            suspended=installation in self.suspended,
        )

    def granted(self, owner: str, installation: str) -> list[Repository]:
        """The repositories of an account, unless it took its grant back."""
        if installation in self.removed:
            return []
        found = [place.repository for place in self.places.values()]
        return [
            one
            for one in found
            if one.owner.lower() == owner.lower()
            and one.installation == installation
            and one.full_name.lower() not in self.withheld
        ]

    def open_change(self, repository: Repository, branch: str) -> Change | None:
        """The newest change from that branch that is open."""
        newest_first = reversed(self.place(repository).changes.values())
        return next((one for one in newest_first if one.branch == branch and one.is_open), None)

    def open_thread(
        self, repository: Repository, *, title: str, text: str, author: Actor, kind: ThreadKind
    ) -> Thread:
        place = self.place(repository)
        number = len(place.talks) + 1
        place.talks[number] = Talk(title=title, text=text, author=author, created_at=self.clock())
        page = "pull" if kind is ThreadKind.CHANGE else "issues"
        url = self.page(repository, f"/{page}/{number}")
        return Thread(repository=place.repository, number=number, kind=kind, url=url)

    def say(self, thread: Thread, text: str, author: Actor) -> Comment:
        talk = self.talk(thread)
        now = self.clock()
        said = Comment(id=self.new_id(), author=author, body=text, created_at=now)
        talk.comments[said.id] = said
        talk.updated_at[said.id] = now
        return said

    def make_repository(
        self, owner: Owner, name: str, *, private: bool, description: str
    ) -> Repository:
        check_repository_name(name)
        full_name = f"{owner.login}/{name}"
        if split_full_name(full_name) is None:
            raise UserError(f"{full_name!a} is no repository's name.", reason="invalid_name")
        if full_name.lower() in self.places:
            raise UserError(f"{full_name} exists already.", reason="repository_exists")
        repository = Repository(
            forge=self.name,
            id=self.new_id(),
            owner=owner.login,
            owner_id=owner.account_id,
            name=name,
            owner_is_person=owner.is_person,
            private=private,
            description=description,
            installation=owner.installation,
            web_url=f"{self.web_url}/{full_name}" if self.web_url else "",
            clone_url=f"{self.web_url}/{full_name}.git" if self.web_url else "",
        )
        place = Place(repository=repository, created_at=self.clock())
        readme = FileToWrite(path="README.md", content=f"# {name}\n".encode())
        first = place.objects.commit([readme], "Initial commit\n", self.clock(), None)
        place.objects.branches[repository.default_branch] = first.id
        self.places[full_name.lower()] = place
        return repository
