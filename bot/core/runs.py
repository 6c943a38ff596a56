"""Runs, their steps and their states, and the moves between states that are legal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.identity import Actor, Thread


class RunStatus(StrEnum):
    """Where a run stands. The last three are final until somebody asks for a retry."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens by itself."""
        return self in (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED)


RUN_MOVES: Mapping[RunStatus, frozenset[RunStatus]] = {
    RunStatus.QUEUED: frozenset({RunStatus.RUNNING, RunStatus.CANCELLED, RunStatus.FAILED}),
    RunStatus.RUNNING: frozenset(
        {
            RunStatus.RUNNING,
            RunStatus.WAITING,
            RunStatus.COMPLETED,
            RunStatus.FAILED,
            RunStatus.CANCELLED,
        }
    ),
    RunStatus.WAITING: frozenset({RunStatus.RUNNING, RunStatus.CANCELLED, RunStatus.FAILED}),
    RunStatus.COMPLETED: frozenset(),
    RunStatus.FAILED: frozenset({RunStatus.QUEUED}),
    RunStatus.CANCELLED: frozenset({RunStatus.QUEUED}),
}


#: What can be taken up again.
RETRYABLE = frozenset({RunStatus.FAILED, RunStatus.CANCELLED})


class StepStatus(StrEnum):
    """Where one step of a run stands."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"


class ProjectStatus(StrEnum):
    """Where a generated project stands."""

    PENDING = "pending"
    GENERATING = "generating"
    COMPLETED = "completed"
    FAILED = "failed"
    ARCHIVED = "archived"


class ExportStatus(StrEnum):
    """Where an export stands."""

    PENDING = "pending"
    EXPORTING = "exporting"
    COMPLETED = "completed"
    FAILED = "failed"


class ExportType(StrEnum):
    """In what form a project left: an archive, a folder of the local forge, or a forge."""

    ZIP = "zip"
    TAR = "tar"
    TAR_GZ = "tar.gz"
    GIT = "git"
    LOCAL = "local"
    GITHUB = "github"
    GITLAB = "gitlab"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a run or a step stopped: a stable code, a sentence, and what to do about it."""

    reason: str
    message: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a run as it was last recorded. ``outputs`` is None unless completed."""

    id: str
    uses: str
    position: int
    status: StepStatus = StepStatus.PENDING
    attempts: int = 0
    outputs: Mapping[str, object] | None = None
    failure: Failure | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run as it was last recorded.

    ``workflow`` is the snapshot it was accepted with (plain data of the file). ``number`` of
    the lease rises each time a worker takes the run; what was written under an older number
    is refused.
    """

    id: str
    status: RunStatus
    workflow: Mapping[str, object]
    inputs: Mapping[str, object]
    requester: Actor
    thread: Thread | None
    command_id: str | None
    comment_id: str | None
    project_id: str | None
    steps: tuple[Step, ...]
    lease_number: int
    failure: Failure | None
    cancel_requested_by: str | None
    waiting_for: str | None
    resume_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    reported_at: datetime | None

    @property
    def short_id(self) -> str:
        """The first eight hex digits: what people read and branches are named after."""
        return self.id.replace("-", "")[:8]

    def step(self, step_id: str) -> Step:
        """The step of that id; KeyError where there is none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)
