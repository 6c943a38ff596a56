"""Deliveries in GitHub's shape, written: what ``bot.forges.payloads`` reads back as it was.

The local forge sends them through its signed door; tests send them in any forge's name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from bot.core.git_values import Comment
from bot.core.identity import Actor, Repository, Thread, ThreadKind


def comment_created(
    thread: Thread, title: str, opened_by: Actor, opening: str, comment: Comment
) -> tuple[str, bytes]:
    """Event name and body for a new comment."""
    issue = _talk(thread, title, opened_by, opening)
    if thread.kind is ThreadKind.CHANGE:
        issue["pull_request"] = {"html_url": thread.url}
    payload = {
        "action": "created",
        "issue": issue,
        "comment": {
            "id": int(comment.id),
            "body": comment.body,
            "user": _account(comment.author),
            "html_url": comment.url,
            "created_at": comment.created_at.isoformat(),
        },
        "repository": _repository(thread.repository),
        "sender": _account(comment.author),
        **_installation(thread.repository),
    }
    return "issue_comment", _body(payload)


def thread_opened(thread: Thread, title: str, author: Actor, text: str) -> tuple[str, bytes]:
    """Event name and body for a new issue or change."""
    kind, part = (
        ("pull_request", "pull_request")
        if thread.kind is ThreadKind.CHANGE
        else ("issues", "issue")
    )
    payload = {
        "action": "opened",
        part: _talk(thread, title, author, text),
        "repository": _repository(thread.repository),
        "sender": _account(author),
        **_installation(thread.repository),
    }
    return kind, _body(payload)


def _talk(thread: Thread, title: str, author: Actor, text: str) -> dict[str, object]:
    return {
        "number": thread.number,
        "title": title,
        "body": text,
        "user": _account(author),
        "html_url": thread.url,
    }


def _account(actor: Actor) -> dict[str, object]:
    return {
        "id": int(actor.account_id),
        "login": actor.login,
        "type": "Bot" if actor.is_bot else "User",
    }


def _repository(repository: Repository) -> dict[str, object]:
    return {
        "id": int(repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "owner": {
            "id": int(repository.owner_id),
            "login": repository.owner,
            "type": "User" if repository.owner_is_person else "Organization",
        },
        "private": repository.private,
        "default_branch": repository.default_branch,
        "description": repository.description,
        "html_url": repository.web_url,
        "clone_url": repository.clone_url,
    }


def _installation(repository: Repository) -> dict[str, object]:
    number = repository.installation
    return {"installation": {"id": int(number)}} if number else {}


def _body(payload: Mapping[str, object]) -> bytes:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
