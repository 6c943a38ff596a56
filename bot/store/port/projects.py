"""Generated projects and their files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.core.runs import ProjectStatus
from bot.store.port.paging import Page


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
    id: str = field(default="", compare=False)
    created_at: datetime | None = field(default=None, compare=False)
    updated_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Outline:
    """A stored file without the beginning of its content, which weighs more than all the rest."""

    path: str
    type: str
    size: int
    mode: int
    content_hash: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What stands in a folder: a file, or a folder with the sums of all that is below it.

    ``name`` of a folder ends in a slash; what a file is (``type``, ``mode``, ``content_hash``) says
    nothing there.
    """

    name: str
    files: int
    size: int
    type: str
    mode: int
    content_hash: str


@dataclass(frozen=True, kw_only=True)
class Project:
    """A generated project. ``snapshot`` is 0 before it has files.

    Whoever may see its ``home`` may see it.
    """

    id: str
    organisation_id: str | None
    run_id: str | None
    home: str
    pack: str
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


@dataclass(frozen=True, kw_only=True)
class ProjectFilter:
    """Which projects are wanted; all that is not said is left open.

    ``homes``: only of these; None for all there are. ``text`` is part of the name, in any case.
    """

    homes: Collection[str] | None
    organisation_id: str | None = None
    status: ProjectStatus | None = None
    pack: str = ""
    text: str = ""
    with_archived: bool = False


#: Stands for every content.
WHATEVER = "*"


@dataclass(frozen=True, kw_only=True)
class FileEdit:
    """A change of one file by hand.

    ``expected`` has the hashes of the contents that may be replaced, or `WHATEVER` for a file that
    only has to be there; it is empty for one that must not be there yet, None where nothing was
    said. ``check`` is given all files as they would be, and refuses what must not be.
    """

    by: str
    expected: frozenset[str] | None
    check: Callable[[Iterable[ProjectFile]], object]


def as_it_is(_: Project) -> None:
    """Whatever it is like, it may be changed."""


class Projects(Protocol):
    """Generated projects, their files and contents."""

    def get(self, id: str) -> Project | None:
        """One project."""

    def is_edited(self, id: str) -> bool:
        """Whether the newest snapshot is somebody's change by hand, and not what a run made."""

    def recent(self, *, limit: int = 50) -> Sequence[Project]:
        """The newest first."""

    def listed(
        self, wanted: ProjectFilter, *, after: str | None = None, limit: int = 50
    ) -> Page[Project]:
        """A page of those that are wanted, newest first, behind the one that ended at ``after``."""

    def change(
        self,
        id: str,
        *,
        name: str | None = None,
        archived: bool | None = None,
        check: Callable[[Project], object] = as_it_is,
    ) -> Project:
        """Give it another name, put it away, or take it out again as it was: all of it or nothing.

        ``check`` is given it as it is, locked, and refuses what must not be changed.

        ``UserError``: ``unknown_project`` for none, as in all below; ``under_way`` where it is to
        be put away or taken out while a run is at work on it.
        """

    def drop(self, id: str, *, check: Callable[[Project], object] = as_it_is) -> None:
        """Drop it, its files and exports; runs stay without it. Refuses as `archive`."""

    def write_file(self, id: str, file: NewFile, edit: FileEdit) -> ProjectFile:
        """Put a file in place, as a new snapshot; its pending plan lapses, and its run is woken.

        ``UserError``: ``precondition_required`` where there is a file and nothing was expected,
        ``precondition_failed`` where there is another one than expected, ``under_way`` while a
        worker is at it, ``archived``, and what the edit's check says.
        """

    def remove_file(self, id: str, path: str, edit: FileEdit) -> None:
        """Take a file away likewise; ``unknown_file`` where there is none."""

    def files_page(
        self,
        id: str,
        *,
        prefix: str = "",
        type: str = "",
        after: str | None = None,
        limit: int = 100,
    ) -> Page[ProjectFile]:
        """Files whose paths begin so, by path. ``type`` is a media type, or ``text/*``."""

    def folder(self, id: str, prefix: str = "") -> Sequence[Entry]:
        """What stands in a folder, in no order; ``prefix`` is its path with a slash at the end,
        empty for the project itself."""

    def file(self, id: str, path: str) -> ProjectFile | None:
        """One file as it is now."""

    def save_files(self, id: str, files: Sequence[NewFile], *, run_id: str, number: int) -> int:
        """Replace the project's files in bulk and give the number of the new snapshot.

        The same files as in the newest snapshot give that one again. The project becomes
        *generating*. ``LeaseLost`` under an older lease number; ``UserError`` (``bad_path``) for
        paths and modes that no gate would have let through.
        """

    def complete(self, id: str, *, run_id: str, number: int) -> None:
        """The files are whole and verification has ended."""

    def files(self, id: str, *, snapshot: int | None = None) -> Sequence[ProjectFile]:
        """The files by path, of the newest snapshot or of the one given."""

    def contents(self, hashes: Iterable[str]) -> Mapping[str, bytes]:
        """The contents of those blobs that exist, in few queries whatever their number."""

    def collect_blobs(self, *, unreferenced_for_s: float = 86_400) -> int:
        """Drop blobs that no snapshot has referenced for that long; how many."""
