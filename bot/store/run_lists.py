"""Which runs there are: of a thread, of a name, by state, and those that somebody should see to."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Select, Table, Text, and_, column, func, or_, select

from bot.core.identity import Thread
from bot.core.runs import RunStatus
from bot.store import run_rows
from bot.store.leases import happened_by, lapsed
from bot.store.models import RunRow
from bot.store.newest import Newest
from bot.store.port import Page, RunFilter, RunLine, RunSummary
from bot.store.session import Sessions, Transaction
from bot.store.values import Turn, maker, word

_RUNS: Table = RunRow.metadata.tables[RunRow.__tablename__]
T = TypeVar("T", RunSummary, RunLine)
#: What a list shows of the columns that are JSON, or are called otherwise.
_PARTS = {
    "workflow": "workflow_name",
    "requester_forge": "requester->>'forge'",
    "requester_login": "requester->>'login'",
    "repository": "forge || ':' || (repository->>'owner') || '/' || (repository->>'name')",
    "thread_url": "thread->>'url'",
    "name": "inputs->'answers'->>'name'",
    "pack": "inputs->>'pack'",
    "into": "inputs->'into'->>'repository'",
}


def _newest(kind: type[T], **turned: Turn) -> Newest[T]:
    names = kind._fields
    return Newest(
        _RUNS.name,
        [column(name, Text) if name in _PARTS else _RUNS.c[name] for name in names],
        maker(kind, names, status=word(RunStatus), **turned),
        parts=_PARTS,
        conditions={
            "organisation_id": "organisation_id = :organisation_id",
            "project_id": "project_id = :project_id",
            "status": "status = :status",
        },
        by_home={
            "status": "ix_runs_home_status",
            "organisation_id": "ix_runs_home_organisation_id",
            "": "ix_runs_home",
        },
        # A project has few runs.
        scattered=["project_id"],
    )


_SUMMARIES = _newest(RunSummary, failure=run_rows.failure_from_dict)
_LINES = _newest(RunLine)
_HEX_DIGITS = re.compile("[0-9a-f]{1,32}")
#: How many of them each group of a written id has.
_GROUPS = (8, 4, 4, 4, 12)


def in_thread(thread: Thread) -> Select[RunRow]:
    """The runs of a thread, newest first."""
    return (
        select(RunRow)
        .where(
            RunRow.forge == thread.repository.forge,
            RunRow.repository_id == thread.repository.id,
            RunRow.thread_number == thread.number,
        )
        .order_by(RunRow.serial.desc())
    )


def recent(*, status: RunStatus | None, before: str | None) -> Select[RunRow]:
    """All runs, or those in one state, newest first; behind ``before``, nothing if unknown."""
    found = select(RunRow).order_by(RunRow.serial.desc())
    if status is not None:
        found = found.where(RunRow.status == status)
    if before is not None:
        last = select(RunRow.serial).where(RunRow.id == before).scalar_subquery()
        found = found.where(RunRow.serial < last)
    return found


def listed(
    sessions: Sessions, wanted: RunFilter, *, after: str | None, limit: int
) -> Page[RunSummary]:
    """A page of the runs that are wanted, newest first."""
    return _SUMMARIES.page(sessions, _asked(wanted), homes=wanted.homes, after=after, limit=limit)


def lines(sessions: Sessions, wanted: RunFilter, *, after: str | None, limit: int) -> Page[RunLine]:
    """As `listed`, with what a page shows."""
    return _LINES.page(sessions, _asked(wanted), homes=wanted.homes, after=after, limit=limit)


def named(prefix: str) -> Select[RunRow] | None:
    """The runs whose id begins like that, newest first; None where no id can."""
    digits = prefix.lower().replace("-", "")
    if not _HEX_DIGITS.fullmatch(digits):
        return None
    beginning = _hyphenated(digits)
    return (
        select(RunRow)
        # The range is what an index can find, in whatever order the server sorts hyphens.
        .where(RunRow.id >= beginning, RunRow.id < f"{beginning}g")
        .where(RunRow.id.like(f"{beginning}%"))
        .order_by(RunRow.serial.desc())
    )


def newest_statuses(
    tx: Transaction, forge: str, threads: Collection[tuple[str, int]]
) -> Mapping[tuple[str, int], RunStatus]:
    """The status of the newest run of each thread that has one."""
    # Two lists instead of one of pairs, which SQLite would not look up in the index. What they
    # find too much, number 7 of another repository, is left out here.
    newest = (
        select(func.max(RunRow.serial))
        .where(
            RunRow.forge == forge,
            RunRow.repository_id.in_({repository for repository, _ in threads}),
            RunRow.thread_number.in_({number for _, number in threads}),
        )
        .group_by(RunRow.repository_id, RunRow.thread_number)
    )
    rows = tx.execute(
        select(RunRow.repository_id, RunRow.thread_number, RunRow.status).where(
            RunRow.serial.in_(newest)
        )
    )
    found = {(str(row[0]), row[1] or 0): RunStatus(row[2]) for row in rows}
    return {thread: found[thread] for thread in threads if thread in found}


def due(tx: Transaction, *, queued_for_s: float, limit: int) -> Sequence[str]:
    """Runs that somebody should take; those that have been due longest come first."""
    now = tx.now()
    queued = and_(
        RunRow.status == RunStatus.QUEUED,
        happened_by(RunRow.due_at, now - timedelta(seconds=queued_for_s), now),
    )
    resumable = and_(RunRow.status == RunStatus.WAITING, RunRow.due_at <= now)
    left = and_(RunRow.status == RunStatus.RUNNING, lapsed(RunRow.due_at, now))
    return tx.scalars(
        select(RunRow.id)
        .where(or_(queued, resumable, left))
        .order_by(RunRow.due_at, RunRow.serial)
        .limit(limit)
    ).all()


def unreported(tx: Transaction, *, finished_for_s: float, limit: int) -> Sequence[str]:
    """Finished runs of threads without a final report; the first to finish come first."""
    return tx.scalars(
        select(RunRow.id)
        .where(
            RunRow.reported_at.is_(None),
            RunRow.thread_number.is_not(None),
            RunRow.finished_at <= tx.now() - timedelta(seconds=finished_for_s),
        )
        .order_by(RunRow.finished_at, RunRow.serial)
        .limit(limit)
    ).all()


def _asked(wanted: RunFilter) -> Mapping[str, object]:
    return {
        name: str(value)
        for name, value in (
            ("organisation_id", wanted.organisation_id),
            ("project_id", wanted.project_id),
            ("status", wanted.status),
        )
        if value is not None
    }


def _hyphenated(digits: str) -> str:
    groups, start = [], 0
    for length in _GROUPS:
        groups.append(digits[start : start + length])
        start += length
    return "-".join(group for group in groups if group)
