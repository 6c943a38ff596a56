"""Issues, their comments and reactions.

https://docs.github.com/rest/issues/issues, https://docs.github.com/rest/issues/comments and
https://docs.github.com/rest/reactions/reactions
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.e2e.exchange import NO_ACCESS, NOT_FOUND, Answer, Request, answer, invalid
from tests.e2e.site import Site, route

LONGEST_BODY = 65_536
CONTENTS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")
#: What a change says in the same words as an issue.
SHARED = (
    *("id", "node_id", "number", "title", "body", "user", "labels", "state", "locked"),
    *("assignee", "assignees", "milestone", "comments", "created_at", "updated_at"),
    *("closed_at", "html_url", "author_association", "draft"),
)
#: What an issue shows of the change that it is.
LINKS = ("url", "html_url", "diff_url", "patch_url")


def show_issue(site: Site, request: Request, owner: str, name: str, number: str) -> Answer:
    """A change is an issue too; the emulator has them apart."""
    got = site.forward(request)
    if got.status != 404:
        return got
    path = f"/repos/{owner}/{name}/pulls/{number}"
    change = site.forward(Request(method="GET", path=path, headers=request.headers))
    return change.with_document(as_issue(change.document)) if change.ok else got


def as_issue(change: dict[str, Any]) -> dict[str, Any]:
    """The issue that a change is."""
    repository = change["url"].rpartition("/pulls/")[0]
    address = f"{repository}/issues/{change['number']}"
    return {
        **{key: change[key] for key in SHARED},
        "url": address,
        "repository_url": repository,
        "labels_url": f"{address}/labels{{/name}}",
        "comments_url": f"{address}/comments",
        "events_url": f"{address}/events",
        "timeline_url": f"{address}/timeline",
        "reactions": {"url": f"{address}/reactions"},
        "performed_via_github_app": None,
        "state_reason": None,
        "pull_request": {**links_of(change), "merged_at": change["merged_at"]},
    }


def links_of(change: dict[str, Any]) -> dict[str, Any]:
    """What an issue's ``pull_request`` carries."""
    return {key: change[key] for key in LINKS}


def write_comment(site: Site, request: Request, **_where: str) -> Answer:
    """Create or edit; the emulator takes a comment of any length."""
    if len(str(request.document.get("body", ""))) > LONGEST_BODY:
        message = "body is too long (maximum is 65536 characters)"
        return invalid("IssueComment", "body", "unprocessable", message)
    return site.forward(request)


def react(site: Site, request: Request, owner: str, name: str, **_what: str) -> Answer:
    """A reaction; the same one by the same account twice is one."""
    path = request.path.removesuffix("/reactions")
    if not _reachable(site, request, path):
        return NOT_FOUND
    grant = site.grant(request)
    if grant and not (grant.may_write("issues") or grant.may_write("pull_requests")):
        return NO_ACCESS
    content = request.document.get("content")
    if content not in CONTENTS:
        return invalid("Reaction", "content", "invalid")
    user = site.actor(request)
    with site.lock:
        reactions = site.reactions.setdefault(path, [])
        for each in reactions:
            if (each["content"], each["user"]["id"]) == (content, user["id"]):
                return answer(200, each)
        reactions.append(_reaction(site, user, content))
        return answer(201, reactions[-1])


def list_reactions(site: Site, request: Request, **_what: str) -> Answer:
    path = request.path.removesuffix("/reactions")
    if not _reachable(site, request, path):
        return NOT_FOUND
    return answer(200, site.reactions.get(path, []))


def remove_reaction(site: Site, request: Request, reaction: str, **_what: str) -> Answer:
    path = request.path.rpartition("/reactions/")[0]
    with site.lock:
        before = site.reactions.get(path, [])
        after = [each for each in before if each["id"] != int(reaction)]
        site.reactions[path] = after
    return answer(204) if len(after) < len(before) else NOT_FOUND


def _reachable(site: Site, request: Request, path: str) -> bool:
    seen = Request(method="GET", path=path, headers=request.headers)
    if site.forward(seen).ok:
        return True
    change = path.replace("/issues/", "/pulls/")
    return site.forward(Request(method="GET", path=change, headers=request.headers)).ok


def _reaction(site: Site, user: dict[str, Any], content: str) -> dict[str, Any]:
    number = next(site.numbers)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": number,
        "node_id": f"REA_{number}",
        "user": user,
        "content": content,
        "created_at": now,
    }


_COMMENT = "/repos/{owner}/{name}/issues/comments/{comment#}"
_ISSUE = "/repos/{owner}/{name}/issues/{number#}"

ROUTES = (
    route("POST", f"{_COMMENT}/reactions", react),
    route("GET", f"{_COMMENT}/reactions", list_reactions),
    route("DELETE", f"{_COMMENT}/reactions/{{reaction#}}", remove_reaction),
    route("POST", f"{_ISSUE}/reactions", react),
    route("GET", f"{_ISSUE}/reactions", list_reactions),
    route("DELETE", f"{_ISSUE}/reactions/{{reaction#}}", remove_reaction),
    route("PATCH", _COMMENT, write_comment),
    route("POST", f"{_ISSUE}/comments", write_comment),
    route("GET", _ISSUE, show_issue),
)
