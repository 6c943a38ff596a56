"""The forge that only records, over one in memory: the promises hold for what it has not done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pytest

from bot.core.git_values import Comment, Reaction
from bot.core.identity import Actor, Repository, Thread
from bot.forges.recording import RecordingForge
from tests.contract.forges import IssueSeen, MemoryBed

_NOBODY_SEES = "Nobody sees what was only recorded."


class RecordingBed(MemoryBed):
    """People act on the forge in memory; the program is given the recording one."""

    lacks: Mapping[str, str] = {
        **MemoryBed.lacks,
        "reactions": _NOBODY_SEES,
        "whole trees": "What else a real commit holds cannot be asked through the port.",
    }

    def __init__(self) -> None:
        super().__init__()
        self.real = self.forge
        self.noted: list[str] = []
        self.forge = RecordingForge(self.real, self._note, clock=self._clock)  # type: ignore[assignment]

    def say(self, thread: Thread, author: Actor, text: str) -> Comment:
        # Theirs and ours lie in two places, and only their times tell which came first.
        self._clock.step()
        return super().say(thread, author, text)

    def issue(self, repository: Repository, number: int) -> IssueSeen:
        pytest.skip(_NOBODY_SEES)

    def close_milestone(self, repository: Repository, number: int) -> None:
        pytest.skip(_NOBODY_SEES)

    def reactions(self, thread: Thread, comment_id: str | None) -> Sequence[Reaction]:
        return []

    def a_moment_later(self) -> datetime:
        return self._clock.step()

    def _note(self, kind: str, *, where: str, summary: str) -> None:
        self.noted.append(f"{kind} {where}: {summary}")
