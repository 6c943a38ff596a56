"""The files of a project: what there is, their bytes, and changing them by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote

from flask import Response, request
from pydantic import BaseModel, Field

from bot.core.access_scopes import Scope
from bot.core.git_values import EXECUTABLE, REGULAR
from bot.core.limits import ProjectLimits
from bot.core.paths import check_path, check_paths
from bot.core.runs import ProjectStatus
from bot.errors import UserError
from bot.store.port import FileEdit, NewFile, Project, ProjectFile
from bot.web.api import rights
from bot.web.api.answering import answer, holds, listing, nothing
from bot.web.api.operation import Call, Needs, Operation, Paging, Strict
from bot.web.api.preconditions import wanted
from bot.web.api.problem import Refused
from bot.web.api.trees import FolderAnswer, FolderQuery, folder, prefix_of

GROUP = "Files"
_IMAGES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
KINDS = ("image/png", "image/jpeg", "image/gif", "image/webp")


class FileAnswer(BaseModel):
    """A file of a project, without its content."""

    id: str
    project_id: str
    path: str
    name: str
    type: str = Field(description="A media type, judged by its bytes and name.")
    size: int = Field(description="Bytes.")
    mode: str = Field(description="As git writes it: `100644`, or `100755` for executables.")
    content_hash: str = Field(description="SHA-256 in hex; in quotes, it is the ETag.")
    preview: str = Field(description="The first 1,000 characters of a text.")
    origin: str = Field(description="`PACK@VERSION`, `agent` or `person`.")
    created_at: datetime | None
    updated_at: datetime | None


class FilePage(BaseModel):
    """Some files, by path."""

    items: list[FileAnswer]
    next: str | None


class FilesQuery(Paging):
    """Which files."""

    limit: int = Field(100, ge=1, le=1000, description="How many at most.")
    path: str = Field("", max_length=4096, description="How their paths begin.")
    type: str = Field("", max_length=100, description="A media type, or `text/*`.")


class WriteQuery(Strict):
    """How a file is written."""

    executable: bool | None = Field(None, description="As it was, where this is not said.")


def shape(project_id: str, file: ProjectFile) -> dict[str, object]:
    """A file as data."""
    return {
        "id": file.id,
        "project_id": project_id,
        "path": file.path,
        "name": file.name,
        "type": file.type,
        "size": file.size,
        "mode": f"{file.mode:o}",
        "content_hash": file.content_hash,
        "preview": file.preview,
        "origin": file.origin,
        "created_at": file.created_at,
        "updated_at": file.updated_at,
    }


def _list(call: Call) -> Response:
    project, query = rights.project(call), call.query
    projects = call.services.store.projects
    return listing(
        call.services,
        query,
        f"files:{project.id}",
        lambda after, limit: projects.files_page(
            project.id, prefix=query.path, type=query.type, after=after, limit=limit
        ),
        lambda file: shape(project.id, file),
    )


def _tree(call: Call) -> Response:
    project, query = rights.project(call), call.query
    found = call.services.store.projects.folder(project.id, prefix_of(query.path))
    return answer(folder(found, query.path))


def _read(call: Call) -> Response:
    project = rights.project(call)
    file = _file(call, project.id)
    etag = f'"{file.content_hash}"'
    if holds(request.headers.get("If-None-Match"), etag):
        return Response(status=304, headers={"ETag": etag})
    content = call.services.store.projects.contents([file.content_hash]).get(file.content_hash)
    if content is None:
        raise UserError("The content of this file is no longer kept.", reason="content_gone")
    return _served(file, content, etag)


def _write(call: Call) -> Response:
    project = rights.project(call, to_write=True)
    path, content = check_path(call.path["path"]), request.get_data()
    projects = call.services.store.projects
    known = projects.file(project.id, path)
    mode = known.mode if known else REGULAR
    if call.query.executable is not None:
        mode = EXECUTABLE if call.query.executable else REGULAR
    _limits(call).check_file(path, len(content))
    new = NewFile(path=path, content=content, mode=mode, origin="person")
    projects.write_file(project.id, new, _edit(call))
    _wake(call, project)
    written = projects.file(project.id, path)
    if written is None:
        raise UserError("The file was taken away again meanwhile.", reason="unknown_file")
    answered = answer(shape(project.id, written), 200 if known else 201)
    answered.headers["ETag"] = f'"{written.content_hash}"'
    if known is None:
        answered.headers["Location"] = request.path
    return answered


def _remove(call: Call) -> Response:
    project = rights.project(call, to_write=True)
    edit = _edit(call)
    if edit.expected is None:
        raise Refused(
            428,
            "precondition_required",
            "Say which content is to go.",
            remedy="Read the file, and send its ETag as If-Match.",
        )
    call.services.store.projects.remove_file(project.id, call.path["path"], edit)
    _wake(call, project)
    return nothing()


def _wake(call: Call, project: Project) -> None:
    """A run that waited for approval of other files has to hear that its plan has lapsed."""
    if project.run_id is not None and project.status is ProjectStatus.GENERATING:
        call.services.queue.run(project.run_id)


def _file(call: Call, project_id: str) -> ProjectFile:
    file = call.services.store.projects.file(project_id, call.path["path"])
    if file is None:
        raise UserError("The project has no such file.", reason="unknown_file")
    return file


def _served(file: ProjectFile, content: bytes, etag: str) -> Response:
    """The bytes, as a type under which no browser runs anything."""
    kind = _kind(content)
    response = Response(content, content_type=kind)
    shown = "attachment" if kind == "application/octet-stream" else "inline"
    response.headers["Content-Disposition"] = f"{shown}; filename*=UTF-8''{quote(file.name)}"
    response.headers["ETag"] = etag
    response.headers["Accept-Ranges"] = "bytes"
    if _wants_part(etag, len(content)):
        _refuse_beyond(len(content))
        response.make_conditional(request, accept_ranges=True, complete_length=len(content))
    return response


def _refuse_beyond(size: int) -> None:
    asked = request.range
    if asked is None or asked.range_for_length(size) is None:
        raise Refused(
            416,
            "range_not_satisfiable",
            f"The file has no such bytes: it has {size}.",
            remedy="Ask for some that it has, or for all, without `Range`.",
            headers={"Content-Range": f"bytes */{size}"},
        )


def _wants_part(etag: str, size: int) -> bool:
    """Whether one range is asked for of these very bytes; several are answered by all of them.
    More of the last ones than there are is all, too, for which Werkzeug has no answer."""
    if not request.headers.get("Range", "").startswith("bytes="):
        return False
    if request.headers.get("If-Range") not in (None, etag):
        return False
    asked = request.range.ranges if request.range is not None else [(0, 0)]
    return len(asked) == 1 and asked[0][0] >= -size


def _kind(content: bytes) -> str:
    for beginning, kind in _IMAGES:
        if content.startswith(beginning):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "application/octet-stream" if b"\0" in content else "text/plain; charset=utf-8"


def _edit(call: Call) -> FileEdit:
    limits = _limits(call)

    def check(files: Iterable[ProjectFile]) -> None:
        after = list(files)
        check_paths(file.path for file in after)
        limits.check_count(len(after))
        limits.check_total(sum(file.size for file in after))

    return FileEdit(by=call.caller.name, expected=wanted(), check=check)


def _limits(call: Call) -> ProjectLimits:
    settings = call.services.settings
    return ProjectLimits(
        file_bytes=settings.max_file_bytes,
        files=settings.max_files,
        project_bytes=settings.max_project_bytes,
    )


_PATH = "/projects/<uuid:id>/files/<path:path>"

OPERATIONS = (
    Operation(
        method="GET",
        address="/projects/<uuid:id>/files",
        name="list_files",
        group=GROUP,
        summary="List files by path",
        needs=Needs.READER,
        scope=Scope.READ,
        query=FilesQuery,
        gives={200: FilePage},
        view=_list,
    ),
    Operation(
        method="GET",
        address="/projects/<uuid:id>/tree",
        name="get_tree",
        group=GROUP,
        summary="What one folder holds",
        needs=Needs.READER,
        scope=Scope.READ,
        query=FolderQuery,
        gives={200: FolderAnswer},
        view=_tree,
    ),
    Operation(
        method="GET",
        address=_PATH,
        name="read_file",
        group=GROUP,
        summary="The bytes of a file",
        description="Texts come as `text/plain`, images as what they are, everything else as "
        "`application/octet-stream` to be kept. One range of bytes can be asked for.",
        needs=Needs.READER,
        scope=Scope.READ,
        gives={200: "text/plain"},
        also_gives=(*KINDS, "application/octet-stream"),
        refuses=(416,),
        view=_read,
    ),
    Operation(
        method="PUT",
        address=_PATH,
        name="write_file",
        group=GROUP,
        summary="Write a file by hand",
        description="To replace a file, name the content that you saw: its ETag as `If-Match`. "
        "A plan that waits for approval lapses, since it was made of other files.",
        needs=Needs.WRITER,
        scope=Scope.WRITE,
        query=WriteQuery,
        sends="application/octet-stream",
        headers={
            "If-Match": "The ETag of what is to be replaced, several of them, or `*` for whatever "
            "is there; needed where there is something.",
            "If-None-Match": "`*` where there must be no such file yet.",
        },
        gives={200: FileAnswer, 201: FileAnswer},
        refuses=(412, 413, 428),
        view=_write,
    ),
    Operation(
        method="DELETE",
        address=_PATH,
        name="delete_file",
        group=GROUP,
        summary="Take a file away",
        needs=Needs.WRITER,
        scope=Scope.WRITE,
        headers={
            "If-Match": "The ETag of what is to go, several of them, or `*` for whatever it is."
        },
        needs_headers=("If-Match",),
        gives={204: None},
        refuses=(412, 428),
        view=_remove,
    ),
)
