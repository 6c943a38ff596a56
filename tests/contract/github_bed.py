"""GitHub under the contract: the adapter against the emulator of ``tests/e2e``."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.core.git_values import Comment, Commit, Reaction
from bot.core.identity import Actor, Permission, Repository, Thread
from bot.core.pace import PaceLimits
from bot.forges.github.forge import GitHubForge
from bot.pace import ProcessPace
from tests.contract.forges import IssueSeen
from tests.e2e.bed import GitHubServer, eventually
from tests.e2e.hooks import Delivery
from tests.e2e.world import World

STRANGERS = 30
WORLD = replace(
    World(), people=(*World().people, *(f"stranger-{number}" for number in range(STRANGERS)))
)
NO_PACE = PaceLimits(burst=100_000, per_second=1e6, per_minute=100_000, per_hour=100_000)

_INVITED = {
    Permission.READ: "pull",
    Permission.TRIAGE: "triage",
    Permission.WRITE: "push",
    Permission.MAINTAIN: "maintain",
    Permission.ADMIN: "admin",
}
_REACTIONS = {"eyes": Reaction.SEEN, "rocket": Reaction.DONE, "confused": Reaction.CONFUSED}


class GitHubBed:
    """One server for many tests, so every name and person is given out once a test."""

    namespace = "acme"
    lacks: Mapping[str, str] = {
        "tags of anything": "the emulator tags commits and tags alone",
        "comments since": "the emulator lists all comments, whatever `since` says",
    }
    _numbers = itertools.count(1)

    def __init__(self, server: GitHubServer) -> None:
        self._server = server
        self._strangers: Iterator[int] = iter(range(STRANGERS))
        self._olga = server.as_user("olga")
        self.forge = GitHubForge(
            app_id=server.app.app_id,
            private_key=server.app.private_key,
            api_url=server.url,
            web_url=server.url,
            pace=ProcessPace(NO_PACE),
        )

    def new_name(self) -> str:
        return f"thing-{next(self._numbers)}"

    def make_repository(self, *, private: bool = True) -> Repository:
        name = f"{self.namespace}/{self.new_name()}"
        self._olga.create_repository(name, private=private)
        made = self.forge.repository(name)
        assert made is not None
        return made

    def tag(self, repository: Repository, name: str, object_id: str, message: str = "") -> str:
        return self._olga.tag(repository.full_name, name, object_id, message)

    def link(self, repository: Repository, path: str, to: str, submodule: str, at: str) -> Commit:
        entries = [
            {"path": path, "mode": "120000", "type": "blob", "content": to},
            {"path": submodule, "mode": "160000", "type": "commit", "sha": at},
        ]
        made = self._olga.commit_entries(repository.full_name, entries)
        self._olga.create_branch(repository.full_name, "links", at=made)
        found = self.forge.head(repository, "links")
        assert found is not None
        return found

    def person(self, repository: Repository, permission: Permission) -> Actor:
        login = f"stranger-{next(self._strangers)}"
        if permission is not Permission.NONE:
            self._olga.invite(repository.full_name, login, _INVITED[permission])
        return self._actor(login)

    def owner_person(self) -> Actor:
        return self._actor("olga")

    def member_person(self) -> Actor:
        return self._actor("mia")

    def add_to_team(self, team: str, person: Actor) -> None:
        self._olga.add_to_team(self.namespace, team, person.login)

    def open_thread(self, repository: Repository, author: Actor, text: str) -> Thread:
        person = self._server.as_user(author.login)
        issue = person.create_issue(repository.full_name, "A thread", text)
        return Thread(repository=repository, number=issue["number"], url=issue["html_url"])

    def issue(self, repository: Repository, number: int) -> IssueSeen:
        found = self._olga.issue(repository.full_name, number)
        assert "pull_request" not in found
        user = found["user"]
        return IssueSeen(
            title=found["title"],
            text=found["body"],
            author=Actor(
                forge="github",
                account_id=str(user["id"]),
                login=user["login"],
                is_bot=user["type"] == "Bot",
            ),
            labels=frozenset(label["name"] for label in found["labels"]),
            milestone=(found["milestone"] or {}).get("title", ""),
        )

    def close_milestone(self, repository: Repository, number: int) -> None:
        self._olga.close_milestone(repository.full_name, number)

    def say(self, thread: Thread, author: Actor, text: str) -> Comment:
        person = self._server.as_user(author.login)
        said = person.comment(thread.repository.full_name, thread.number, text)
        found = self.forge.comment(thread, str(said["id"]))
        assert found is not None
        return found

    def reactions(self, thread: Thread, comment_id: str | None) -> Sequence[Reaction]:
        name = thread.repository.full_name
        if comment_id is None:
            contents = self._olga.reactions(name, issue=thread.number)
        else:
            contents = self._olga.reactions(name, comment=int(comment_id))
        return [_REACTIONS[content] for content in contents]

    def delivery_for_comment(
        self, thread: Thread, comment: Comment
    ) -> tuple[str, Mapping[str, object]]:
        return self._delivery("issue_comment", "comment", int(comment.id))

    def delivery_for_thread(self, thread: Thread) -> tuple[str, Mapping[str, object]]:
        """By its address, since every repository counts its issues from one."""
        return self._delivery("issues", "issue", thread.url)

    def a_moment_later(self) -> datetime:
        """GitHub's times are whole seconds."""
        now = datetime.now(UTC).replace(microsecond=0)
        while (later := datetime.now(UTC).replace(microsecond=0)) == now:
            time.sleep(0.01)
        return later

    def _actor(self, login: str) -> Actor:
        user = self._server.site.user(login)
        assert user is not None
        return Actor(forge="github", account_id=str(user["id"]), login=login)

    def _delivery(self, event: str, part: str, key: object) -> tuple[str, Mapping[str, object]]:
        def look() -> Delivery | None:
            for each in reversed(self._server.deliveries):
                if each.event == event and key in (
                    each.payload[part]["id"],
                    each.payload[part]["html_url"],
                ):
                    return each
            return None

        found = eventually(look)
        return found.event, found.payload
