"""Finding, making and describing repositories."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.identity import Repository
from bot.core.names import is_repository_name
from bot.errors import Transient, UserError
from bot.forges.github.answers import (
    read_created_at,
    read_installation,
    read_list,
    read_object,
    read_repository,
)
from bot.forges.github.client import Client
from bot.forges.github.failures import NotFound, OutOfReach, Rejected
from bot.forges.github.grants import Access, Purpose
from bot.forges.github.routes import is_login, repository_route, route
from bot.forges.names import check_repository_name
from bot.forges.port import Owner

#: Pauses between looks at a repository that was just made; about half a minute in all.
READINESS_PAUSES_S = (0.1, 0.2, 0.4, 0.8, 1.5, 3.0, 5.0, 8.0, 12.0)
READINESS_RETRY_S = 15.0


class Repositories:
    """The port's `Repositories`. https://docs.github.com/rest/repos/repos"""

    def __init__(self, client: Client, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._sleep = sleep

    def find(self, full_name: str) -> Repository | None:
        owner, _, name = full_name.partition("/")
        if not is_login(owner) or not is_repository_name(name):
            return None
        try:
            where = route("/repos/{owner}/{repo}/installation", owner=owner, repo=name)
            installation = read_installation(self._client.as_app(where))
            self._client.grants.keep(installation)
            access = Access(installation=installation.id, purpose=Purpose.LOOK)
            where = route("/repos/{owner}/{repo}", owner=owner, repo=name)
            found = read_repository(self._client.get(access, where, needs="metadata: read"))
        except NotFound:
            return None
        return replace(found, installation=installation.id)

    def granted(self, installation: str, most: int) -> Sequence[Repository]:
        """https://docs.github.com/rest/apps/installations"""
        access = Access(installation=installation, purpose=Purpose.LOOK)
        where = route("/installation/repositories")
        try:
            answer = self._client.get(access, where, {"per_page": most}, needs="metadata: read")
        except OutOfReach:
            return ()
        found = read_list(read_object(answer).get("repositories"))[:most]
        return [replace(read_repository(one), installation=installation) for one in found]

    def create(self, owner: Owner, name: str, *, private: bool, description: str) -> Repository:
        check_repository_name(name)
        if owner.obstacle or not owner.installation:
            obstacle = owner.obstacle or f"The GitHub App is not installed on {owner.login}."
            raise UserError(obstacle, reason="no_access")
        access = Access(installation=owner.installation, purpose=Purpose.CREATE)
        # With a first commit of GitHub's own, since git data of an empty repository cannot be
        # written: https://docs.github.com/rest/git
        body = {"name": name, "private": private, "description": description, "auto_init": True}
        where = route("/orgs/{org}/repos", org=owner.login)
        try:
            answer = self._client.write(access, "POST", where, body, needs="administration: write")
        except Rejected as exc:
            if exc.says("name already exists"):
                raise _exists(f"{owner.login}/{name}") from exc
            raise
        made = replace(read_repository(answer), installation=owner.installation)
        self._wait_until_it_answers(made)
        return made

    def describe(self, repository: Repository, description: str) -> None:
        self._client.write(
            _access(repository, Purpose.CREATE),
            "PATCH",
            repository_route(repository),
            {"description": description},
            needs="administration: write",
        )

    def created_at(self, repository: Repository) -> datetime:
        answer = self._client.get(
            _access(repository, Purpose.TALK), repository_route(repository), needs="metadata: read"
        )
        return read_created_at(answer)

    def may_write_workflows(self, repository: Repository) -> bool:
        granted = self._client.grants.installation(repository.installation, fresh=True)
        return granted.permissions.get("workflows") == "write"

    def _wait_until_it_answers(self, repository: Repository) -> None:
        """A repository may be missing for seconds after GitHub said that it was made."""
        for pause_s in READINESS_PAUSES_S:
            if self._answers(repository):
                return
            self._sleep(pause_s)
        if not self._answers(repository):
            raise Transient(
                f"{repository.full_name} was made, but does not answer yet.",
                reason="repository_not_ready",
                retry_after_s=READINESS_RETRY_S,
            )

    def _answers(self, repository: Repository) -> bool:
        where = repository_route(
            repository, "/git/ref/heads/{+branch}", branch=repository.default_branch
        )
        try:
            self._client.get(_access(repository, Purpose.PUBLISH), where, needs="contents: read")
        except (NotFound, Rejected, OutOfReach):
            # Rejected: it is empty still. Out of reach: no token can be narrowed to it yet.
            return False
        return True


def _access(repository: Repository, purpose: Purpose) -> Access:
    return Access(
        installation=repository.installation, purpose=purpose, repository_id=repository.id
    )


def _exists(full_name: str) -> UserError:
    return UserError(
        f"{full_name} exists already.",
        reason="repository_exists",
        remedy="Choose another name, or add `--existing` to open a change there.",
    )
