"""What runs have asked people, and what these have answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.identity import Actor, Thread


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question of one step of a run. ``answer`` is None while it is open."""

    id: str
    run_id: str
    step_id: str
    text: str
    asked_at: datetime
    answer: str | None = None
    answered_by: Actor | None = None
    answered_at: datetime | None = None


class Questions(Protocol):
    """Questions of runs. A step has at most one that is open."""

    def ask(self, run_id: str, step_id: str, text: str, *, number: int) -> Question:
        """Ask; gives the step's open question where it has one, whatever its text.

        ``LeaseLost`` under an older lease number.
        """

    def of_run(self, run_id: str) -> Sequence[Question]:
        """All questions of a run, oldest first."""

    def get(self, id: str) -> Question | None:
        """One question."""

    def open_of_thread(self, thread: Thread) -> Question | None:
        """The newest open question of the thread's runs that are not over."""

    def answer(self, id: str, text: str, *, by: Actor) -> Question | None:
        """Record an answer and wake the run; None where there is no such question, it has an answer
        already, or its run is over."""
