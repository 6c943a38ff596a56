"""What a run's stream is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """What the store writes into a run's stream by itself; `Runs.add_event` may add others.

    Events of a step carry ``step``, those of a plan ``plan``, ``step`` and ``digest`` (and ``by``
    and ``note`` once somebody has answered), those of a project ``project``, those of an export
    ``export`` and ``project``, and each that tells of a failure ``reason`` and ``message``.
    """

    RUN_QUEUED = "run_queued"
    RUN_STARTED = "run_started"
    RUN_WAITING = "run_waiting"
    RUN_COMPLETED = "run_completed"
    RUN_FAILED = "run_failed"
    RUN_CANCELLED = "run_cancelled"
    RUN_REPORTED = "run_reported"
    CANCEL_REQUESTED = "cancel_requested"
    RETRY_REQUESTED = "retry_requested"
    STEP_STARTED = "step_started"
    STEP_COMPLETED = "step_completed"
    STEP_SKIPPED = "step_skipped"
    STEP_FAILED = "step_failed"
    STEP_WAITING = "step_waiting"
    PLAN_PROPOSED = "plan_proposed"
    PLAN_APPROVED = "plan_approved"
    PLAN_REJECTED = "plan_rejected"
    PLAN_LAPSED = "plan_lapsed"
    PROJECT_CREATED = "project_created"
    PROJECT_CHANGED = "project_changed"
    PROJECT_RESUMED = "project_resumed"
    PROJECT_DELETED = "project_deleted"
    FILE_WRITTEN = "file_written"
    FILE_DELETED = "file_deleted"
    FILES_SAVED = "files_saved"
    PROJECT_COMPLETED = "project_completed"
    PROJECT_FAILED = "project_failed"
    EXPORT_REQUESTED = "export_requested"
    EXPORT_STARTED = "export_started"
    EXPORT_COMPLETED = "export_completed"
    EXPORT_MEASURED = "export_measured"
    EXPORT_FAILED = "export_failed"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """An entry of a run's event stream; ``kind`` is mostly an ``EventKind``.

    ``number`` counts within the run, from 1: of what others do it tells nothing.
    """

    number: int
    kind: str
    data: Mapping[str, object]
    at: datetime
