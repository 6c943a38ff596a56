"""What the App does to publish, call by call, for the tests of the bed."""

from __future__ import annotations

from typing import Any

import githubkit_schemas.latest.models as schemas
import httpx
from githubkit.compat import type_validate_python

FILES: list[dict[str, object]] = [
    {"path": "README.md", "mode": "100644", "type": "blob", "content": "# Grüße\n"},
    {"path": "bin/run", "mode": "100755", "type": "blob", "content": "#!/bin/sh\n"},
]


def done(got: httpx.Response, status: int = 201) -> Any:
    assert got.status_code == status, got.text
    return got.json() if got.content else None


def is_a(model: str, document: object) -> None:
    """The document is one that GitHub's own schema describes."""
    type_validate_python(getattr(schemas, model), document)


def new_repository(bot: httpx.Client, name: str = "orders") -> dict[str, Any]:
    wanted = {"name": name, "private": True, "auto_init": True, "description": "run-1"}
    made: dict[str, Any] = done(bot.post("/orgs/acme/repos", json=wanted))
    return made


def commit_on_branch(bot: httpx.Client, branch: str = "firstcommit/1") -> str:
    """One file more than main, on a new branch of acme/site; gives the commit."""
    repo = "/repos/acme/site"
    tip = done(bot.get(f"{repo}/branches/main"), 200)["commit"]
    base = tip["commit"]["tree"]["sha"]
    tree = done(bot.post(f"{repo}/git/trees", json={"base_tree": base, "tree": FILES[1:]}))
    wanted = {"message": "Add", "tree": tree["sha"], "parents": [tip["sha"]]}
    commit = done(bot.post(f"{repo}/git/commits", json=wanted))["sha"]
    ref = {"ref": f"refs/heads/{branch}", "sha": commit}
    done(bot.post(f"{repo}/git/refs", json=ref))
    return str(commit)


def change_wanted(branch: str = "firstcommit/1") -> dict[str, object]:
    return {"title": "Add", "body": "", "head": branch, "base": "main", "draft": True}
