"""Exports of projects: asked for, looked at, and downloaded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from flask import Response, request
from pydantic import BaseModel, Field

from bot.asking import line
from bot.core.access_scopes import Scope
from bot.core.runs import ExportStatus, ExportType, Run
from bot.errors import UserError
from bot.exports import exporter
from bot.exports.downloads import open_download
from bot.exports.links import VALID_FOR, link_holds, signed_path
from bot.exports.options import read_options
from bot.exports.tar import TAR
from bot.exports.tar_gz import TAR_GZ
from bot.exports.zip import ZIP
from bot.store.port import Export, Page, Project
from bot.web.api import rights
from bot.web.api.answering import answer, holds, listing
from bot.web.api.operation import Call, Needs, Operation, Paging, Strict
from bot.web.api.requesting import requested

GROUP = "Exports"
#: What is archived here; what goes to a forge is a run of its own.
_ARCHIVES = (ExportType.ZIP, ExportType.TAR, ExportType.TAR_GZ)


class ExportAnswer(BaseModel):
    """An archive of a project, or a publication of it."""

    id: str
    project_id: str
    run_id: str | None
    type: ExportType
    snapshot: int
    status: ExportStatus
    repository_name: str | None
    repository_url: str | None
    archive_size: int | None = Field(description="Bytes.")
    archive_hash: str | None = Field(description="SHA-256 in hex.")
    error_message: str | None
    config: dict[str, Any]
    created_by: str
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    download_url: str | None = Field(
        description="Where a completed archive is; the link holds for 15 minutes without a token."
    )


class ExportPage(BaseModel):
    """Some exports, newest first."""

    items: list[ExportAnswer]
    next: str | None


class NewExportConfig(Strict):
    """What an archive is to be like."""

    folder: str | None = Field(
        None,
        max_length=100,
        description="What its one folder is called, as every system can; else as the project is.",
    )


class NewExport(Strict):
    """What kind of archive."""

    type: Literal["zip", "tar", "tar.gz"]
    config: NewExportConfig = Field(default_factory=lambda: NewExportConfig(folder=None))


class DownloadQuery(Strict):
    """What a signed link carries."""

    expires: int | None = Field(None, ge=0, le=2**40)
    signature: str = ""


def shape(call: Call, export: Export) -> dict[str, object]:
    """An export as data, for somebody who may read its project."""
    return {
        "id": export.id,
        "project_id": export.project_id,
        "run_id": export.run_id,
        "type": export.type.value,
        "snapshot": export.snapshot,
        "status": export.status.value,
        "repository_name": export.repository_name,
        "repository_url": export.repository_url,
        "archive_size": export.archive_size,
        "archive_hash": export.archive_hash,
        "error_message": export.error_message,
        "config": {key: value for key, value in export.config.items() if key != "built"},
        "created_by": export.created_by,
        "created_at": export.created_at,
        "updated_at": export.updated_at,
        "completed_at": export.completed_at,
        "download_url": _link(call, export),
    }


def _list(call: Call) -> Response:
    project = rights.project(call)
    exports = call.services.store.exports

    def fetch(after: str | None, limit: int) -> Page[Export]:
        found = exports.listed(project.id, before=after, limit=limit + 1)
        items = found[:limit]
        return Page(items=items, next=items[-1].id if len(found) > limit else None)

    return listing(
        call.services, call.query, f"exports:{project.id}", fetch, lambda one: shape(call, one)
    )


def _create(call: Call) -> Response:
    project = rights.project(call, to_write=True)
    if project.snapshot == 0:
        raise UserError(
            "The project has no files yet.", reason="not_ready", remedy="Wait until it has."
        )
    kind, config = (
        exporter(call.body.type),
        read_options(call.body.config.model_dump(exclude_none=True)).as_config(),
    )
    place = None if call.caller.operates else rights.repository_of(call, project.home)
    told = requested(
        call,
        line("generate", options={"workflow": "export", "project": project.id, "type": kind.type}),
        actor=(call.caller.on(place.forge) if place else None) or _owner(call, project),
        place=place,
        given={"config": config},
        projects={project.id: _named(project)},
        home=project.home,
    )
    if told.run is None:
        raise UserError("The export was asked for before, and is gone.", reason="unknown_export")
    export = _requested(call, project, kind.type, told.run, config)
    return answer(shape(call, export), 202, location=f"/api/v1/exports/{export.id}")


def _requested(
    call: Call, project: Project, kind: ExportType, run: Run, config: Mapping[str, object]
) -> Export:
    """The record of the archive that a run is to make."""
    try:
        return call.services.store.exports.request(
            project.id,
            kind,
            snapshot=project.snapshot,
            created_by=f"{run.requester.forge}:{run.requester.login}",
            run_id=run.id,
            config=config,
        )
    except LookupError as exc:
        # Somebody was quicker: the run finds the same, and ends.
        raise UserError("There is no such project.", reason="unknown_project") from exc


def _get(call: Call) -> Response:
    export = _seen(call)
    # The link is another one each second, and the export the same.
    said = shape(call, export)
    unchanged = {key: value for key, value in said.items() if key != "download_url"}
    return answer(said, same_as=json.dumps(unchanged, default=str))


def _download(call: Call) -> Response:
    export = _by_link(call) or _seen(call)
    if export.type not in _ARCHIVES:
        raise UserError(
            "This was published to a repository, and is no archive.",
            reason="no_archive",
            remedy="Its address is repository_url.",
        )
    archive = open_download(call.services.store, export)
    etag = f'"{archive.sha256}"'
    if holds(request.headers.get("If-None-Match"), etag):
        return Response(status=304, headers={"ETag": etag})
    return Response(
        () if request.method == "HEAD" else archive.chunks,
        content_type=archive.media_type,
        headers={
            "Content-Length": str(archive.size),
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(archive.filename)}",
            "ETag": etag,
            "Accept-Ranges": "none",
        },
    )


def _seen(call: Call) -> Export:
    """The export that the address names; ``unknown_export`` also where it may not be seen."""
    sight = call.sight
    export = call.services.store.exports.get(call.path["id"])
    project = call.services.store.projects.get(export.project_id) if export else None
    if export is None or project is None or not sight.shows(project.home):
        raise UserError("There is no such export.", reason="unknown_export")
    return export


def _by_link(call: Call) -> Export | None:
    """The export, where the address is one that was signed for it and has not ended."""
    if "signature" not in request.args:
        return None
    holds_still = link_holds(
        call.services.keys,
        call.path["id"],
        call.query.expires or 0,
        call.query.signature,
        now=call.services.clock(),
    )
    export = call.services.store.exports.get(call.path["id"]) if holds_still else None
    if export is None:
        raise UserError(
            "This link has ended, or was never signed here.",
            reason="link_ended",
            remedy="Ask for the export again: its `download_url` is a new one.",
        )
    return export


def _owner(call: Call, project: Project) -> Any:
    """The caller's own account whose project it is, else as whom they ask for all else."""
    mine = (one for one in call.caller.accounts if project.home.startswith(f"account:{one.forge}:"))
    return next(mine, call.caller.actor)


def _named(project: Project) -> dict[str, object]:
    return {
        "id": project.id,
        "snapshot": project.snapshot,
        "name": project.name,
        "pack": project.pack,
        "files": project.total_files,
        "size": project.total_size,
        "summary": "",
    }


def _link(call: Call, export: Export) -> str | None:
    if export.status is not ExportStatus.COMPLETED or export.type not in _ARCHIVES:
        return None
    # The name that was asked under is one of this server's own (`Site.check_host`).
    base = call.services.settings.public_url or request.host_url.rstrip("/")
    return base + signed_path(call.services.keys, export.id, call.services.clock() + VALID_FOR)


OPERATIONS = (
    Operation(
        method="GET",
        address="/projects/<uuid:id>/exports",
        name="list_exports",
        group=GROUP,
        summary="List the exports of a project, newest first",
        needs=Needs.READER,
        scope=Scope.READ,
        query=Paging,
        gives={200: ExportPage},
        view=_list,
    ),
    Operation(
        method="POST",
        address="/projects/<uuid:id>/exports",
        name="create_export",
        group=GROUP,
        summary="Make an archive of a project",
        description="Answers at once; the export is *completed* when it can be downloaded. The "
        "same files give the same bytes.",
        needs=Needs.WRITER,
        scope=Scope.WRITE,
        body=NewExport,
        gives={202: ExportAnswer},
        creates=True,
        view=_create,
    ),
    Operation(
        method="GET",
        address="/exports/<uuid:id>",
        name="get_export",
        group=GROUP,
        summary="One export",
        needs=Needs.READER,
        scope=Scope.READ,
        gives={200: ExportAnswer},
        view=_get,
    ),
    Operation(
        method="GET",
        address="/exports/<uuid:id>/download",
        name="download_export",
        group=GROUP,
        summary="The bytes of an archive",
        description="With a token, or by the link that `download_url` is for 15 minutes.",
        needs=Needs.SIGNATURE,
        scope=Scope.READ,
        query=DownloadQuery,
        gives={200: ZIP.media_type},
        also_gives=(TAR.media_type, TAR_GZ.media_type),
        anonymous=True,
        view=_download,
    ),
)
