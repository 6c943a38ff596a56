"""The evidence on generated files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class NewVerification:
    """What a step of a run found out about a snapshot; ``digest`` is the evidence's own.

    ``round`` is the step's: whoever asks for the step again has the files verified anew.
    """

    run_id: str
    step_id: str
    round: int
    project_id: str
    snapshot: int
    digest: str
    document: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Verification:
    """Evidence as recorded."""

    id: str
    run_id: str
    step_id: str
    round: int
    project_id: str
    snapshot: int
    digest: str
    document: Mapping[str, object]
    created_at: datetime


class Verifications(Protocol):
    """What was verified, of which files, and what came of it. Nothing of it ever changes."""

    def save(self, new: NewVerification) -> Verification:
        """Record evidence; the first that a round of a step has on a snapshot is the one that
        counts, whoever saves another later.

        ``UserError`` (``unknown_run``) where the run or the project is gone.
        """

    def found(
        self, run_id: str, step_id: str, round: int, project_id: str, snapshot: int
    ) -> Verification | None:
        """What that round of a step has found out about a snapshot."""

    def of_run(self, run_id: str) -> Sequence[Verification]:
        """All that a run has had verified, oldest first."""

    def newest(self, project_id: str, snapshot: int) -> Verification | None:
        """The newest on a snapshot, whichever run asked."""
