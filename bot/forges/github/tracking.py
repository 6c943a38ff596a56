"""Issues that we open, and milestones that gather them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.core.git_values import Issue, Milestone
from bot.core.identity import Repository
from bot.errors import UserError
from bot.forges.github.answers import (
    in_utc,
    read_actor,
    read_issue,
    read_milestone,
    read_object,
)
from bot.forges.github.client import Client
from bot.forges.github.failures import NotFound, Rejected
from bot.forges.github.grants import Access, Purpose
from bot.forges.github.identity import Identity
from bot.forges.github.routes import repository_route

_NEEDS = "issues: write"


class Tracking:
    """The port's `Tracking`. https://docs.github.com/rest/issues"""

    def __init__(self, client: Client, identity: Identity) -> None:
        self._client = client
        self._identity = identity

    def find_milestone(self, repository: Repository, title: str) -> Milestone | None:
        """https://docs.github.com/rest/issues/milestones#list-milestones"""
        where = repository_route(repository, "/milestones")
        items = self._client.pages(
            _access(repository), where, {"state": "all"}, needs="issues: read"
        )
        found = (read_milestone(item) for item in items)
        return next((milestone for milestone in found if milestone.title == title), None)

    def create_milestone(self, repository: Repository, title: str, description: str) -> Milestone:
        asked = {"title": title, "description": description}
        try:
            answer = self._write(repository, "/milestones", asked)
        except Rejected as exc:
            if exc.says("already_exists", "already exists"):
                raise UserError(
                    f"There is a milestone {title!a} already.", reason="milestone_exists"
                ) from exc
            raise
        return read_milestone(answer)

    def find_issue(
        self, repository: Repository, marker: str, since: datetime | None
    ) -> Issue | None:
        """https://docs.github.com/rest/issues/issues#list-repository-issues"""
        params = {"state": "all", "sort": "created", "direction": "asc"}
        if since is not None:
            # By the last change of an issue, which is never before it was made.
            params["since"] = in_utc(since)
        where = repository_route(repository, "/issues")
        try:
            for item in self._client.pages(
                _access(repository), where, params, needs="issues: read"
            ):
                if self._is_ours(read_object(item), marker):
                    return read_issue(item)
        except NotFound as exc:
            raise _finer(exc, repository) from exc
        return None

    def create_issue(
        self,
        repository: Repository,
        title: str,
        body: str,
        *,
        milestone: Milestone | None,
        labels: Sequence[str],
    ) -> Issue:
        """https://docs.github.com/rest/issues/issues#create-an-issue"""
        asked: dict[str, object] = {"title": title, "body": body, "labels": list(labels)}
        if milestone is not None:
            asked["milestone"] = milestone.number
        try:
            return read_issue(self._write(repository, "/issues", asked))
        except NotFound as exc:
            raise _finer(exc, repository) from exc
        except Rejected as exc:
            if milestone is not None and exc.says("milestone"):
                raise UserError(
                    f"The milestone {milestone.title!a} is not there any more.",
                    reason="unknown_milestone",
                ) from exc
            raise

    def _write(self, repository: Repository, rest: str, asked: Mapping[str, object]) -> object:
        where = repository_route(repository, rest)
        return self._client.write(_access(repository), "POST", where, asked, needs=_NEEDS)

    def _is_ours(self, item: Mapping[str, Any], marker: str) -> bool:
        # The list holds changes, too.
        if item.get("pull_request") or not str(item.get("body") or "").rstrip().endswith(marker):
            return False
        author = self._identity.recognise(read_actor(item.get("user")))
        return author.is_same_as(self._identity.me())


def _access(repository: Repository) -> Access:
    return Access(
        installation=repository.installation, purpose=Purpose.TALK, repository_id=repository.id
    )


def _finer(exc: NotFound, repository: Repository) -> UserError:
    # "Issues has been disabled in this repository", with 410 or 404.
    if "disabled" not in exc.message.lower():
        return exc
    return UserError(
        f"Issues are turned off in {repository.full_name}.",
        reason="issues_disabled",
        remedy="Turn them on in the repository's settings, under Features.",
    )
