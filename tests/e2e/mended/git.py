"""Blobs, trees, commits, branches.

https://docs.github.com/rest/git and https://docs.github.com/rest/branches/branches
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.e2e.exchange import EMPTY, NO_ACCESS, Answer, Request
from tests.e2e.site import Site, route

WORKFLOWS = ".github/workflows/"


def use_git_data(site: Site, request: Request, owner: str, name: str, **_rest: str) -> Answer:
    """Hand it on, unless the repository is empty: then there is no git data to speak of."""
    return EMPTY if _is_empty(site, owner, name) else site.forward(request)


def make_tree(site: Site, request: Request, owner: str, name: str) -> Answer:
    """A tree; workflow files need a permission of their own, and it is this call that refuses.

    https://docs.github.com/rest/authentication/permissions-required-for-github-apps
    """
    if _is_empty(site, owner, name):
        return EMPTY
    grant = site.grant(request)
    document = request.document
    entries: list[dict[str, Any]] = document.get("tree") or []
    named = any(str(entry.get("path", "")).startswith(WORKFLOWS) for entry in entries)
    if grant and named and not grant.may_write("workflows"):
        return NO_ACCESS
    for entry in entries:
        entry.setdefault("type", "tree" if entry.get("mode") == "040000" else "blob")
    return site.forward(replace(request, body=json.dumps(document).encode()))


def make_commit(site: Site, request: Request, owner: str, name: str) -> Answer:
    """A commit; ``parents`` may be left out, and GitHub signs an App's own."""
    if _is_empty(site, owner, name):
        return EMPTY
    document = {"parents": [], **request.document}
    got = site.forward(replace(request, body=json.dumps(document).encode()))
    if got.ok and site.grant(request) and not document.keys() & {"author", "committer"}:
        with site.lock:
            site.signed.add(got.document["sha"])
    return got


def show_branch(site: Site, request: Request, owner: str, name: str, branch: str) -> Answer:
    """A branch with its whole commit; the emulator gives the id alone."""
    got = site.forward(request)
    if not got.ok:
        return got
    document = got.document
    sha = document["commit"]["sha"]
    path = f"/repos/{owner}/{name}"
    document["commit"] = site.get(f"{path}/commits/{sha}", as_owner_of=owner)
    links = {
        "self": f"{site.address}{path}/branches/{branch}",
        "html": f"{site.address}/{owner}/{name}/tree/{branch}",
    }
    protection = {"enabled": document["protected"]}
    return got.with_document({"_links": links, "protection": protection, **document})


def _is_empty(site: Site, owner: str, name: str) -> bool:
    repository = site.repository(owner, name)
    if repository is None or repository["id"] in site.filled:
        return False
    if not site.get(f"/repos/{owner}/{name}/branches", as_owner_of=owner):
        return True
    with site.lock:
        site.filled.add(repository["id"])
    return False


ROUTES = (
    route("POST", "/repos/{owner}/{name}/git/trees", make_tree),
    route("POST", "/repos/{owner}/{name}/git/commits", make_commit),
    route("POST", "/repos/{owner}/{name}/git/{kind...}", use_git_data),
    route("GET", "/repos/{owner}/{name}/git/{kind...}", use_git_data),
    route("GET", "/repos/{owner}/{name}/branches/{branch...}", show_branch),
)
