"""How often a step was put off, and for what: kept in the run's own stream.

A step's count of attempts holds too much for deciding whether to try again: waiting for our own
budget is no failure, and an attempt that ended without a word was a worker's end.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import BotError, Waits
from bot.store.port import EventKind, Progress, Runs

PUT_OFF = "step_put_off"
_PACE = frozenset({"pace", "rate_limited"})
_PAGE = 500


@dataclass(frozen=True, kw_only=True)
class PutOffs:
    """Since the run was started or taken up again by somebody."""

    faults: int
    paced: int

    @property
    def all(self) -> int:
        """For whatever reason."""
        return self.faults + self.paced


def is_pace(problem: BotError) -> bool:
    """Whether nothing is wrong: we, or the forge, count what we write, or somebody is asked."""
    return problem.reason in _PACE or isinstance(problem, Waits)


def note_put_off(runs: Runs, run_id: str, step_id: str, problem: BotError) -> None:
    """Write into the run's stream that a step has to wait."""
    data = {"step": step_id, "reason": problem.reason, "message": problem.message}
    runs.add_event(run_id, PUT_OFF, {**data, "paced": is_pace(problem)})


def put_offs(runs: Runs, run_id: str, step_id: str) -> PutOffs:
    """How often a step has been put off."""
    faults = paced = after = 0
    while page := runs.events(run_id, after=after, limit=_PAGE):
        after = page[-1].number
        for entry in page:
            if entry.kind == EventKind.RETRY_REQUESTED:
                faults = paced = 0
            elif _is_of(entry, step_id):
                paced += bool(entry.data.get("paced"))
                faults += not entry.data.get("paced")
    return PutOffs(faults=faults, paced=paced)


def _is_of(entry: Progress, step_id: str) -> bool:
    return entry.kind == PUT_OFF and entry.data.get("step") == step_id
