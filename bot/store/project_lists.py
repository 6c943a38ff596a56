"""Which projects there are, and which files each has, page by page.

Just the columns that are shown are read, by queries that are made once: to read whole rows, or to
build queries anew, would take longer than the query.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Table,
    bindparam,
    case,
    cast,
    func,
    select,
)

from bot.core.runs import ProjectStatus
from bot.store.models import ProjectFileRow, ProjectRow
from bot.store.newest import Newest
from bot.store.port import Entry, Page, Project, ProjectFile, ProjectFilter
from bot.store.session import Sessions
from bot.store.values import maker, word

_PROJECTS: Table = ProjectRow.metadata.tables[ProjectRow.__tablename__]
_FILES: Table = ProjectFileRow.metadata.tables[ProjectFileRow.__tablename__]
_PROJECT = (
    "id",
    "organisation_id",
    "run_id",
    "home",
    "pack",
    "name",
    "status",
    "error_message",
    "total_files",
    "total_size",
    "snapshot",
    "created_by",
    "created_at",
    "updated_at",
    "completed_at",
)
_FILE = (
    "path",
    "name",
    "type",
    "size",
    "mode",
    "content_hash",
    "preview",
    "origin",
    "id",
    "created_at",
    "updated_at",
)
_ENTRY = ("name", "files", "size", "type", "mode", "content_hash")
_projects_of = maker(Project, _PROJECT, status=word(ProjectStatus))
_files_of = maker(ProjectFile, _FILE)
_entries_of = maker(Entry, _ENTRY)
_COLUMNS = [_PROJECTS.c[name] for name in _PROJECT]
_PROJECT_BY_ID = select(*_COLUMNS).where(_PROJECTS.c.id == bindparam("id"))
_NEWEST = Newest(
    _PROJECTS.name,
    _COLUMNS,
    _projects_of,
    conditions={
        "present": f"status <> '{ProjectStatus.ARCHIVED}'",
        "status": "status = :status",
        "organisation_id": "organisation_id = :organisation_id",
        "pack": "pack = :pack",
        "text": "lower(name) LIKE :text ESCAPE '/'",
    },
    by_home={
        "pack": "ix_projects_home_pack",
        "status": "ix_projects_home_status",
        "organisation_id": "ix_projects_home_organisation_id",
        "": "ix_projects_home",
    },
    scattered=["text"],
)
#: No character sorts behind it.
_LAST = "\U0010ffff"


def project(sessions: Sessions, id: str) -> Project | None:
    """One project."""
    return next(iter(_projects_of(sessions.columns(_PROJECT_BY_ID, id=id))), None)


def projects(
    sessions: Sessions, wanted: ProjectFilter, *, after: str | None, limit: int
) -> Page[Project]:
    """A page of the projects that are wanted, newest first."""
    return _NEWEST.page(sessions, _asked(wanted), homes=wanted.homes, after=after, limit=limit)


def files(
    sessions: Sessions,
    project_id: str,
    *,
    prefix: str,
    type: str,
    after: str | None,
    limit: int,
) -> Page[ProjectFile]:
    """A page of the files of a project whose paths begin so, by path."""
    asked: dict[str, object] = {"project": project_id, "rows": limit + 1}
    if prefix:
        asked |= {"first": prefix, "last": prefix + _LAST}
    if after is not None:
        asked["after"] = after
    if type.endswith("/*"):
        asked["beginning"] = f"{_escaped(type[:-1])}%"
    elif type:
        asked["type"] = type
    found = _files_of(sessions.columns(_of_files(_FILE, frozenset(asked)), **asked))
    goes_on = len(found) > limit
    return Page(items=found[:limit], next=found[limit - 1].path if goes_on else None)


def folder(sessions: Sessions, project_id: str, prefix: str) -> list[Entry]:
    """What stands in a folder, in no order. The database sums up what it need not hand over."""
    asked: dict[str, object] = {"project": project_id}
    if prefix:
        asked |= {"first": prefix, "last": prefix + _LAST}
    query = _of_folder(frozenset(asked), sessions.has_server)
    return _entries_of(sessions.columns(query, **asked, start=len(prefix) + 1))


def file(sessions: Sessions, project_id: str, path: str) -> ProjectFile | None:
    """One file of a project as it is now."""
    asked = {"project": project_id, "path": path}
    found = _files_of(sessions.columns(_of_files(_FILE, frozenset(asked)), **asked))
    return found[0] if found else None


@cache
def _of_files(columns: Sequence[str], asked: frozenset[str]) -> Select[Any]:
    found = select(*(_FILES.c[name] for name in columns)).order_by(_FILES.c.path)
    found = found.where(*_conditions(asked))
    return found.limit(bindparam("rows")) if "rows" in asked else found


@cache
def _of_folder(asked: frozenset[str], has_server: bool) -> Select[Any]:
    rest = func.substr(_FILES.c.path, bindparam("start", type_=Integer))
    slash = (func.strpos if has_server else func.instr)(rest, "/")
    within = select(
        case((slash == 0, rest), else_=func.substr(rest, 1, slash)).label("name"),
        *(_FILES.c[name] for name in ("size", "type", "mode", "content_hash")),
    ).where(*_conditions(asked))
    each = within.subquery().c
    # Of a file there is one, so that the least of one is its own.
    own = (func.min(each[name]) for name in ("type", "mode", "content_hash"))
    size = cast(func.sum(each.size), BigInteger)
    return select(each.name, func.count(), size, *own).group_by(each.name)


def _conditions(asked: frozenset[str]) -> Iterator[ColumnElement[bool]]:
    path, kind = _FILES.c.path, _FILES.c.type
    conditions = {
        "project": _FILES.c.project_id == bindparam("project"),
        "path": path == bindparam("path"),
        "first": path >= bindparam("first"),
        "last": path < bindparam("last"),
        "after": path > bindparam("after"),
        "beginning": kind.like(bindparam("beginning"), escape="/"),
        "type": kind == bindparam("type"),
    }
    return (each for name, each in conditions.items() if name in asked)


def _asked(wanted: ProjectFilter) -> Mapping[str, object]:
    asked: dict[str, object] = {}
    if wanted.organisation_id is not None:
        asked["organisation_id"] = wanted.organisation_id
    if wanted.status is not None:
        asked["status"] = wanted.status.value
    elif not wanted.with_archived:
        asked["present"] = None
    if wanted.pack:
        asked["pack"] = wanted.pack
    if wanted.text:
        asked["text"] = f"%{_escaped(wanted.text.lower())}%"
    return asked


def _escaped(text: str) -> str:
    """Text of which every character stands for itself in LIKE."""
    for special in "/%_":
        text = text.replace(special, f"/{special}")
    return text
