"""What people do to a project by hand: its name, its files, and whether it is kept.

The row of its run is locked first, then that of the project, as everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select, update

from bot.core.runs import PlanStatus, ProjectStatus, RunStatus
from bot.errors import UserError
from bot.store import blobs, events, plan_rows, snapshots
from bot.store.models import PlanRow, ProjectRow, RunRow, SnapshotFileRow, SnapshotRow
from bot.store.port import WHATEVER, EventKind, FileEdit, NewFile, ProjectFile
from bot.store.run_rows import locked as locked_run
from bot.store.run_rows import wake
from bot.store.session import Transaction

#: What a project has to be to be put away or dropped.
_SETTLED = (ProjectStatus.COMPLETED, ProjectStatus.FAILED, ProjectStatus.ARCHIVED)


@dataclass(frozen=True, kw_only=True)
class Held:
    """A project whose row, and that of its run, nobody else changes until the end."""

    row: ProjectRow
    run: RunRow | None
    now: datetime = field(repr=False)

    @property
    def is_worked_on(self) -> bool:
        """Whether a worker may write its files just now, or will before anybody looks at them."""
        return self.run is not None and self.run.status in (RunStatus.QUEUED, RunStatus.RUNNING)


def hold(tx: Transaction, id: str) -> Held:
    """Lock a project for a change by hand; ``UserError`` (``unknown_project``) for none."""
    run_id = tx.scalar(select(ProjectRow.run_id).where(ProjectRow.id == id))
    run = locked_run(tx, run_id) if run_id else None
    row = tx.scalar(select(ProjectRow).where(ProjectRow.id == id).with_for_update(key_share=True))
    if row is None:
        raise UserError("There is no such project.", reason="unknown_project")
    return Held(row=row, run=run, now=tx.now())


def rename(tx: Transaction, held: Held, name: str) -> None:
    """Give it another name. What it is called in its files stays."""
    if held.row.name != name:
        held.row.name = name
        _changed(tx, held, name=name)


def archive(tx: Transaction, held: Held, *, archived: bool) -> None:
    """Put it away, or take it out again as it was."""
    row = held.row
    if archived == (row.status == ProjectStatus.ARCHIVED):
        return
    _refuse_unsettled(held)
    if archived:
        row.archived_from, row.status = row.status, ProjectStatus.ARCHIVED
    else:
        row.status, row.archived_from = row.archived_from or ProjectStatus.COMPLETED, None
    _changed(tx, held, archived=archived)


def drop(tx: Transaction, held: Held) -> None:
    """Drop it with its files, snapshots and exports; contents go later, runs stay."""
    row = held.row
    _refuse_unsettled(held)
    hashes = tx.scalars(
        select(SnapshotFileRow.content_hash)
        .join(SnapshotRow, SnapshotRow.serial == SnapshotFileRow.snapshot)
        .where(SnapshotRow.project_id == row.id)
        .distinct()
    ).all()
    blobs.mark_unreferenced(tx, hashes, held.now)
    events.of_project(tx, row.run_id, row, EventKind.PROJECT_DELETED, held.now, name=row.name)
    tx.flush()
    tx.execute(
        update(RunRow)
        .where(RunRow.project_id == row.id)
        .values(project_id=None)
        .execution_options(synchronize_session=False)
    )
    tx.execute(
        delete(ProjectRow)
        .where(ProjectRow.id == row.id)
        .execution_options(synchronize_session=False)
    )


def write(tx: Transaction, held: Held, file: NewFile, edit: FileEdit) -> ProjectFile:
    """Put a file in place of what is there; its content is stored already."""
    before = {known.path: known for known in snapshots.newest_files(tx, held.row.id)}
    _refuse_unseen(before.get(file.path), file.path, edit)
    (written,) = snapshots.listing_of([file]).files
    _save(tx, held, {**before, file.path: written}, edit, (EventKind.FILE_WRITTEN, written))
    return written


def remove(tx: Transaction, held: Held, path: str, edit: FileEdit) -> None:
    """Take a file away."""
    before = {known.path: known for known in snapshots.newest_files(tx, held.row.id)}
    if path not in before:
        raise UserError(f"The project has no file {path!a}.", reason="unknown_file")
    _refuse_unseen(before[path], path, edit)
    after = {known: file for known, file in before.items() if known != path}
    _save(tx, held, after, edit, (EventKind.FILE_DELETED, before[path]))


def _save(
    tx: Transaction,
    held: Held,
    files: dict[str, ProjectFile],
    edit: FileEdit,
    done: tuple[EventKind, ProjectFile],
) -> None:
    row, (kind, file) = held.row, done
    if row.status == ProjectStatus.ARCHIVED:
        raise UserError(
            "The project is archived.", reason="archived", remedy="Take it out of there first."
        )
    if held.is_worked_on:
        raise _under_way()
    edit.check(files.values())
    listing = snapshots.listed(files.values())
    if not snapshots.add(tx, row, listing, run_id=None, now=held.now):
        return
    row.total_files = len(listing.files)
    row.total_size = listing.size
    row.updated_at = held.now
    events.of_project(
        tx,
        row.run_id,
        row,
        kind,
        held.now,
        path=file.path,
        size=file.size,
        content_hash=file.content_hash,
        by=edit.by,
        snapshot=row.snapshot,
    )
    _lapse(tx, held, edit.by)


def _lapse(tx: Transaction, held: Held, by: str) -> None:
    """A plan is of exactly the files that it was made of."""
    run = held.run
    if run is None:
        return
    pending = select(PlanRow).where(PlanRow.run_id == run.id, PlanRow.status == PlanStatus.PENDING)
    for plan in tx.scalars(pending):
        plan.decided_by, plan.note = by, "its files were changed by hand"
    tx.flush()
    plan_rows.lapse_pending(tx, run, held.now)
    wake(run, held.now)


def _refuse_unseen(known: ProjectFile | None, path: str, edit: FileEdit) -> None:
    """Nobody overwrites what they have not seen."""
    if known is None:
        _refuse_absent(path, edit)
    elif not edit.expected:
        raise UserError(
            f"{path} is there already.",
            reason="precondition_required" if edit.expected is None else "precondition_failed",
            remedy="To replace it, read it, and send its ETag as If-Match.",
        )
    elif not edit.expected & {known.content_hash, WHATEVER}:
        raise UserError(
            f"{path} is not what you last saw.",
            reason="precondition_failed",
            remedy="Read it again, and send its new ETag as If-Match.",
        )


def _refuse_absent(path: str, edit: FileEdit) -> None:
    if edit.expected:
        raise UserError(
            f"There is no {path} to be replaced.",
            reason="precondition_failed",
            remedy="To write a new file, send `If-None-Match: *`, or no condition.",
        )


def _refuse_unsettled(held: Held) -> None:
    if held.row.status not in _SETTLED or held.is_worked_on:
        raise _under_way()


def _under_way() -> UserError:
    return UserError(
        "A run is at work on this project.",
        reason="under_way",
        remedy="Wait until it has ended, or cancel it.",
    )


def _changed(tx: Transaction, held: Held, **data: object) -> None:
    held.row.updated_at = held.now
    events.of_project(tx, held.row.run_id, held.row, EventKind.PROJECT_CHANGED, held.now, **data)
