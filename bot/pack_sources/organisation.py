"""An organisation's own packs: folders of its repository for such things.

They are read from its default branch only. Whoever may not read that repository does not learn
what is in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.git_values import Commit
from bot.core.identity import Actor, Permission, Repository
from bot.errors import Transient, UserError
from bot.generation.foreign.bundle import MANIFESTS
from bot.homes import is_home_of, organisation_home
from bot.pack_sources.asking import Asker
from bot.services import Services

_FOLDERS = {"gitlab": ".gitlab/firstcommit/packs"}


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """The packs of an owner, at a commit: their folders by name."""

    repository: Repository
    commit: Commit
    folders: Mapping[str, str]


def pack_folder(forge: str) -> str:
    """Where an organisation's packs lie in its repository for such things."""
    return _FOLDERS.get(forge, ".github/firstcommit/packs")


def shelf_of(services: Services, near: Repository, asker: Asker) -> Shelf | None:
    """The packs of a repository's owner; None where there are none that may be seen.

    Raises:
        Transient: Where they could not be read. That is never taken for *there are none*.
    """
    forge = services.forge(near.forge)
    full_name = organisation_home(near)
    try:
        found = forge.repository(full_name)
        if found is None or not is_home_of(found, near):
            return None
        if found.private and not may_read(services, found, asker):
            return None
        head = forge.head(found, found.default_branch)
        if head is None:
            return None
        folder = pack_folder(near.forge)
        names = _names(list(forge.tree(found, head, folder)))
        folders = {name: f"{folder}/{name}" for name in names}
        return Shelf(repository=found, commit=head, folders=folders)
    except UserError as exc:
        raise Transient(
            f"The packs of {full_name} cannot be read: {exc.message}",
            reason="packs_unreadable",
            remedy=exc.remedy,
        ) from exc


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
