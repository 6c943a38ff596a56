"""The stream of what happened, written in the transaction that made it happen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from bot.core.runs import Failure
from bot.store import hook_events
from bot.store.models import EventRow, ExportRow, ProjectRow, RunRow
from bot.store.port import EventKind, Progress
from bot.store.session import Transaction

# The caller of everything that writes here holds the row of the run. Numbers of one stream
# are so committed in order, and whoever reads on from the last number misses nothing.


def of_run(tx: Transaction, run: RunRow, kind: str, at: datetime, /, **data: object) -> None:
    """Append something that happened to a run or a step of it."""
    tx.add(EventRow(run_id=run.id, subject=f"run:{run.id}", kind=kind, data=data, at=at))


def of_project(
    tx: Transaction,
    run_id: str | None,
    project: ProjectRow,
    kind: EventKind,
    at: datetime,
    /,
    **data: object,
) -> None:
    """Append something that happened to a project or its files, and have hooks told of it.

    The row has to be there still: that a project goes is told before it does.
    """
    data = {"project": project.id, **data}
    subject = f"project:{project.id}"
    event = EventRow(run_id=run_id, subject=subject, kind=kind, data=data, at=at)
    tx.add(event)
    hook_events.tell(tx, event, project)


def of_export(
    tx: Transaction, export: ExportRow, kind: EventKind, at: datetime, /, **data: object
) -> None:
    """Append something that a run did to an export, and have hooks told of it."""
    data = {"export": export.id, "project": export.project_id, **data}
    subject = f"export:{export.id}"
    event = EventRow(run_id=export.run_id, subject=subject, kind=kind, data=data, at=at)
    tx.add(event)
    hook_events.tell(tx, event, export)


def stream(tx: Transaction, run_id: str, *, after: int, limit: int) -> Sequence[Progress]:
    """The events of a run in order, from the number after ``after``.

    They are numbered within the run: ids are those of the whole server, and gaps between them would
    tell how much happens elsewhere. No event is ever erased but with its run.
    """
    rows = tx.scalars(
        select(EventRow)
        .where(EventRow.run_id == run_id)
        .order_by(EventRow.id)
        .offset(after)
        .limit(limit)
    )
    return [
        Progress(number=number, kind=row.kind, data=row.data, at=row.at)
        for number, row in enumerate(rows, start=after + 1)
    ]


def failure_data(failure: Failure) -> Mapping[str, object]:
    """What events tell of a failure."""
    return {"reason": failure.reason, "message": failure.message}
