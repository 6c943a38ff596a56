"""Milestones, and issues that are gathered under them.

https://docs.github.com/rest/issues/milestones
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from tests.e2e.exchange import Answer, Request, invalid
from tests.e2e.site import Site, route

_SECONDS = re.compile(r"(since=[^&]*%3A\d\d)Z")


def make_milestone(site: Site, request: Request, owner: str, name: str) -> Answer:
    """A milestone; the emulator takes a title twice."""
    title = str(request.document.get("title", "")).strip()
    if any(each["title"] == title for each in _milestones(site, request)):
        return invalid("Milestone", "title", "already_exists")
    return site.forward(request)


def make_issue(site: Site, request: Request, owner: str, name: str) -> Answer:
    """An issue; the emulator does not say what it finds wrong."""
    wanted = request.document.get("milestone")
    path = f"/repos/{owner}/{name}/milestones"
    known = _milestones(site, replace(request, method="GET", path=path))
    if wanted is not None and all(each["number"] != wanted for each in known):
        return invalid("Issue", "milestone", "invalid")
    return site.forward(request)


def list_issues(site: Site, request: Request, **_where: str) -> Answer:
    """The list; the emulator compares times as texts, and its own have milliseconds."""
    return site.forward(replace(request, query=_SECONDS.sub(r"\1.000Z", request.query)))


def _milestones(site: Site, request: Request) -> list[dict[str, Any]]:
    got = site.forward(
        Request(
            method="GET",
            path=request.path,
            query="state=all&per_page=100",
            headers=request.headers,
        )
    )
    return list(got.document) if got.ok else []


ROUTES = (
    route("POST", "/repos/{owner}/{name}/milestones", make_milestone),
    route("POST", "/repos/{owner}/{name}/issues", make_issue),
    route("GET", "/repos/{owner}/{name}/issues", list_issues),
)
