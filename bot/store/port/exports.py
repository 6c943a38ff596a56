"""Publications of projects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.runs import ExportStatus, ExportType


@dataclass(frozen=True, kw_only=True)
class Export:
    """A publication of a project."""

    id: str
    project_id: str
    type: ExportType
    snapshot: int
    repository_name: str | None
    repository_url: str | None
    status: ExportStatus
    error_message: str | None
    created_by: str
    created_at: datetime
    completed_at: datetime | None


class Exports(Protocol):
    """Publications of projects."""

    def begin(
        self,
        project_id: str,
        type: ExportType,
        *,
        snapshot: int,
        repository_name: str,
        created_by: str,
        run_id: str,
        number: int,
    ) -> Export:
        """The export of this run to that repository, made where there is none; *exporting*."""

    def complete(self, id: str, *, repository_url: str, run_id: str, number: int) -> None:
        """It has landed; ``repository_url`` is the change's address for a change."""

    def of_project(self, project_id: str) -> Sequence[Export]:
        """The newest first."""
