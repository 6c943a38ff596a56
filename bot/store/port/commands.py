"""Commands as they were found, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.identity import Actor, Thread


@dataclass(frozen=True, kw_only=True)
class NewCommand:
    """A command as it was found. ``key`` makes it unique for ever; ``source`` is its line."""

    key: str
    actor: Actor
    thread: Thread | None
    comment_id: str | None
    source: str
    delivery: str | None = None
    #: Of what a program asks for: whether the same is asked for again under its key.
    request_sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class CommandRow:
    """A command as recorded. ``outcome`` is its reason code, None while undecided."""

    id: str
    key: str
    delivery: str | None
    outcome: str | None
    run_id: str | None
    request_sha256: str | None
    created_at: datetime


class Commands(Protocol):
    """Commands, each recorded once."""

    def add(self, command: NewCommand) -> tuple[CommandRow, bool]:
        """Record it, or give the one that has its key already; True where it is new."""

    def take(self, id: str, *, lapses_s: float) -> datetime | None:
        """Have it carried out by one of all who ask: when that began, None for all others.

        That is over once it is settled or given back, or after so long for whoever died over it.
        """

    def give_back(self, id: str, taken_at: datetime) -> None:
        """Let somebody else carry out what was taken then, unless that has happened already."""

    def settle(self, id: str, outcome: str) -> None:
        """Record the reason code of its answer; the first one stays."""

    def forget_words(self, id: str) -> None:
        """Drop the line that was written: it holds what nobody should have written."""

    def is_asked_by_run(self, id: str) -> bool:
        """Whether a step of a run has asked for it, and no person by themselves."""

    def answered_since(self, actor: Actor, since: datetime) -> int:
        """How many commands of this actor were settled with something other than silence
        (outcomes that begin with ``silent`` do not count) since then, in threads."""
