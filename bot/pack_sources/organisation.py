"""An organisation's own packs: folders of its repository for such things.

Whoever may not read that repository does not learn
what is in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.git_values import Commit
from bot.core.identity import Actor, Permission, Repository
from bot.generation.foreign.bundle import MANIFESTS
from bot.homes import home_folder, home_of, reading
from bot.pack_sources.asking import Asker
from bot.services import Services


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """The packs of an owner, at a commit: their folders by name."""

    repository: Repository
    commit: Commit
    folders: Mapping[str, str]


def pack_folder(forge: str) -> str:
    """Where an organisation's packs lie in its repository for such things."""
    return home_folder(forge, "packs")


def shelf_of(services: Services, near: Repository, asker: Asker) -> Shelf | None:
    """The packs of a repository's owner; None where there are none that may be seen.

    Raises:
        Transient: Where they could not be read. That is never taken for *there are none*.
    """
    forge, folder = services.forge(near.forge), pack_folder(near.forge)

    def for_whom(found: Repository) -> bool:
        return not found.private or may_read(services, found, asker)

    with reading(near, "packs", reason="packs_unreadable"):
        home = home_of(forge, near, for_whom=for_whom)
        if home is None:
            return None
        names = _names(list(forge.tree(home.repository, home.commit, folder)))
    folders = {name: f"{folder}/{name}" for name in names}
    return Shelf(repository=home.repository, commit=home.commit, folders=folders)


def may_read(services: Services, repository: Repository, asker: Asker) -> bool:
    """Whether somebody may read a repository, as its forge says now."""
    if asker.operates:
        return True
    actor: Actor | None = asker.actor
    if actor is None or actor.forge != repository.forge:
        return False
    return services.forge(repository.forge).permission(repository, actor) >= Permission.READ


def _names(paths: Sequence[str]) -> list[str]:
    """The folders that hold a pack, whatever tool it is written for."""
    found = {path.split("/")[0] for path in paths if path.split("/")[1:] in _MANIFEST_PATHS}
    return sorted(found)


_MANIFEST_PATHS = [[name] for name in MANIFESTS]
