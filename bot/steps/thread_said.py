"""What people said in a run's thread before it was asked for, as far as a model may be told.

Who may write there is asked from the forge, for each author: what the forge's payloads call
somebody proves nothing. Of everybody else, policy says whether they are left out or shown as data.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.core.grammar import find_commands
from bot.core.identity import Actor, Permission, Thread
from bot.core.policy import Strangers, policy_from_data
from bot.core.shown_text import shown
from bot.forges.port import Forge
from bot.roles.role import Said, Talk
from bot.services import Services
from bot.steps.spec import StepContext

#: Of all that was said, in characters: the opening text first, then the newest comments.
MOST_CHARACTERS = 40_000
LONGEST_TEXT = 12_000
MOST_COMMENTS = 60
#: So many people's rights are asked for; anybody beyond counts as a stranger.
_MOST_AUTHORS = 20
_CUT = "\n(cut here: it goes on)"


def said_in_thread(context: StepContext) -> Talk:
    """The talk of the run's thread; an empty one where it has none.

    Raises:
        Transient: Where the forge did not answer.
    """
    run = context.run
    if run.thread is None:
        return Talk()
    forge = context.services.forge(run.thread.repository.forge)
    reading = _Reading(forge, run.thread)
    told, left_out = [], 0
    strangers = policy_from_data(run.policy).strangers
    for author, text in _texts(context, forge, run.thread):
        is_stranger = reading.is_stranger(author)
        if is_stranger and strangers is Strangers.OMIT:
            left_out += 1
            continue
        told.append(Said(by=author.login, text=text, is_stranger=is_stranger))
    kept = _bounded(told)
    words = "\0".join(one.text for one in kept if one.is_stranger)
    return Talk(said=tuple(kept), left_out=left_out, fence=fence_of(context.services, words))


@dataclass
class _Reading:
    """Who of a thread's authors may write there, each asked for once."""

    forge: Forge
    thread: Thread

    def __post_init__(self) -> None:
        self._known: dict[str, bool] = {}

    def is_stranger(self, author: Actor) -> bool:
        if author.account_id not in self._known:
            may_ask = len(self._known) < _MOST_AUTHORS and bool(author.account_id)
            repository = self.thread.repository
            self._known[author.account_id] = not may_ask or (
                self.forge.permission(repository, author) < Permission.WRITE
            )
        return self._known[author.account_id]


def _texts(context: StepContext, forge: Forge, thread: Thread) -> Iterator[tuple[Actor, str]]:
    """Authors and texts, in order, without programs, ourselves, and commands."""
    me, run = forge.me(), context.run
    opening = forge.opening(thread)
    entries = []
    if opening is not None:
        entries.append((opening.author, f"{opening.title}\n\n{opening.text}"))
    # What came after the command, nobody can have meant by it.
    comments = [one for one in forge.comments(thread) if one.created_at <= run.created_at]
    entries += [(one.author, one.body) for one in comments[-MOST_COMMENTS:]]
    for author, text in entries:
        if author.is_bot or author.is_same_as(me):
            continue
        left = shown(_without_commands(text, context.services.settings.name))
        if left:
            yield author, left if len(left) <= LONGEST_TEXT else left[:LONGEST_TEXT] + _CUT


def _without_commands(text: str, name: str) -> str:
    """A text without the lines that we are told by: what they say is told otherwise."""
    numbers = {found.line_number for found in find_commands(text, name=name)}
    if not numbers:
        return text
    lines = text.splitlines()
    return "\n".join(line for at, line in enumerate(lines, 1) if at not in numbers)


def _bounded(told: Sequence[Said]) -> list[Said]:
    """The first, and as many of the newest as there is room for, in order."""
    left = MOST_CHARACTERS
    kept: list[Said] = []
    for one in [*told[:1], *reversed(told[1:])]:
        if len(one.text) <= left:
            left -= len(one.text)
            kept.append(one)
    return [*kept[:1], *reversed(kept[1:])]


def fence_of(services: Services, words: str) -> str:
    """What stands around strangers' words: nobody who has not our key can have written it.

    The same words get the same one, so that a question that is put again is known as the same.
    """
    key = services.keys.secret_key.encode()
    told = f"strangers:{words}".encode("utf-8", "replace")
    return hmac.new(key, told, hashlib.sha256).hexdigest()[:24]
