"""Runs, their steps and their states, and the moves between states that are legal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.core.budgets import RunBudget
from bot.core.identity import Actor, Repository, Thread


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
    RunStatus.COMPLETED: frozenset({RunStatus.QUEUED}),
    RunStatus.FAILED: frozenset({RunStatus.QUEUED}),
    RunStatus.CANCELLED: frozenset({RunStatus.QUEUED}),
}


#: What can be taken up again where it stopped. Of a completed run only named steps can be.
RETRYABLE = frozenset({RunStatus.FAILED, RunStatus.CANCELLED})


class StepStatus(StrEnum):
    """Where one step of a run stands."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"


class PlanStatus(StrEnum):
    """Where a plan that waits for approval stands. All but the first are final."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    LAPSED = "lapsed"


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
    """One step of a run as it was last recorded. ``outputs`` is None unless completed.

    A step that is done once for each item of a list has a part for each, ``ID[0]`` and so on,
    whose ``parent`` is the step. ``inputs`` are what it was last given, with secrets masked.
    ``round`` counts how often somebody asked for this very step to be done again.
    """

    id: str
    uses: str
    position: int
    parent: str | None = None
    status: StepStatus = StepStatus.PENDING
    attempts: int = 0
    round: int = 0
    inputs: Mapping[str, object] | None = None
    outputs: Mapping[str, object] | None = None
    failure: Failure | None = None
    waiting_for: str | None = None
    resume_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try at a step. ``status`` is *running* where its worker ended without a word."""

    step: str
    number: int
    lease_number: int
    worker: str
    status: StepStatus
    failure: Failure | None
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run as it was last recorded.

    ``workflow`` is the snapshot it was accepted with (plain data of the file), ``source`` says
    where that came from, and ``policy`` is what was in force then. ``number`` of the lease rises
    each time a worker takes the run; what was written under an older number is refused.
    ``worked_s`` is for how long workers have held it. ``parts`` are the parts of steps that
    are done once for each item of a list. ``repository`` is where it was asked for, in a thread or
    not; None where that was in none. Whoever may see its ``home`` may see it.
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
    parts: tuple[Step, ...] = ()
    source: Mapping[str, object] = field(default_factory=dict)
    policy: Mapping[str, object] = field(default_factory=dict)
    organisation_id: str | None = None
    worker: str | None = None
    worked_s: float = 0.0
    destination: str = ""
    repository: Repository | None = None
    home: str = ""
    #: What it may use up by the wish of whoever asked for it, or for its retry.
    budget: RunBudget | None = None
    outputs: Mapping[str, object] | None = None
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
        """The step or part of that id; KeyError where there is none."""
        for step in (*self.steps, *self.parts):
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    def parts_of(self, step_id: str) -> tuple[Step, ...]:
        """The parts of a step, in the order of its list."""
        return tuple(part for part in self.parts if part.parent == step_id)
