"""Repositories, branches and changes that exist in a rehearsal only."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.core.git_values import Change, Commit
from bot.core.identity import Repository
from bot.core.names import split_full_name
from bot.errors import UserError
from bot.forges.names import check_repository_name
from bot.forges.port import Owner

_MARK = "rehearsed-"


def is_invented(repository: Repository) -> bool:
    """Whether the real forge has never heard of it."""
    return repository.id.startswith(_MARK)


class Places:
    """What a rehearsal has made on one forge, and what it has changed of what was there."""

    def __init__(self, forge: str, clock: Callable[[], datetime]) -> None:
        self._forge = forge
        self._clock = clock
        self._repositories: dict[str, Repository] = {}
        self._created_at: dict[str, datetime] = {}
        self._descriptions: dict[str, str] = {}
        self._branches: dict[tuple[str, str], Commit] = {}
        self._changes: dict[str, list[Change]] = {}
        self._titles: dict[tuple[str, int], str] = {}
        self._ids = itertools.count(1)

    def make(self, owner: Owner, name: str, *, private: bool, description: str) -> Repository:
        """A repository without a commit. Whether the name is free is the caller's to know."""
        check_repository_name(name)
        full_name = f"{owner.login}/{name}"
        if split_full_name(full_name) is None:
            raise UserError(f"{full_name!a} is no repository's name.", reason="invalid_name")
        made = Repository(
            forge=self._forge,
            id=f"{_MARK}{next(self._ids)}",
            owner=owner.login,
            owner_id=owner.account_id,
            name=name,
            owner_is_person=owner.is_person,
            private=private,
            description=description,
            installation=owner.installation,
        )
        self._repositories[full_name.lower()] = made
        self._created_at[made.id] = self._clock()
        return made

    def find(self, full_name: str) -> Repository | None:
        """One of ours."""
        found = self._repositories.get(full_name.lower())
        return None if found is None else self.as_described(found)

    def need(self, repository: Repository) -> None:
        """Raises UserError ``no_access`` where it looks like one of ours and is none."""
        if repository.id not in self._created_at:
            raise UserError("There is no such repository here.", reason="no_access")

    def created_at(self, repository: Repository) -> datetime:
        """When one of ours was made."""
        self.need(repository)
        return self._created_at[repository.id]

    def describe(self, repository: Repository, description: str) -> None:
        """Have another description, of one of ours or of theirs."""
        self._descriptions[repository.id] = description

    def as_described(self, repository: Repository) -> Repository:
        """With the description that it would have by now."""
        description = self._descriptions.get(repository.id)
        return repository if description is None else replace(repository, description=description)

    def tip(self, repository: Repository, branch: str) -> Commit | None:
        """Where a branch was put; None where it was left alone."""
        return self._branches.get((repository.id, branch))

    def put(self, repository: Repository, branch: str, commit: Commit) -> None:
        """Have a branch stand at a commit."""
        self._branches[repository.id, branch] = commit

    def change_from(self, repository: Repository, branch: str) -> Change | None:
        """The newest change from that branch that was opened here."""
        changes = reversed(self._changes.get(repository.id, []))
        return next((change for change in changes if change.branch == branch), None)

    def change_of_number(self, repository: Repository, number: int) -> Change | None:
        """The change of that number, if it was opened here."""
        changes = self._changes.get(repository.id, [])
        return next((change for change in changes if change.number == number), None)

    def title_of(self, repository: Repository, number: int) -> str:
        """What a change is called that was opened here."""
        return self._titles.get((repository.id, number), "")

    def add_change(self, repository: Repository, change: Change, title: str) -> None:
        """Have a change be open."""
        self._titles[repository.id, change.number] = title
        self._changes.setdefault(repository.id, []).append(change)
