"""What forges that keep trees themselves refuse to write into one, or to read whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.core.git_objects import TREE_MODE
from bot.core.git_values import EXECUTABLE, REGULAR, FileToWrite, TreeEntry
from bot.core.reviews import ChangedFile, Remark, lines_in_patch
from bot.errors import UserError

#: The largest file that `read_file` gives.
MAX_READ_BYTES = 1024 * 1024

_NEVER_A_PART = frozenset(["", ".", "..", ".git"])


def check_files(files: Sequence[FileToWrite]) -> None:
    """Raises UserError ``bad_path`` for a path, a mode or a pair of paths that no tree can hold.

    This is git's own last line; what a project may contain is decided by ``core.paths``.
    """
    folders = {folder for file in files for folder in folders_above(file.path)}
    seen: set[str] = set()
    for file in files:
        parts = file.path.lower().split("/")
        if not _NEVER_A_PART.isdisjoint(parts) or "\0" in file.path or "\n" in file.path:
            raise _bad_path(file.path, "is no path that a tree can hold")
        if file.mode not in (REGULAR, EXECUTABLE):
            raise _bad_path(file.path, f"has mode {file.mode:o}")
        if file.path in folders:
            raise _bad_path(file.path, "is both a file and a folder")
        if file.path in seen:
            raise _bad_path(file.path, "is there twice")
        seen.add(file.path)


def check_nothing_in_the_way(
    files: Sequence[FileToWrite], existing: Mapping[str, TreeEntry]
) -> None:
    """Raises UserError ``path_in_the_way`` where a write would delete something.

    A file cannot take the place of a folder, nor a folder that of a file, without deleting
    what was there. ``existing`` holds folders too, as entries with a tree's mode.
    """
    for file in files:
        there = existing.get(file.path)
        if there is not None and there.mode == TREE_MODE:
            raise _in_the_way(file.path, file.path)
        for folder in folders_above(file.path):
            above = existing.get(folder)
            if above is not None and above.mode != TREE_MODE:
                raise _in_the_way(file.path, folder)


def entries_below(folder: str, entries: Mapping[str, TreeEntry]) -> Mapping[str, TreeEntry]:
    """What lies below a folder, by its path from there; no folders."""
    prefix = f"{folder}/" if folder else ""
    return {
        path.removeprefix(prefix): entry
        for path, entry in entries.items()
        if path.startswith(prefix) and entry.mode != TREE_MODE
    }


def files_in(folder: str, entries: Mapping[str, TreeEntry | FileToWrite]) -> list[str]:
    """Those of the paths that are files right in a folder, in order."""
    return sorted(
        path
        for path, entry in entries.items()
        if path.rpartition("/")[0] == folder and entry.mode in (REGULAR, EXECUTABLE)
    )


def folders_above(path: str) -> Iterable[str]:
    """The folders that a path needs, the innermost first."""
    end = path.rfind("/")
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)


def _bad_path(path: str, fault: str) -> UserError:
    return UserError(f"The path {path!a} {fault}.", reason="bad_path")


def _in_the_way(path: str, other: str) -> UserError:
    return UserError(
        f"{path!a} cannot be written: {other!a} is in its way, and nothing is ever deleted.",
        reason="path_in_the_way",
        remedy="Choose another folder with `path=`, or move what is there.",
    )


def check_remarks(remarks: Iterable[Remark], files: Iterable[ChangedFile]) -> None:
    """Raises UserError ``bad_remark`` for one on a line that the change does not show."""
    shown = {file.path: lines_in_patch(file.patch) for file in files}
    for remark in remarks:
        if remark.line not in shown.get(remark.path, ()):
            raise UserError(
                f"The change shows no line {remark.line} of {remark.path!a}.", reason="bad_remark"
            )
