"""Who may do what, asked from GitHub each time."""

from __future__ import annotations

import re

from bot.core.identity import Actor, Permission, Repository, Standing
from bot.errors import UserError
from bot.forges.github.answers import (
    Installation,
    read_actor,
    read_installation,
    read_object,
)
from bot.forges.github.client import Client
from bot.forges.github.failures import BadCredentials, NotFound, OutOfReach
from bot.forges.github.grants import Access, Purpose
from bot.forges.github.routes import Route, is_login, repository_route, route
from bot.forges.port import Grant, Owner

#: A team as GitHub's addresses name it.
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_ROLES = {
    "none": Permission.NONE,
    "read": Permission.READ,
    "triage": Permission.TRIAGE,
    "write": Permission.WRITE,
    "maintain": Permission.MAINTAIN,
    "admin": Permission.ADMIN,
}


class Rights:
    """The port's `Rights`, but for `me`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def person(self, login: str) -> Actor | None:
        """https://docs.github.com/rest/users/users#get-a-user"""
        if not is_login(login):
            return None
        try:
            user = read_object(self._client.public(route("/users/{login}", login=login)))
        except NotFound:
            return None
        return None if user.get("type") == "Organization" else read_actor(user)

    def permission(self, repository: Repository, actor: Actor) -> Permission:
        """https://docs.github.com/rest/collaborators/collaborators"""
        if not is_login(actor.login):
            return Permission.NONE
        access = Access(
            installation=repository.installation, purpose=Purpose.TALK, repository_id=repository.id
        )
        where = repository_route(repository, "/collaborators/{login}/permission", login=actor.login)
        try:
            answer = read_object(self._client.get(access, where, needs="metadata: read"))
        except UserError as exc:
            if exc.reason == "suspended" or isinstance(exc, BadCredentials):
                raise
            return Permission.NONE
        if not _is_same_account(answer.get("user"), actor):
            return Permission.NONE
        # An organisation's own roles have any name; `permission` says what they are based on.
        role = _ROLES.get(str(answer.get("role_name")))
        return _ROLES.get(str(answer.get("permission")), Permission.NONE) if role is None else role

    def owner(self, login: str, actor: Actor) -> Owner | None:
        if not is_login(login):
            return None
        installation = self.installation_of(login)
        if installation is None:
            return self._owner_without_us(login, actor)
        return Owner(
            login=installation.login,
            account_id=installation.account_id,
            is_person=installation.is_person,
            standing=self._standing(installation, actor),
            installation=installation.id,
            obstacle=_obstacle(installation),
        )

    def in_team(self, owner_login: str, team: str, actor: Actor) -> bool:
        """https://docs.github.com/rest/teams/members#get-team-membership-for-a-user"""
        if not is_login(owner_login) or not _SLUG.fullmatch(team):
            return False
        installation = self.installation_of(owner_login)
        # The answer about a team names nobody but by login; that about the organisation says
        # whose login it is, and everybody in a team is a member of its organisation.
        if installation is None or installation.is_person:
            return False
        if self._standing(installation, actor) is Standing.NONE:
            return False
        where = route(
            "/orgs/{org}/teams/{team}/memberships/{login}",
            org=installation.login,
            team=team.lower(),
            login=actor.login,
        )
        return self._is_active(installation, where)

    def _is_active(self, installation: Installation, where: Route) -> bool:
        access = Access(installation=installation.id, purpose=Purpose.LOOK)
        try:
            answer = read_object(self._client.get(access, where, needs="members: read"))
        except UserError as exc:
            if isinstance(exc, BadCredentials):
                raise
            return False
        return answer.get("state") == "active"

    def grant(self, installation: str) -> Grant | None:
        """https://docs.github.com/rest/apps/apps#get-an-installation-for-the-authenticated-app"""
        try:
            found = self._client.grants.installation(installation, fresh=True)
        except OutOfReach:
            return None
        return Grant(
            login=found.login,
            account_id=found.account_id,
            is_person=found.is_person,
            suspended=found.suspended,
        )

    def installation_of(self, login: str) -> Installation | None:
        """Our installation on an account, as of now; None where there is none."""
        for template in ("/orgs/{login}/installation", "/users/{login}/installation"):
            try:
                found = read_installation(self._client.as_app(route(template, login=login)))
            except NotFound:
                continue
            self._client.grants.keep(found)
            return found
        return None

    def _owner_without_us(self, login: str, actor: Actor) -> Owner | None:
        try:
            user = read_object(self._client.public(route("/users/{login}", login=login)))
        except NotFound:
            return None
        account = read_actor(user)
        is_person = user.get("type") == "User"
        is_own = is_person and account.account_id == actor.account_id
        return Owner(
            login=account.login,
            account_id=account.account_id,
            is_person=is_person,
            # What somebody is to an organisation cannot be asked where we are not installed.
            standing=Standing.OWNER if is_own else Standing.NONE,
            obstacle=_PERSON if is_person else f"The GitHub App is not installed on {login}.",
        )

    def _standing(self, installation: Installation, actor: Actor) -> Standing:
        """https://docs.github.com/rest/orgs/members"""
        if installation.is_person:
            is_own = installation.account_id == actor.account_id
            return Standing.OWNER if is_own else Standing.NONE
        if installation.suspended or not is_login(actor.login):
            return Standing.NONE
        access = Access(installation=installation.id, purpose=Purpose.LOOK)
        where = route("/orgs/{org}/memberships/{login}", org=installation.login, login=actor.login)
        try:
            answer = read_object(self._client.get(access, where, needs="members: read"))
        except UserError as exc:
            if isinstance(exc, BadCredentials):
                raise
            return Standing.NONE
        if answer.get("state") != "active" or not _is_same_account(answer.get("user"), actor):
            return Standing.NONE
        return Standing.OWNER if answer.get("role") == "admin" else Standing.MEMBER


_PERSON = "GitHub lets no App create repositories in a person's account, only in an organisation."


def _obstacle(installation: Installation) -> str:
    if installation.is_person:
        return _PERSON
    if installation.suspended:
        return f"The GitHub App is suspended on {installation.login}."
    if installation.permissions.get("administration") != "write":
        return (
            f"{installation.login} did not grant the GitHub App the permission "
            "administration: write, without which it cannot create repositories."
        )
    return ""


def _is_same_account(user: object, actor: Actor) -> bool:
    """Whether the answer is about the actor, and not about who took their old login."""
    return isinstance(user, dict) and str(user.get("id")) == actor.account_id
