"""Repositories: made, described, removed and listed.

https://docs.github.com/rest/repos/repos
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

from tests.e2e.exchange import NO_ACCESS, NOT_FOUND, Answer, Request, answer, refusal
from tests.e2e.site import Site, route

EXISTS = refusal(
    422,
    "Repository creation failed.",
    [
        {
            "resource": "Repository",
            "code": "custom",
            "field": "name",
            "message": "name already exists on this account",
        }
    ],
)


def make_for_organisation(site: Site, request: Request, org: str) -> Answer:
    """An App with ``administration: write`` may do this; the emulator knows only people."""
    grant = site.grant(request)
    if grant and (grant.account.lower() != org.lower() or not grant.may_write("administration")):
        return NO_ACCESS
    if grant:
        with site.lock:
            # Before it is made: its webhook may overtake the answer.
            site.made_by_app.add(f"{org}/{request.document.get('name')}".lower())
    return _make(site, request, owner=org, token=site.owner_token(org) if grant else None)


def make_for_person(site: Site, request: Request) -> Answer:
    """No App may do this with an installation token."""
    if site.grant(request):
        return NO_ACCESS
    login = site.actor(request)["login"]
    return _make(site, request, owner=login, token=None)


def change(site: Site, request: Request, owner: str, name: str) -> Answer:
    """Edit or delete; an App with ``administration: write`` may, in the owner's name here."""
    before = site.repository(owner, name)
    if before is None:
        return NOT_FOUND
    grant = site.grant(request)
    if grant and not grant.covers(before):
        return NOT_FOUND if before["private"] else NO_ACCESS
    if grant and not grant.may_write("administration"):
        return NO_ACCESS
    got = site.forward(request, token=site.owner_token(owner) if grant else None)
    if got.ok:
        _remember_name(site, before, got.document)
    return got


def list_installed(site: Site, request: Request) -> Answer:
    """``GET /installation/repositories``: what an installation token reaches."""
    grant = site.grant(request)
    if grant is None:
        return NO_ACCESS
    found = [each for each in _of_account(site, grant.account) if grant.covers(each)]
    page = _page(request, found)
    return answer(200, {"total_count": len(found), "repositories": page})


def list_of_organisation(site: Site, request: Request, org: str) -> Answer:
    """``GET /orgs/ORG/repos``: those that the asker may see."""
    headers = request.headers
    seen = [
        each
        for each in _of_account(site, org)
        if site.forward(
            Request(method="GET", path=f"/repos/{each['full_name']}", headers=headers)
        ).ok
    ]
    return answer(200, _page(request, seen))


def _make(site: Site, request: Request, *, owner: str, token: str | None) -> Answer:
    wanted = request.document
    if f"{owner}/{wanted.get('name')}".lower() in site.names:
        return EXISTS
    # The emulator reads `private` alone.
    if wanted.get("visibility") in ("private", "internal"):
        wanted["private"] = True
    got = site.forward(replace(request, body=json.dumps(wanted).encode()), token=token)
    if got.status == 422:
        return EXISTS if "already exists" in got.document["message"] else got
    if got.ok:
        full_name = got.document["full_name"]
        with site.lock:
            site.names[full_name.lower()] = full_name
            site.moved.pop(full_name.lower(), None)
    return got


def _remember_name(site: Site, before: dict[str, Any], after: dict[str, Any] | None) -> None:
    old, new = before["full_name"], (after or {}).get("full_name", "")
    if old == new:
        return
    with site.lock:
        site.names.pop(old.lower(), None)
        if new:
            site.names[new.lower()] = new
            site.moved[old.lower()] = before["id"]


def _of_account(site: Site, account: str) -> list[dict[str, Any]]:
    names = sorted(each for each in site.names.values() if each.split("/")[0] == account)
    documents = (site.get(f"/repos/{each}", as_owner_of=account) for each in names)
    return [each for each in documents if each]


def _page(request: Request, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    query = parse_qs(request.query)
    size = int(query.get("per_page", ["30"])[0])
    start = (int(query.get("page", ["1"])[0]) - 1) * size
    return found[start : start + size]


ROUTES = (
    route("POST", "/orgs/{org}/repos", make_for_organisation),
    route("POST", "/user/repos", make_for_person),
    route("GET", "/orgs/{org}/repos", list_of_organisation),
    route("GET", "/installation/repositories", list_installed),
    route("PATCH", "/repos/{owner}/{name}", change),
    route("DELETE", "/repos/{owner}/{name}", change),
)
