"""Which projects there are, and which files each has, page by page.

Rows are read as tuples of just the columns that are shown: building objects would take longer
than the query.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select

from bot.core.runs import ProjectStatus
from bot.store import row_pages
from bot.store.models import ProjectFileRow, ProjectRow
from bot.store.port import Outline, Page, Project, ProjectFile, ProjectFilter
from bot.store.session import Transaction

PROJECT = (
    ProjectRow.serial,
    ProjectRow.id,
    ProjectRow.organisation_id,
    ProjectRow.run_id,
    ProjectRow.home,
    ProjectRow.pack,
    ProjectRow.name,
    ProjectRow.status,
    ProjectRow.error_message,
    ProjectRow.total_files,
    ProjectRow.total_size,
    ProjectRow.snapshot,
    ProjectRow.created_by,
    ProjectRow.created_at,
    ProjectRow.updated_at,
    ProjectRow.completed_at,
)
_FILE = (
    ProjectFileRow.id,
    ProjectFileRow.path,
    ProjectFileRow.name,
    ProjectFileRow.type,
    ProjectFileRow.size,
    ProjectFileRow.mode,
    ProjectFileRow.content_hash,
    ProjectFileRow.preview,
    ProjectFileRow.origin,
    ProjectFileRow.created_at,
    ProjectFileRow.updated_at,
)
#: No character sorts behind it.
_LAST = "\U0010ffff"


def projects(
    tx: Transaction, wanted: ProjectFilter, *, after: str | None, limit: int
) -> Page[Project]:
    """A page of the projects that are wanted, newest first."""
    found = row_pages.newest_first(select(*PROJECT), ProjectRow.serial, after=after, limit=limit)
    rows = tx.execute(_chosen(found, wanted)).all()
    return row_pages.page([(row[0], project_of(row)) for row in rows], limit)


def project_of(row: Sequence[Any]) -> Project:
    """The columns of `PROJECT` as a value."""
    return Project(
        id=row[1],
        organisation_id=row[2],
        run_id=row[3],
        home=row[4],
        pack=row[5],
        name=row[6],
        status=ProjectStatus(row[7]),
        error_message=row[8],
        total_files=row[9],
        total_size=row[10],
        snapshot=row[11],
        created_by=row[12],
        created_at=row[13],
        updated_at=row[14],
        completed_at=row[15],
    )


def files(
    tx: Transaction,
    project_id: str,
    *,
    prefix: str,
    type: str,
    after: str | None,
    limit: int,
) -> Page[ProjectFile]:
    """A page of the files of a project whose paths begin so, by path."""
    path = ProjectFileRow.path
    found = select(*_FILE).where(ProjectFileRow.project_id == project_id)
    if prefix:
        found = found.where(path >= prefix, path < prefix + _LAST)
    if after is not None:
        found = found.where(path > after)
    if type.endswith("/*"):
        found = found.where(ProjectFileRow.type.startswith(type[:-1], autoescape=True))
    elif type:
        found = found.where(ProjectFileRow.type == type)
    rows = tx.execute(found.order_by(path).limit(limit + 1)).all()
    items = [file_of(row) for row in rows[:limit]]
    return Page(items=items, next=items[-1].path if len(rows) > limit else None)


def outline(tx: Transaction, project_id: str, prefix: str) -> list[Outline]:
    """All files whose paths begin so, by path."""
    path = ProjectFileRow.path
    found = select(
        path,
        ProjectFileRow.type,
        ProjectFileRow.size,
        ProjectFileRow.mode,
        ProjectFileRow.content_hash,
    ).where(ProjectFileRow.project_id == project_id)
    if prefix:
        found = found.where(path >= prefix, path < prefix + _LAST)
    return [
        Outline(path=row[0], type=row[1], size=row[2], mode=row[3], content_hash=row[4])
        for row in tx.execute(found.order_by(path))
    ]


def file(tx: Transaction, project_id: str, path: str) -> ProjectFile | None:
    """One file of a project as it is now."""
    row = tx.execute(
        select(*_FILE).where(ProjectFileRow.project_id == project_id, ProjectFileRow.path == path)
    ).one_or_none()
    return None if row is None else file_of(row)


def file_of(row: Sequence[Any]) -> ProjectFile:
    """The columns of a file as a value."""
    return ProjectFile(
        id=row[0],
        path=row[1],
        name=row[2],
        type=row[3],
        size=row[4],
        mode=row[5],
        content_hash=row[6],
        preview=row[7],
        origin=row[8],
        created_at=row[9],
        updated_at=row[10],
    )


def _chosen(found: Select[Any], wanted: ProjectFilter) -> Select[Any]:
    if wanted.homes is not None:
        found = found.where(ProjectRow.home.in_(wanted.homes))
    if wanted.organisation_id is not None:
        found = found.where(ProjectRow.organisation_id == wanted.organisation_id)
    if wanted.status is not None:
        found = found.where(ProjectRow.status == wanted.status)
    elif not wanted.with_archived:
        found = found.where(ProjectRow.status != ProjectStatus.ARCHIVED)
    if wanted.pack:
        found = found.where(ProjectRow.pack == wanted.pack)
    if wanted.text:
        found = found.where(
            func.lower(ProjectRow.name).contains(wanted.text.lower(), autoescape=True)
        )
    return found
