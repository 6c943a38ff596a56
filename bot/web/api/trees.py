"""One folder of a project: what lies in it, with sums of what lies below."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, Field

from bot.store.port import Outline
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
    """A folder; one that is not there is empty."""

    path: str
    folders: list[FolderPart]
    files: list[LeafPart]


class FolderQuery(Strict):
    """Which folder."""

    path: str = Field("", max_length=4096, description="Empty for the project itself.")


def folder(files: Iterable[Outline], path: str) -> dict[str, object]:
    """What a folder holds, of all files whose paths begin with its own."""
    above = path.strip("/")
    prefix = f"{above}/" if above else ""
    folders: dict[str, list[int]] = {}
    leaves: list[dict[str, object]] = []
    for file in files:
        if not file.path.startswith(prefix):
            continue
        name, slash, _ = file.path[len(prefix) :].partition("/")
        if slash:
            sums = folders.setdefault(name, [0, 0])
            sums[0] += 1
            sums[1] += file.size
        else:
            leaves.append(_leaf(file, name))
    return {
        "path": above,
        "folders": [
            {"name": name, "path": prefix + name, "files": sums[0], "size": sums[1]}
            for name, sums in sorted(folders.items())
        ],
        "files": leaves,
    }


def _leaf(file: Outline, name: str) -> dict[str, object]:
    return {
        "name": name,
        "path": file.path,
        "type": file.type,
        "size": file.size,
        "mode": f"{file.mode:o}",
        "content_hash": file.content_hash,
    }
