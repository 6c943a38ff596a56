"""Publications of projects, and archives of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.runs import ExportStatus, ExportType, Failure

#: Under this key of its ``config`` an archive keeps what its bytes depend on.
BUILT = "built"


@dataclass(frozen=True, kw_only=True)
class Archive:
    """What making an archive came to. ``sha256`` is in hex.

    ``built`` is all that its bytes depend on besides the files, as plain data.
    """

    size: int
    sha256: str
    built: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Export:
    """A publication of a project, or an archive of it.

    ``config`` is what was asked for and, of an archive that is completed, `BUILT`. An archive
    has a size and a hash and no repository.
    """

    id: str
    project_id: str
    run_id: str | None
    type: ExportType
    snapshot: int
    repository_name: str | None
    repository_url: str | None
    archive_size: int | None
    archive_hash: str | None
    status: ExportStatus
    error_message: str | None
    config: Mapping[str, object]
    created_by: str
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None


class Exports(Protocol):
    """Publications and archives of projects."""

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

    def request(
        self,
        project_id: str,
        type: ExportType,
        *,
        snapshot: int,
        created_by: str,
        run_id: str,
        config: Mapping[str, object],
    ) -> Export:
        """The archive that this run is to make, *pending*; the same one whenever it is asked for.

        Where the run has ended without it, it has *failed*. ``UserError`` (``unknown_run``),
        ``LookupError`` where there is no such project.
        """

    def start(self, id: str, *, run_id: str, number: int) -> Export:
        """It is being made: *exporting*, unless it is completed. ``LookupError`` for none."""

    def complete(
        self,
        id: str,
        *,
        run_id: str,
        number: int,
        repository_url: str | None = None,
        archive: Archive | None = None,
    ) -> Export:
        """It has landed; ``repository_url`` is the change's address for a change.

        ``LookupError`` where there is none.
        """

    def fail(self, id: str, failure: Failure, *, run_id: str, number: int) -> None:
        """It cannot be made; one that is completed stays so."""

    def measured(self, id: str, archive: Archive) -> Export:
        """A completed archive comes to other bytes by now. ``LookupError`` where there is none."""

    def get(self, id: str) -> Export | None:
        """One export."""

    def of_project(self, project_id: str) -> Sequence[Export]:
        """The newest first."""

    def listed(
        self, project_id: str, *, before: str | None = None, limit: int = 50
    ) -> Sequence[Export]:
        """Some of a project's, the newest first; behind the one of that id, nothing if unknown."""
