"""What was said in a rehearsal, between the comments that are really there."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.core.git_values import Comment, Opening
from bot.core.identity import Actor, Repository, Thread, ThreadKind
from bot.errors import UserError
from bot.forges.port import Conversation
from bot.forges.recording.places import is_invented

#: The first number that an invented issue or change gets; the real one is only known when it is
#: there, and nobody shall take ours for it.
FIRST_NUMBER = 1_000_001
_FIRST_ID = 10**15


@dataclass
class _Talk:
    """What a rehearsal has changed in a thread."""

    #: Whether the thread is there only in the rehearsal.
    invented: bool
    said: dict[str, Comment] = field(default_factory=dict)
    edited: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    updated_at: dict[str, datetime] = field(default_factory=dict)


class Talks:
    """The threads of one forge: ours from memory, others by asking."""

    def __init__(self, real: Conversation, clock: Callable[[], datetime]) -> None:
        self._real = real
        self._clock = clock
        self._talks: dict[tuple[str, int], _Talk] = {}
        self._numbers = itertools.count(FIRST_NUMBER)
        self._ids = itertools.count(_FIRST_ID)

    def thread(self, repository: Repository, number: int) -> Thread | None:
        """A thread, invented or real."""
        if (repository.id, number) in self._talks and self._talks[repository.id, number].invented:
            return Thread(repository=repository, number=number)
        return None if is_invented(repository) else self._real.thread(repository, number)

    def opening(self, thread: Thread) -> Opening | None:
        """What a real thread was opened with; in an invented one, nobody has said anything."""
        if is_invented(thread.repository) or self._talk(thread).invented:
            return None
        return self._real.opening(thread)

    def open(self, repository: Repository, kind: ThreadKind) -> Thread:
        """A thread that is nowhere else."""
        number = next(self._numbers)
        self._talks[repository.id, number] = _Talk(invented=True)
        return Thread(repository=repository, number=number, kind=kind)

    def say(self, thread: Thread, author: Actor, body: str) -> Comment:
        """A comment that is nowhere else; `UserError` where the thread is not there."""
        talk = self._talk(thread)
        if not talk.invented:
            # A thread that is gone or closed to us refuses here as it would refuse then.
            self._real.comments(thread, since=self._clock())
        now = self._clock()
        said = Comment(id=str(next(self._ids)), author=author, body=body, created_at=now)
        talk.said[said.id] = said
        talk.updated_at[said.id] = now
        return said

    def edit(self, thread: Thread, comment_id: str, body: str) -> None:
        """Replace a text; `UserError` (``comment_gone``) where there is no such comment."""
        if self.find(thread, comment_id) is None:
            raise UserError("The comment is not there any more.", reason="comment_gone")
        talk = self._talk(thread)
        talk.edited[comment_id] = body
        talk.updated_at[comment_id] = self._clock()

    def delete(self, thread: Thread, comment_id: str) -> None:
        """Have a comment be gone."""
        self._talk(thread).deleted.add(comment_id)

    def find(self, thread: Thread, comment_id: str) -> Comment | None:
        """One comment as it would be then."""
        talk = self._talk(thread)
        if comment_id in talk.deleted:
            return None
        found = talk.said.get(comment_id)
        if found is None and not talk.invented:
            found = self._real.comment(thread, comment_id)
        return None if found is None else _as_edited(talk, found)

    def all(self, thread: Thread, since: datetime | None) -> Sequence[Comment]:
        """All comments as they would be then, oldest first."""
        talk = self._talk(thread)
        found = {} if talk.invented else _by_id(self._real.comments(thread, since=since))
        for comment_id, at in talk.updated_at.items():
            comment = self.find(thread, comment_id) if since is None or at >= since else None
            if comment is not None:
                found[comment_id] = comment
        there = (_as_edited(talk, one) for one in found.values() if one.id not in talk.deleted)
        return sorted(there, key=lambda comment: comment.created_at)

    def _talk(self, thread: Thread) -> _Talk:
        key = (thread.repository.id, thread.number)
        if key not in self._talks:
            if thread.number >= FIRST_NUMBER or is_invented(thread.repository):
                raise UserError("There is no such thread here.", reason="no_access")
            self._talks[key] = _Talk(invented=False)
        return self._talks[key]


def _as_edited(talk: _Talk, comment: Comment) -> Comment:
    body = talk.edited.get(comment.id)
    return comment if body is None else replace(comment, body=body)


def _by_id(comments: Sequence[Comment]) -> dict[str, Comment]:
    return {comment.id: comment for comment in comments}
