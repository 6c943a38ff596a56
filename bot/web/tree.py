"""A repository's files as a tree to click through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.core.limits import shown_size
from bot.core.pages import StoredFile

#: Up to so many files the whole tree is in the page; beyond, only what lies along the way.
WHOLE_TREE_FILES = 400


@dataclass(kw_only=True)
class Folder:
    """A folder while the tree grows, and as it is shown.

    ``is_open`` is whether the page shows its content at once; ``is_filled`` whether the page
    has its content at all.
    """

    name: str
    path: str
    folders: dict[str, Folder] = field(default_factory=dict)
    files: list[Leaf] = field(default_factory=list)
    count: int = 0
    is_open: bool = False
    is_filled: bool = True


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A file of the tree."""

    name: str
    path: str
    size: str
    is_executable: bool


def tree(files: Sequence[StoredFile], selected: str = "") -> Folder:
    """The root folder; ``selected`` is the path of a file or folder that must be in view."""
    root = Folder(name="", path="", is_open=True)
    whole = len(files) <= WHOLE_TREE_FILES
    way = set(_prefixes(selected))
    for file in files:
        _place(root, file, way, whole)
    if len(files) <= 30:
        _open_all(root)
    return root


def crumbs(path: str) -> tuple[tuple[str, str], ...]:
    """Each part of a path with the path up to it."""
    return tuple((prefix.rpartition("/")[2], prefix) for prefix in _prefixes(path))


def _place(root: Folder, file: StoredFile, way: set[str], whole: bool) -> None:
    *folders, name = file.path.split("/")
    here, path = root, ""
    here.count += 1
    for part in folders:
        path = f"{path}/{part}" if path else part
        inner = here.folders.get(part)
        if inner is None:
            on_way = path in way
            inner = Folder(name=part, path=path, is_open=on_way, is_filled=whole or on_way)
            here.folders[part] = inner
        inner.count += 1
        if not inner.is_filled:
            return
        here = inner
    here.files.append(
        Leaf(
            name=name,
            path=file.path,
            size=shown_size(file.size_bytes),
            is_executable=file.mode == 0o100755,
        )
    )


def _prefixes(path: str) -> Iterable[str]:
    parts = [part for part in path.split("/") if part]
    return ("/".join(parts[:end]) for end in range(1, len(parts) + 1))


def _open_all(folder: Folder) -> None:
    folder.is_open = True
    for inner in folder.folders.values():
        _open_all(inner)
