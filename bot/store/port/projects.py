"""Generated projects and their files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.core.runs import ProjectStatus


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file to be stored with a project."""

    path: str
    content: bytes = field(repr=False)
    mode: int
    origin: str


@dataclass(frozen=True, kw_only=True)
class ProjectFile:
    """A stored file without its content. ``content_hash`` is SHA-256 in hex."""

    path: str
    name: str
    type: str
    size: int
    mode: int
    content_hash: str
    preview: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class Project:
    """A generated project. ``snapshot`` is 0 before it has files.

    ``home`` is whose it is (`bot.core.homes`).
    """

    id: str
    organisation_id: str | None
    run_id: str | None
    name: str
    status: ProjectStatus
    error_message: str | None
    total_files: int
    total_size: int
    snapshot: int
    created_by: str
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    home: str = ""


class Projects(Protocol):
    """Generated projects, their files and contents."""

    def get(self, id: str) -> Project | None:
        """One project."""

    def recent(self, *, limit: int = 50) -> Sequence[Project]:
        """The newest first."""

    def save_files(self, id: str, files: Sequence[NewFile], *, run_id: str, number: int) -> int:
        """Replace the project's files in bulk and give the number of the new snapshot.

        The same files as in the newest snapshot give that one again. The project becomes
        *generating*. ``LeaseLost`` under an older lease number.
        """

    def complete(self, id: str, *, run_id: str, number: int) -> None:
        """The files are whole and verification has ended."""

    def files(self, id: str, *, snapshot: int | None = None) -> Sequence[ProjectFile]:
        """The files by path, of the newest snapshot or of the one given."""

    def contents(self, hashes: Iterable[str]) -> Mapping[str, bytes]:
        """The contents of those blobs that exist, in few queries whatever their number."""

    def collect_blobs(self, *, unreferenced_for_s: float = 86_400) -> int:
        """Drop blobs that no snapshot has referenced for that long; how many."""
