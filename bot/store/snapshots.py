"""The files of a project: numbered snapshots of them, and the newest one in full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import Table, bindparam, delete, insert, select, update

from bot.core.paths import check_mode, check_paths
from bot.file_kinds import PREVIEW_BYTES, look_at, preview_of
from bot.store import blobs
from bot.store.models import ProjectFileRow, ProjectRow, SnapshotFileRow, SnapshotRow
from bot.store.port import NewFile, ProjectFile
from bot.store.session import Transaction

_FILES: Table = ProjectFileRow.metadata.tables[ProjectFileRow.__tablename__]
_SNAPSHOT_FILES: Table = SnapshotFileRow.metadata.tables[SnapshotFileRow.__tablename__]
_CHANGING = ("type", "size", "mode", "content_hash", "preview", "origin")


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Files to be stored, by path, with their contents by hash and the digest of the whole."""

    files: Sequence[ProjectFile]
    contents: dict[str, bytes] = field(repr=False)
    digest: str

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


def listing_of(files: Sequence[NewFile]) -> Listing:
    """Hash and look at every file; ``UserError`` (``bad_path``) for what must not be one.

    Whoever made them has asked the gate already: this is the last one before they are kept.
    """
    contents: dict[str, bytes] = {}
    check_paths(file.path for file in files)
    listed = {file.path: _look(file, contents) for file in files}
    ordered = [listed[path] for path in sorted(listed)]
    return Listing(files=ordered, contents=contents, digest=_digest(ordered))


def listed(files: Iterable[ProjectFile]) -> Listing:
    """Files whose contents are stored."""
    ordered = sorted(files, key=lambda file: file.path)
    return Listing(files=ordered, contents={}, digest=_digest(ordered))


def add(
    tx: Transaction, project: ProjectRow, listing: Listing, *, run_id: str | None, now: datetime
) -> bool:
    """Make the listing the newest snapshot of a locked project; False where it is already.

    Its blobs have to be there.
    """
    newest = tx.scalar(
        select(SnapshotRow.digest).where(
            SnapshotRow.project_id == project.id, SnapshotRow.number == project.snapshot
        )
    )
    if newest == listing.digest:
        return False
    project.snapshot += 1
    snapshot = SnapshotRow(
        project_id=project.id,
        number=project.snapshot,
        run_id=run_id,
        digest=listing.digest,
        created_at=now,
    )
    tx.add(snapshot)
    tx.flush()
    rows = [_snapshot_row(snapshot.serial, file) for file in listing.files]
    if rows:
        tx.connection().execute(insert(_SNAPSHOT_FILES), rows)
    _replace_files(tx, project.id, listing.files, now)
    return True


def is_by_hand(tx: Transaction, project_id: str) -> bool:
    """Whether no run made the newest snapshot. False where there is none."""
    newest = (
        select(SnapshotRow.run_id)
        .join(ProjectRow, ProjectRow.id == SnapshotRow.project_id)
        .where(ProjectRow.id == project_id, SnapshotRow.number == ProjectRow.snapshot)
    )
    found = tx.execute(newest).first()
    return found is not None and found.run_id is None


def newest_files(tx: Transaction, project_id: str) -> list[ProjectFile]:
    """The files as they are now, by path."""
    rows = tx.scalars(select(ProjectFileRow).where(ProjectFileRow.project_id == project_id))
    files = [
        ProjectFile(path=row.path, name=row.name, **{key: getattr(row, key) for key in _CHANGING})
        for row in rows
    ]
    # Sorted here: the order of texts in a database depends on its locale.
    return sorted(files, key=lambda file: file.path)


def files_of_snapshot(tx: Transaction, project_id: str, number: int) -> list[ProjectFile]:
    """The files of a numbered snapshot by path; none where there is no such snapshot."""
    rows = tx.scalars(
        select(SnapshotFileRow)
        .join(SnapshotRow, SnapshotRow.serial == SnapshotFileRow.snapshot)
        .where(SnapshotRow.project_id == project_id, SnapshotRow.number == number)
    ).all()
    starts = blobs.beginnings(tx, {row.content_hash for row in rows}, PREVIEW_BYTES)
    files = [
        ProjectFile(
            path=row.path,
            name=_name(row.path),
            type=row.type,
            size=row.size,
            mode=row.mode,
            content_hash=row.content_hash,
            preview=preview_of(starts.get(row.content_hash) or b"", row.type),
            origin=row.origin,
        )
        for row in rows
    ]
    return sorted(files, key=lambda file: file.path)


def _look(file: NewFile, contents: dict[str, bytes]) -> ProjectFile:
    content_hash = sha256(file.content).hexdigest()
    contents[content_hash] = file.content
    look = look_at(_name(file.path), file.content)
    return ProjectFile(
        path=file.path,
        name=_name(file.path),
        type=look.type,
        size=len(file.content),
        mode=check_mode(file.path, file.mode),
        content_hash=content_hash,
        preview=look.preview,
        origin=file.origin,
    )


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _digest(files: Sequence[ProjectFile]) -> str:
    digest = sha256()
    for file in files:
        # No path or origin holds NUL, so that different files give different lines.
        line = f"{file.path}\0{file.mode:o}\0{file.content_hash}\0{file.origin}\n"
        digest.update(line.encode(errors="surrogatepass"))
    return digest.hexdigest()


def _snapshot_row(serial: int, file: ProjectFile) -> dict[str, Any]:
    return {
        "snapshot": serial,
        "path": file.path,
        "type": file.type,
        "size": file.size,
        "mode": file.mode,
        "content_hash": file.content_hash,
        "origin": file.origin,
    }


def _replace_files(
    tx: Transaction, project_id: str, files: Sequence[ProjectFile], now: datetime
) -> None:
    """Bring ``project_files`` to the listing, touching only the rows that differ."""
    old = {file.path: file for file in newest_files(tx, project_id)}
    new = {file.path: file for file in files}
    for gone in blobs.chunks(sorted(old.keys() - new.keys())):
        tx.execute(
            delete(ProjectFileRow)
            .where(ProjectFileRow.project_id == project_id, ProjectFileRow.path.in_(gone))
            .execution_options(synchronize_session=False)
        )
    added = [_file_row(project_id, file, now) for path, file in new.items() if path not in old]
    if added:
        tx.connection().execute(insert(_FILES), added)
    changed = [
        {"at_project": project_id, "at_path": path, "at": now}
        | {f"new_{key}": getattr(file, key) for key in _CHANGING}
        for path, file in new.items()
        if path in old and old[path] != file
    ]
    if changed:
        tx.connection().execute(_UPDATE_FILE, changed)


def _file_row(project_id: str, file: ProjectFile, now: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {key: getattr(file, key) for key in _CHANGING}
    return row | {
        "id": str(uuid4()),
        "project_id": project_id,
        "path": file.path,
        "name": file.name,
        "created_at": now,
        "updated_at": now,
    }


_UPDATE_FILE = (
    update(_FILES)
    .where(_FILES.c.project_id == bindparam("at_project"), _FILES.c.path == bindparam("at_path"))
    .values({key: bindparam(f"new_{key}") for key in _CHANGING} | {"updated_at": bindparam("at")})
)
