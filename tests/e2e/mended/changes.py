"""Pull requests.

https://docs.github.com/rest/pulls/pulls
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.e2e.exchange import NO_ACCESS, Answer, Request, invalid, refusal
from tests.e2e.site import Site, route


def open_change(site: Site, request: Request, owner: str, name: str) -> Answer:
    """A change between two branches that exist and differ, once."""
    grant = site.grant(request)
    if grant and not grant.may_write("pull_requests"):
        return NO_ACCESS
    wanted = request.document
    head, base = str(wanted.get("head", "")), str(wanted.get("base", ""))
    head_owner, _, head_branch = head.rpartition(":")
    repository = f"/repos/{owner}/{name}"
    if not head_owner or head_owner.lower() == owner.lower():
        if _tip(site, repository, owner, head_branch) is None:
            return invalid("PullRequest", "head", "invalid")
        if _same_history(site, repository, owner, base=base, head=head_branch):
            return _custom(f"No commits between {base} and {head_branch}")
    if _tip(site, repository, owner, base) is None:
        return invalid("PullRequest", "base", "invalid")
    label = head if head_owner else f"{owner}:{head}"
    query = f"state=open&head={quote(label)}&base={quote(base)}"
    if site.get(f"{repository}/pulls", as_owner_of=owner, query=query):
        return _custom(f"A pull request already exists for {label}.")
    return site.forward(request)


def show_change(site: Site, request: Request, owner: str, name: str, number: str) -> Answer:
    """A change whose head follows its branch; the emulator's stays where it was opened."""
    got = site.forward(request)
    return got.with_document(_current(site, got.document)) if got.ok else got


def list_changes(site: Site, request: Request, owner: str, name: str) -> Answer:
    got = site.forward(request)
    return got.with_document([_current(site, each) for each in got.document]) if got.ok else got


def _current(site: Site, change: dict[str, Any]) -> dict[str, Any]:
    repository = change["head"]["repo"]
    if change["state"] != "open" or repository is None:
        return change
    owner = repository["owner"]["login"]
    path = f"/repos/{repository['full_name']}"
    tip = _tip(site, path, owner, change["head"]["ref"])
    return {**change, "head": {**change["head"], "sha": tip or change["head"]["sha"]}}


def _tip(site: Site, repository: str, owner: str, branch: str) -> str | None:
    if not branch:
        return None
    found = site.get(f"{repository}/branches/{quote(branch)}", as_owner_of=owner)
    return found["commit"]["sha"] if found else None


def _same_history(site: Site, repository: str, owner: str, *, base: str, head: str) -> bool:
    span = f"{quote(base)}...{quote(head)}"
    compared = site.get(f"{repository}/compare/{span}", as_owner_of=owner)
    return compared is not None and compared["ahead_by"] == 0


def _custom(message: str) -> Answer:
    error = {"resource": "PullRequest", "code": "custom", "message": message}
    return refusal(422, "Validation Failed", [error])


ROUTES = (
    route("POST", "/repos/{owner}/{name}/pulls", open_change),
    route("GET", "/repos/{owner}/{name}/pulls", list_changes),
    route("GET", "/repos/{owner}/{name}/pulls/{number#}", show_change),
)
