"""One folder of a project: what lies in it, with sums of what lies below."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import BaseModel, Field

from bot.core.paths import check_path
from bot.errors import UserError
from bot.store.port import Entry
from bot.web.api.operation import Strict


class FolderPart(BaseModel):
    """A folder in a folder."""

    name: str
    path: str
    files: int = Field(description="How many files there are in it, at any depth.")
    size: int = Field(description="Bytes of all of them.")


class LeafPart(BaseModel):
    """A file in a folder."""

    name: str
    path: str
    type: str
    size: int
    mode: str
    content_hash: str


class FolderAnswer(BaseModel):
    """A folder. Only that of a project that has no files is empty."""

    path: str
    folders: list[FolderPart]
    files: list[LeafPart]


class FolderQuery(Strict):
    """Which folder."""

    path: str = Field("", max_length=4096, description="Empty for the project itself.")


def prefix_of(path: str) -> str:
    """How the paths of all that is in a folder begin.

    Raises:
        UserError: ``bad_path`` for what no folder of a project can be called.
    """
    above = path.strip("/")
    return f"{check_path(above)}/" if above else ""


def folder(entries: Collection[Entry], path: str) -> dict[str, object]:
    """What a folder holds, by name.

    Raises:
        UserError: ``unknown_folder`` where it holds nothing: folders are there by what is in them.
    """
    prefix = prefix_of(path)
    if prefix and not entries:
        raise UserError(
            "The project has no such folder.",
            reason="unknown_folder",
            remedy="Without `path` the tree shows those there are.",
        )
    by_name = sorted(entries, key=lambda entry: entry.name)
    return {
        "path": prefix[:-1],
        "folders": [_folder(entry, prefix) for entry in by_name if entry.name.endswith("/")],
        "files": [_leaf(entry, prefix) for entry in by_name if not entry.name.endswith("/")],
    }


def _folder(entry: Entry, prefix: str) -> dict[str, object]:
    name = entry.name[:-1]
    return {"name": name, "path": prefix + name, "files": entry.files, "size": entry.size}


def _leaf(entry: Entry, prefix: str) -> dict[str, object]:
    return {
        "name": entry.name,
        "path": prefix + entry.name,
        "type": entry.type,
        "size": entry.size,
        "mode": f"{entry.mode:o}",
        "content_hash": entry.content_hash,
    }
