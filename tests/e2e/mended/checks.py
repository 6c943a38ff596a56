"""Check runs and commit statuses.

https://docs.github.com/rest/checks/runs and https://docs.github.com/rest/commits/statuses
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.e2e.exchange import NO_ACCESS, NOT_FOUND, Answer, Request, answer, invalid, refusal
from tests.e2e.site import Site, route

LONGEST_TEXT = 65_535
STATES = ("error", "failure", "pending", "success")


def write_check(site: Site, request: Request, owner: str, name: str, **_which: str) -> Answer:
    """Create or update a check run: only an App may, and only on a commit that exists."""
    grant = site.grant(request)
    if grant is None:
        return refusal(403, "You must authenticate via a GitHub App.")
    wanted = request.document
    sha = wanted.get("head_sha")
    if sha and site.get(f"/repos/{owner}/{name}/git/commits/{sha}", as_owner_of=owner) is None:
        return refusal(422, f"No commit found for SHA: {sha}")
    output = wanted.get("output") or {}
    if any(len(output.get(part) or "") > LONGEST_TEXT for part in ("summary", "text")):
        return refusal(422, "Only 65535 characters are allowed")
    return site.forward(request)


def set_status(site: Site, request: Request, owner: str, name: str, sha: str) -> Answer:
    """The emulator has no commit statuses at all."""
    repository = site.repository(owner, name)
    grant = site.grant(request)
    if repository is None or (grant and not grant.covers(repository)):
        return NOT_FOUND
    if grant and not grant.may_write("statuses"):
        return NO_ACCESS
    wanted = request.document
    if wanted.get("state") not in STATES:
        return invalid("Status", "state", "custom")
    if site.get(f"/repos/{owner}/{name}/git/commits/{sha}", as_owner_of=owner) is None:
        return refusal(422, f"No commit found for SHA: {sha}")
    status = _status(site, request, wanted, sha)
    with site.lock:
        site.statuses.setdefault((repository["id"], sha), []).insert(0, status)
    return answer(201, status)


def list_statuses(site: Site, request: Request, owner: str, name: str, ref: str) -> Answer:
    commit = site.forward(
        Request(method="GET", path=f"/repos/{owner}/{name}/commits/{ref}", headers=request.headers)
    )
    repository = site.repository(owner, name)
    if not commit.ok or repository is None:
        return NOT_FOUND
    return answer(200, site.statuses.get((repository["id"], commit.document["sha"]), []))


def _status(site: Site, request: Request, wanted: dict[str, Any], sha: str) -> dict[str, Any]:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    number = next(site.numbers)
    creator = site.actor(request)
    return {
        "id": number,
        "node_id": f"S_{number}",
        "url": f"{site.address}{request.path}",
        "avatar_url": creator["avatar_url"],
        "state": wanted["state"],
        "context": wanted.get("context", "default"),
        "description": wanted.get("description"),
        "target_url": wanted.get("target_url"),
        "creator": creator,
        "created_at": now,
        "updated_at": now,
    }


ROUTES = (
    route("POST", "/repos/{owner}/{name}/check-runs", write_check),
    route("PATCH", "/repos/{owner}/{name}/check-runs/{check#}", write_check),
    route("POST", "/repos/{owner}/{name}/statuses/{sha}", set_status),
    route("GET", "/repos/{owner}/{name}/commits/{ref...}/statuses", list_statuses),
)
