"""Comments and reactions. A pull request's conversation is that of an issue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.git_values import Comment, Opening, Reaction
from bot.core.identity import Repository, Thread, ThreadKind
from bot.errors import NotSupported, UserError
from bot.forges.github.answers import in_utc, read_comment, read_object, read_opening
from bot.forges.github.client import Client
from bot.forges.github.failures import NotFound
from bot.forges.github.grants import Access, Purpose
from bot.forges.github.identity import Identity
from bot.forges.github.routes import Route, repository_route

NEEDS = "issues: write (for a change: pull_requests: write)"

# https://docs.github.com/rest/reactions/reactions
_REACTIONS = {
    Reaction.SEEN: "eyes",
    Reaction.DONE: "rocket",
    Reaction.CONFUSED: "confused",
}


class Conversation:
    """The port's `Conversation`. https://docs.github.com/rest/issues/comments"""

    def __init__(self, client: Client, identity: Identity) -> None:
        self._client = client
        self._identity = identity

    def thread(self, repository: Repository, number: int) -> Thread | None:
        """https://docs.github.com/rest/issues/issues#get-an-issue"""
        unread = Thread(repository=repository, number=number)
        answer = self._issue(unread)
        if answer is None:
            return None
        kind = ThreadKind.CHANGE if "pull_request" in answer else ThreadKind.ISSUE
        return replace(unread, kind=kind, url=str(answer.get("html_url") or ""))

    def opening(self, thread: Thread) -> Opening | None:
        answer = self._issue(thread)
        if answer is None:
            return None
        found = read_opening(answer)
        return replace(found, author=self._identity.recognise(found.author))

    def comments(self, thread: Thread, since: datetime | None) -> Sequence[Comment]:
        where = repository_route(
            thread.repository, "/issues/{number}/comments", number=thread.number
        )
        # GitHub sorts them by id, which is the order in which they were made.
        params = {} if since is None else {"since": in_utc(since)}
        items = self._client.pages(_access(thread), where, params, needs="issues: read")
        return [self._read(item) for item in items]

    def comment(self, thread: Thread, comment_id: str) -> Comment | None:
        try:
            answer = self._client.get(
                _access(thread), _comment_route(thread, comment_id), needs="issues: read"
            )
        except NotFound:
            return None
        # The route knows no thread: a comment of another one is none of this one.
        home = read_object(answer).get("issue_url") or f"/{thread.number}"
        return self._read(answer) if str(home).endswith(f"/{thread.number}") else None

    def add(self, thread: Thread, body: str, *, first: bool) -> Comment:
        where = repository_route(
            thread.repository, "/issues/{number}/comments", number=thread.number
        )
        answer = self._client.write(
            _access(thread), "POST", where, {"body": body}, needs=NEEDS, conversation=first
        )
        return self._read(answer)

    def edit(self, thread: Thread, comment_id: str, body: str, *, first: bool) -> None:
        where = _comment_route(thread, comment_id)
        try:
            self._client.write(
                _access(thread), "PATCH", where, {"body": body}, needs=NEEDS, conversation=first
            )
        except NotFound as exc:
            raise UserError("The comment was deleted.", reason="comment_gone") from exc

    def delete(self, thread: Thread, comment_id: str) -> None:
        where = _comment_route(thread, comment_id)
        try:
            self._client.write(_access(thread), "DELETE", where, needs=NEEDS)
        except NotFound:
            return

    def react(self, thread: Thread, comment_id: str | None, reaction: Reaction) -> None:
        rest, number = "/issues/comments/{number}/reactions", comment_id or ""
        if comment_id is None:
            rest, number = "/issues/{number}/reactions", str(thread.number)
        where = repository_route(thread.repository, rest, number=number)
        body = {"content": _REACTIONS[reaction]}
        # What is done needs no haste; the other two are all that somebody hears at first.
        first = reaction is not Reaction.DONE
        try:
            self._client.write(
                _access(thread), "POST", where, body, needs=NEEDS, conversation=first
            )
        except (NotFound, NotSupported):
            # The comment is gone, or the server knows no reactions: only prettiness is lost.
            return

    def _issue(self, thread: Thread) -> Mapping[str, object] | None:
        where = repository_route(thread.repository, "/issues/{number}", number=thread.number)
        try:
            return read_object(self._client.get(_access(thread), where, needs="issues: read"))
        except NotFound:
            return None

    def _read(self, answer: object) -> Comment:
        comment = read_comment(answer)
        return replace(comment, author=self._identity.recognise(comment.author))


def _access(thread: Thread) -> Access:
    repository = thread.repository
    return Access(
        installation=repository.installation, purpose=Purpose.TALK, repository_id=repository.id
    )


def _comment_route(thread: Thread, comment_id: str) -> Route:
    return repository_route(thread.repository, "/issues/comments/{id}", id=comment_id)
