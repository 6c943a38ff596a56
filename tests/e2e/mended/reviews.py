"""What pull requests change, and reviews of that.

https://docs.github.com/rest/pulls/pulls and https://docs.github.com/rest/pulls/reviews
"""

from __future__ import annotations

import base64
import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

from tests.e2e.exchange import NO_ACCESS, Answer, Request, answer, refusal
from tests.e2e.site import Site, route

_HUNK = re.compile(r"@@ -\S+ \+(\d+)")


def list_files(site: Site, request: Request, owner: str, name: str, number: str) -> Answer:
    """The emulator names files that are nowhere, as many as it thinks there are."""
    got = site.forward(replace(request, path=f"/repos/{owner}/{name}/pulls/{number}", query=""))
    return answer(200, list(_files(site, owner, name, number))) if got.ok else got


def write_review(site: Site, request: Request, owner: str, name: str, number: str) -> Answer:
    """Remarks are on lines that the change shows; the emulator knows only old-style positions."""
    grant = site.grant(request)
    if grant and not grant.may_write("pull_requests"):
        return NO_ACCESS
    wanted = request.document
    files = _files(site, owner, name, number)
    shown = {file["filename"]: set(_lines(file["patch"])) for file in files}
    comments = wanted.get("comments") or []
    for comment in comments:
        if comment["path"] not in shown:
            return refusal(422, "Unprocessable Entity", ["Path could not be resolved"])
        if comment.get("line") not in shown[comment["path"]]:
            return refusal(422, "Unprocessable Entity", ["Line could not be resolved"])
    placed = [{**comment, "position": comment["line"]} for comment in comments]
    body = json.dumps({**wanted, "comments": placed}).encode()
    return site.forward(replace(request, body=body))


def _files(site: Site, owner: str, name: str, number: str) -> Iterator[dict[str, str]]:
    where = f"/repos/{owner}/{name}"
    change = site.get(f"{where}/pulls/{number}", as_owner_of=owner)
    head = site.get(f"{where}/branches/{quote(change['head']['ref'])}", as_owner_of=owner)
    before = _blobs(site, owner, where, change["base"]["sha"])
    after = _blobs(site, owner, where, head["commit"]["sha"])
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old != new:
            status = "modified" if old and new else "added" if new else "removed"
            sides = [_text(site, owner, where, blob) for blob in (old, new)]
            patch = "\n".join(list(difflib.unified_diff(*sides, lineterm=""))[2:])
            yield {"filename": path, "status": status, "patch": patch}


def _blobs(site: Site, owner: str, where: str, commit: str) -> dict[str, str]:
    tree = site.get(f"{where}/git/commits/{commit}", as_owner_of=owner)["tree"]["sha"]
    listing = site.get(f"{where}/git/trees/{tree}", as_owner_of=owner, query="recursive=1")
    return {each["path"]: each["sha"] for each in listing["tree"] if each["type"] == "blob"}


def _text(site: Site, owner: str, where: str, blob: str | None) -> list[str]:
    if blob is None:
        return []
    found = site.get(f"{where}/git/blobs/{blob}", as_owner_of=owner)
    return base64.b64decode(found["content"]).decode("utf-8", "replace").splitlines()


def _lines(patch: str) -> Iterator[int]:
    number = 0
    for line in patch.splitlines():
        hunk = _HUNK.match(line)
        if hunk:
            number = int(hunk[1])
        elif line[:1] in ("+", " "):
            yield number
            number += 1


ROUTES = (
    route("GET", "/repos/{owner}/{name}/pulls/{number#}/files", list_files),
    route("POST", "/repos/{owner}/{name}/pulls/{number#}/reviews", write_review),
)
