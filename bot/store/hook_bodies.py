"""What hooks are told: as much as whoever may see the project may know, and no contents.

The form is the one that Standard Webhooks recommends.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.core.hooks import HookKind
from bot.store.models import ExportRow, ProjectRow
from bot.store.port import EventKind

#: Which events are told, and as what. All others stay in here.
TOLD: Mapping[str, HookKind] = {
    EventKind.PROJECT_CREATED: HookKind.PROJECT_CREATED,
    EventKind.PROJECT_CHANGED: HookKind.PROJECT_CHANGED,
    EventKind.PROJECT_COMPLETED: HookKind.PROJECT_COMPLETED,
    EventKind.PROJECT_FAILED: HookKind.PROJECT_FAILED,
    EventKind.PROJECT_DELETED: HookKind.PROJECT_DELETED,
    EventKind.FILES_SAVED: HookKind.FILES_SAVED,
    EventKind.FILE_WRITTEN: HookKind.FILE_WRITTEN,
    EventKind.FILE_DELETED: HookKind.FILE_DELETED,
    EventKind.EXPORT_STARTED: HookKind.EXPORT_STARTED,
    EventKind.EXPORT_COMPLETED: HookKind.EXPORT_COMPLETED,
    EventKind.EXPORT_FAILED: HookKind.EXPORT_FAILED,
}
_FAILED = frozenset({HookKind.PROJECT_FAILED, HookKind.EXPORT_FAILED})
_OF_A_FILE = frozenset({HookKind.FILE_WRITTEN, HookKind.FILE_DELETED})
#: What of an event's own data is told. Whatever else it carries stays in here.
_OF_A_FAILURE = ("reason", "message")
_OF_FILES = ("path", "size", "content_hash")


def body_of(kind: str, at: datetime, data: Mapping[str, object]) -> dict[str, object]:
    """The whole of what is sent."""
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"type": str(kind), "timestamp": moment, "data": dict(data)}


def data_of(
    kind: HookKind, told: Mapping[str, object], project: ProjectRow, export: ExportRow | None
) -> dict[str, object]:
    """What is told of an event.

    Args:
        told: The event's own data.
    """
    data: dict[str, object] = {"project": _of_project(project)}
    if export is not None:
        data["export"] = _of_export(export)
    if kind in _OF_A_FILE:
        data["file"] = {name: told[name] for name in _OF_FILES if name in told}
    if kind in _FAILED:
        data["failure"] = {name: told.get(name, "") for name in _OF_A_FAILURE}
    return data


def _of_project(row: ProjectRow) -> dict[str, object]:
    return {
        "id": row.id,
        "name": row.name,
        "status": str(row.status),
        "organisation_id": row.organisation_id,
        "run_id": row.run_id,
        "pack": row.pack,
        "snapshot": row.snapshot,
        "total_files": row.total_files,
        "total_size": row.total_size,
        "created_by": row.created_by,
    }


def _of_export(row: ExportRow) -> dict[str, object]:
    return {
        "id": row.id,
        "type": str(row.type),
        "status": str(row.status),
        "snapshot": row.snapshot,
        "run_id": row.run_id,
        "repository_name": row.repository_name,
        "repository_url": row.repository_url,
    }
