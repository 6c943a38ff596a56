"""The program as it is within one account: whatever lies elsewhere is not there.

Somebody who may know all that others may do with their own repositories may not learn by that what
those others may see of somebody else's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from bot.core.identity import Actor, Permission, Repository
from bot.forges.port import Forge, Owner
from bot.services import Services


def within_account(services: Services, near: Repository) -> Services:
    """The services with one forge, and of that only what lies under the owner of a repository."""
    forge = cast("Forge", _Fenced(services.forge(near.forge), near))
    return replace(services, forges={near.forge: forge})


class _Fenced:
    """A forge of which one account's repositories can be seen. All that it does not say itself
    is about a repository that was found before, or about nobody's."""

    def __init__(self, real: Forge, near: Repository) -> None:
        self._real = real
        self._near = near

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def repository(self, full_name: str) -> Repository | None:
        """The account's alone."""
        found = self._real.repository(full_name)
        return found if found is not None and self._is_inside(found) else None

    def permission(self, repository: Repository, actor: Actor) -> Permission:
        """None on what is not the account's."""
        if not self._is_inside(repository):
            return Permission.NONE
        return self._real.permission(repository, actor)

    def owner(self, login: str, actor: Actor) -> Owner | None:
        """The account, and no other."""
        found = self._real.owner(login, actor)
        inside = found is not None and found.account_id == self._near.owner_id
        return found if inside else None

    def in_team(self, owner_login: str, team: str, actor: Actor) -> bool:
        """Of the account's teams alone."""
        if owner_login.lower() != self._near.owner.lower():
            return False
        return self._real.in_team(owner_login, team, actor)

    def _is_inside(self, repository: Repository) -> bool:
        return repository.owner_id == self._near.owner_id
