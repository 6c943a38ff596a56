"""Who may do what: permissions on a repository and membership of an organisation.

https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user
https://docs.github.com/rest/orgs/members#get-organization-membership-for-a-user
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from tests.e2e.exchange import NO_ACCESS, NOT_FOUND, Answer, Request, answer
from tests.e2e.site import Site, route

#: From the least to the most, as collaborators are invited.
LEVELS = ("none", "pull", "triage", "push", "maintain", "admin")
ROLES = {"pull": "read", "push": "write"}
#: The answer's ``permission`` knows four values; finer roles fold into them.
FOLDED = {"triage": "read", "maintain": "write", "pull": "read", "push": "write"}


def show_permission(site: Site, request: Request, owner: str, name: str, login: str) -> Answer:
    """A person's permission; the emulator takes every member of an organisation for an admin."""
    seen = site.forward(
        Request(method="GET", path=f"/repos/{owner}/{name}", headers=request.headers)
    )
    if not seen.ok:
        return seen
    user = site.user(unquote(login))
    if user is None:
        return NOT_FOUND
    level = _level(site, seen.document, user)
    role = ROLES.get(level, level)
    reached = LEVELS.index(level)
    permissions = {each: reached >= LEVELS.index(each) for each in LEVELS[1:]}
    shown = {**user, "permissions": permissions, "role_name": role}
    permission = FOLDED.get(level, level)
    return answer(200, {"permission": permission, "role_name": role, "user": shown})


def add_collaborator(site: Site, request: Request, owner: str, name: str, login: str) -> Answer:
    """Hand it on and remember it, since it is hidden behind membership afterwards."""
    got = site.forward(request)
    repository = site.repository(owner, name)
    if got.ok and repository:
        with site.lock:
            site.collaborators[repository["id"], login] = got.document["permission"]
    return got


def remove_collaborator(site: Site, request: Request, owner: str, name: str, login: str) -> Answer:
    got = site.forward(request)
    repository = site.repository(owner, name)
    if got.ok and repository:
        with site.lock:
            site.collaborators.pop((repository["id"], login), None)
    return got


def show_membership(site: Site, request: Request, org: str, login: str) -> Answer:
    """Membership; a token needs ``members: read`` and the organisation as its account."""
    grant = site.grant(request)
    if grant and (not grant.may_read("members") or grant.account.lower() != org.lower()):
        return NO_ACCESS
    return site.forward(request)


def _level(site: Site, repository: dict[str, Any], user: dict[str, Any]) -> str:
    owner, login = repository["owner"], user["login"]
    if owner["login"] == login:
        return "admin"
    levels = ["none" if repository["private"] else "pull"]
    levels.append(site.collaborators.get((repository["id"], login), "none"))
    if owner["type"] == "Organization":
        levels.append(_through_organisation(site, owner["login"], login))
    return max(levels, key=LEVELS.index)


def _through_organisation(site: Site, org: str, login: str) -> str:
    membership = site.get(f"/orgs/{org}/memberships/{login}", as_owner_of=org)
    if membership is None:
        return "none"
    if membership["role"] == "admin":
        return "admin"
    base = str(site.get(f"/orgs/{org}", as_owner_of=org)["default_repository_permission"])
    return {"read": "pull", "write": "push"}.get(base, base)


ROUTES = (
    route("GET", "/repos/{owner}/{name}/collaborators/{login}/permission", show_permission),
    route("PUT", "/repos/{owner}/{name}/collaborators/{login}", add_collaborator),
    route("DELETE", "/repos/{owner}/{name}/collaborators/{login}", remove_collaborator),
    route("GET", "/orgs/{org}/memberships/{login}", show_membership),
)
