"""The repository in which an owner keeps what holds for all of its others: policy, workflows and
packs.
"""

from __future__ import annotations

from bot.core.identity import Repository

_NAMES = {"gitlab": "firstcommit-config"}


def organisation_repository(forge: str) -> str:
    """The name of the repository whose policy holds for all of its owner's."""
    return _NAMES.get(forge, ".github")


def organisation_home(near: Repository) -> str:
    """The full name of the repository in which a repository's owner keeps policy, workflows and
    packs."""
    return f"{near.owner}/{organisation_repository(near.forge)}"


def is_home_of(found: Repository, near: Repository) -> bool:
    """Whether it is the owner's, and not where a name leads that was theirs once."""
    wanted = organisation_repository(near.forge)
    return found.owner_id == near.owner_id and found.name.lower() == wanted
