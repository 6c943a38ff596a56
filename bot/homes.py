"""The repository in which an owner keeps what holds for all of its others: policy, workflows and
packs. What lies there is read from its default branch only, at one commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.core.git_values import Commit
from bot.core.identity import Repository
from bot.errors import Transient, UserError
from bot.forges.port import Forge

_NAMES = {"gitlab": "firstcommit-config"}
_FOLDERS = {"gitlab": ".gitlab/firstcommit"}


@dataclass(frozen=True, kw_only=True)
class Home:
    """An owner's home as it is now: the commit at the tip of its default branch."""

    repository: Repository
    commit: Commit


def organisation_repository(forge: str) -> str:
    """The name of the repository whose policy holds for all of its owner's."""
    return _NAMES.get(forge, ".github")


def organisation_home(near: Repository) -> str:
    """The full name of the repository in which a repository's owner keeps policy, workflows and
    packs."""
    return f"{near.owner}/{organisation_repository(near.forge)}"


def home_folder(forge: str, what: str) -> str:
    """Where in it the files of one kind lie, such as ``packs``."""
    return f"{_FOLDERS.get(forge, '.github/firstcommit')}/{what}"


def is_home_of(found: Repository, near: Repository) -> bool:
    """Whether it is the owner's, and not where a name leads that was theirs once."""
    wanted = organisation_repository(near.forge)
    return found.owner_id == near.owner_id and found.name.lower() == wanted


def home_of(
    forge: Forge, near: Repository, *, for_whom: Callable[[Repository], bool] = lambda _: True
) -> Home | None:
    """The home of a repository's owner; None where there is none, or nothing in it.

    Args:
        for_whom: Whether it is read for whoever asks, once it is known which it is.
    """
    found = forge.repository(organisation_home(near))
    if found is None or not is_home_of(found, near) or not for_whom(found):
        return None
    head = forge.head(found, found.default_branch)
    return None if head is None else Home(repository=found, commit=head)


@contextmanager
def reading(near: Repository, what: str, *, reason: str) -> Iterator[None]:
    """Reading what lies at home.

    Raises:
        Transient: Where it cannot be read. That is never taken for *there is none*.
    """
    try:
        yield
    except UserError as exc:
        raise Transient(
            f"The {what} of {organisation_home(near)} cannot be read: {exc.message}",
            reason=reason,
            remedy=exc.remedy,
        ) from exc
