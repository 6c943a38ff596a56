"""Deliveries that tell of ended checks, in GitHub's shape as far as it is read."""

from __future__ import annotations

import json

from bot.core.identity import Repository


def check_ended(
    repository: Repository,
    kind: str,
    *,
    branch: str,
    commit: str,
    conclusion: str = "failure",
    app: str = "github-actions",
    action: str = "completed",
) -> bytes:
    """The body of a delivery of that kind."""
    at = {"head_branch": branch or None}
    ended: dict[str, object] = {"head_sha": commit, "conclusion": conclusion}
    ended |= {"check_suite": at} if kind == "check_run" else at
    if kind != "workflow_run":
        ended["app"] = {"slug": app}
    owner = {"login": repository.owner, "id": int(repository.owner_id), "type": "Organization"}
    told = {
        "id": int(repository.id),
        "name": repository.name,
        "owner": owner,
        "private": False,
        "default_branch": repository.default_branch,
    }
    installation = {"id": int(repository.installation)}
    return json.dumps(
        {"action": action, kind: ended, "repository": told, "installation": installation}
    ).encode()
