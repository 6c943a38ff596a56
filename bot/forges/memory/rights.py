"""Who may do what on a forge in memory."""

from __future__ import annotations

from dataclasses import replace

from bot.core.identity import Actor, Permission, Repository, Standing
from bot.forges.memory.world import World
from bot.forges.port import Owner


def permission(world: World, repository: Repository, actor: Actor) -> Permission:
    """What a test gave; owners may do everything, and all may read what is public."""
    place = world.places.get(repository.full_name.lower())
    person = world.person(actor)
    if place is None or person is None or place.repository.id != repository.id:
        return Permission.NONE
    if _owns(world, place.repository, person):
        return Permission.ADMIN
    least = Permission.NONE if place.repository.private else Permission.READ
    key = (place.repository.full_name.lower(), person.login.lower())
    return world.permissions.get(key, least)


def _owns(world: World, repository: Repository, person: Actor) -> bool:
    """Whether the account is the person's that it lies under, and not the next one of its login."""
    account = world.owners.get(repository.owner.lower())
    is_same = account is None or account.account_id == repository.owner_id
    return is_same and world.standing(repository.owner, person) is Standing.OWNER


def owner(world: World, login: str, actor: Actor) -> Owner | None:
    """An account that a test added, and what the person is to it."""
    account = world.owners.get(login.lower())
    person = world.person(actor)
    if account is None or person is None:
        return account
    return replace(account, standing=world.standing(login, person))


def in_team(world: World, owner_login: str, team: str, actor: Actor) -> bool:
    """Whether a test put the person into that team."""
    person = world.person(actor)
    if person is None:
        return False
    return (owner_login.lower(), team.lower(), person.login.lower()) in world.team_members
