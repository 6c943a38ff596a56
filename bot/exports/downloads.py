"""Archives made again from the store: to measure one, and whenever somebody downloads it.

None is kept. The same snapshot gives the same bytes, as long as what compresses them is the
same; where it is another version by now, the record is brought up to date first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bot.core.runs import ExportStatus
from bot.errors import UserError
from bot.exports import RepositoryExporter, exporter
from bot.exports.contents import stored_members
from bot.exports.folders import folder_name
from bot.store.port import BUILT, Archive, Export, Projects, Store


@dataclass(frozen=True, kw_only=True)
class Download:
    """An archive on its way to somebody. ``chunks`` can be gone through once.

    ``sha256`` is in hex. Nothing is read before the first chunk is asked for.
    """

    filename: str
    media_type: str
    size: int
    sha256: str
    chunks: Iterator[bytes] = field(repr=False)


def stream(projects: Projects, export: Export, folder: str) -> Iterator[bytes]:
    """The bytes of an export under a folder's name.

    Raises:
        UserError: ``content_gone``, also between two chunks.
    """
    members = stored_members(projects, export.project_id, export.snapshot)
    return exporter(export.type).build(folder, members)


def measure(
    projects: Projects,
    export: Export,
    folder: str,
    *,
    poll: Callable[[], object] = lambda: None,
) -> Archive:
    """Size and hash of an export, found out by making it once.

    Args:
        poll: Called between chunks; what it raises ends the work.

    Raises:
        UserError: ``content_gone``.
    """
    digest, size = hashlib.sha256(), 0
    for chunk in stream(projects, export, folder):
        poll()
        digest.update(chunk)
        size += len(chunk)
    built = exporter(export.type).built(folder)
    return Archive(size=size, sha256=digest.hexdigest(), built=built)


def open_download(store: Store, export: Export) -> Download:
    """An export as it is sent to somebody.

    Raises:
        UserError: ``export_not_ready`` unless it is completed, ``unknown_export_type`` for one
            that is no archive, ``content_gone``.
    """
    maker = exporter(export.type)
    if export.status is not ExportStatus.COMPLETED:
        raise _not_ready(export)
    folder = built_folder(export)
    if export.config.get(BUILT) != maker.built(folder):
        export = store.exports.measured(export.id, measure(store.projects, export, folder))
    return Download(
        filename=filename(maker, folder),
        media_type=maker.media_type,
        size=export.archive_size or 0,
        sha256=export.archive_hash or "",
        chunks=stream(store.projects, export, folder),
    )


def filename(maker: RepositoryExporter, folder: str) -> str:
    """What the archive's file is called; it may hold letters of any script."""
    return f"{folder}{maker.suffix}"


def built_folder(export: Export) -> str:
    """The folder that an archive was made with, whatever the project is called by now."""
    built = export.config.get(BUILT)
    folder = built.get("folder") if isinstance(built, dict) else None
    return str(folder or folder_name(""))


def _not_ready(export: Export) -> UserError:
    remedy = "Ask for it again." if export.status is ExportStatus.FAILED else "Wait until it is."
    return UserError(
        f"The export is {export.status.value}, not completed.",
        reason="export_not_ready",
        remedy=remedy,
    )
