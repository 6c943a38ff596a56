"""Generated projects with their files and contents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import select

from bot.core.runs import ProjectStatus
from bot.store import blobs, events, project_edits, project_lists, snapshots
from bot.store.models import ProjectRow
from bot.store.port import (
    Entry,
    EventKind,
    FileEdit,
    NewFile,
    Page,
    Project,
    ProjectFile,
    ProjectFilter,
    as_it_is,
)
from bot.store.run_rows import held
from bot.store.session import Sessions, Transaction


class SqlProjects:
    """``Projects`` over SQLAlchemy."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def get(self, id: str) -> Project | None:
        """As the port says."""
        return project_lists.project(self._sessions, id)

    def is_edited(self, id: str) -> bool:
        """As the port says."""
        with self._sessions.read() as tx:
            return snapshots.is_by_hand(tx, id)

    def recent(self, *, limit: int = 50) -> Sequence[Project]:
        """As the port says."""
        with self._sessions.read() as tx:
            newest = select(ProjectRow).order_by(ProjectRow.serial.desc()).limit(limit)
            return [_value(row) for row in tx.scalars(newest)]

    def listed(
        self, wanted: ProjectFilter, *, after: str | None = None, limit: int = 50
    ) -> Page[Project]:
        """As the port says."""
        return project_lists.projects(self._sessions, wanted, after=after, limit=limit)

    def change(
        self,
        id: str,
        *,
        name: str | None = None,
        archived: bool | None = None,
        check: Callable[[Project], object] = as_it_is,
    ) -> Project:
        """As the port says."""
        with self._sessions.write() as tx:
            held = project_edits.hold(tx, id)
            check(_value(held.row))
            if name is not None:
                project_edits.rename(tx, held, name)
            if archived is not None:
                project_edits.archive(tx, held, archived=archived)
            return _value(held.row)

    def drop(self, id: str, *, check: Callable[[Project], object] = as_it_is) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            held = project_edits.hold(tx, id)
            check(_value(held.row))
            project_edits.drop(tx, held)

    def write_file(self, id: str, file: NewFile, edit: FileEdit) -> ProjectFile:
        """As the port says."""
        contents = snapshots.listing_of([file]).contents
        with self._sessions.write() as tx:
            blobs.keep(tx, contents)
            return project_edits.write(tx, project_edits.hold(tx, id), file, edit)

    def remove_file(self, id: str, path: str, edit: FileEdit) -> None:
        """As the port says."""
        with self._sessions.write() as tx:
            project_edits.remove(tx, project_edits.hold(tx, id), path, edit)

    def files_page(
        self,
        id: str,
        *,
        prefix: str = "",
        type: str = "",
        after: str | None = None,
        limit: int = 100,
    ) -> Page[ProjectFile]:
        """As the port says."""
        return project_lists.files(
            self._sessions, id, prefix=prefix, type=type, after=after, limit=limit
        )

    def folder(self, id: str, prefix: str = "") -> Sequence[Entry]:
        """As the port says."""
        return project_lists.folder(self._sessions, id, prefix)

    def file(self, id: str, path: str) -> ProjectFile | None:
        """As the port says."""
        return project_lists.file(self._sessions, id, path)

    def save_files(self, id: str, files: Sequence[NewFile], *, run_id: str, number: int) -> int:
        """As the port says; ``UserError`` (``bad_path``) for what must not be a file."""
        listing = snapshots.listing_of(files)
        with self._sessions.write() as tx:
            # Before the run is locked: its lease has to be renewed while contents travel.
            blobs.keep(tx, listing.contents)
            held(tx, run_id, number)
            project, now = locked(tx, id), tx.now()
            is_new = snapshots.add(tx, project, listing, run_id=run_id, now=now)
            if not is_new and project.status == ProjectStatus.GENERATING:
                return project.snapshot
            project.status = ProjectStatus.GENERATING
            project.error_message = project.completed_at = None
            project.total_files = len(listing.files)
            project.total_size = listing.size
            project.updated_at = now
            events.of_project(
                tx,
                run_id,
                project,
                EventKind.FILES_SAVED,
                now,
                snapshot=project.snapshot,
                total_files=project.total_files,
                total_size=project.total_size,
            )
            return project.snapshot

    def complete(self, id: str, *, run_id: str, number: int) -> None:
        """As the port says; a second time changes nothing."""
        with self._sessions.write() as tx:
            held(tx, run_id, number)
            project, now = locked(tx, id), tx.now()
            if project.status == ProjectStatus.COMPLETED:
                return
            project.status = ProjectStatus.COMPLETED
            project.error_message = None
            project.completed_at = project.updated_at = now
            events.of_project(tx, run_id, project, EventKind.PROJECT_COMPLETED, now)

    def files(self, id: str, *, snapshot: int | None = None) -> Sequence[ProjectFile]:
        """As the port says."""
        with self._sessions.read() as tx:
            if snapshot is None:
                return snapshots.newest_files(tx, id)
            return snapshots.files_of_snapshot(tx, id, snapshot)

    def contents(self, hashes: Iterable[str]) -> Mapping[str, bytes]:
        """As the port says."""
        with self._sessions.read() as tx:
            return blobs.read(tx, hashes)

    def collect_blobs(self, *, unreferenced_for_s: float = 86_400) -> int:
        """As the port says, in several transactions, so that writers need not wait for long."""
        with self._sessions.write() as tx:
            blobs.unmark_referenced(tx, unreferenced_for_s=unreferenced_for_s)
        dropped = 0
        while True:
            with self._sessions.write() as tx:
                chunk = blobs.collect(tx, unreferenced_for_s=unreferenced_for_s)
            if not chunk:
                return dropped
            dropped += chunk


def locked(tx: Transaction, id: str) -> ProjectRow:
    """The row of a project, locked after that of its run; LookupError where there is none."""
    row = tx.scalar(select(ProjectRow).where(ProjectRow.id == id).with_for_update(key_share=True))
    if row is None:
        raise LookupError(f"there is no project {id}")
    return row


def _value(row: ProjectRow) -> Project:
    return Project(
        id=row.id,
        organisation_id=row.organisation_id,
        run_id=row.run_id,
        home=row.home,
        pack=row.pack,
        name=row.name,
        status=ProjectStatus(row.status),
        error_message=row.error_message,
        total_files=row.total_files,
        total_size=row.total_size,
        snapshot=row.snapshot,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        completed_at=row.completed_at,
    )
