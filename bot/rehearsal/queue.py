"""A queue that nobody but the rehearsal works on."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence


class RecordingQueue:
    """The port `Queue`, kept in the process: what is put in waits for the rehearsal itself."""

    def __init__(self) -> None:
        self.runs: deque[str] = deque()
        self.reports: deque[str] = deque()

    def intake(self, delivery: str) -> bool:
        # A rehearsal begins with words, not with deliveries.
        return True

    def run(self, run_id: str) -> bool:
        if run_id not in self.runs:
            self.runs.append(run_id)
        return True

    def report(self, run_id: str) -> bool:
        if run_id not in self.reports:
            self.reports.append(run_id)
        return True

    def hook(self, hook_id: str) -> bool:
        # Nobody hears of what is only rehearsed.
        return True

    def verify(self, run_id: str) -> bool:
        # What is to be run is not, in a rehearsal.
        return True

    def verifiers(self) -> int:
        return 0

    def abandoned(self) -> Sequence[str]:
        return ()

    def problem(self) -> str | None:
        return None

    def depths(self) -> Mapping[str, int]:
        return {"runs": len(self.runs)}
