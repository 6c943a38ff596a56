"""What a tool has written to a folder, taken up as files; the child's side."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bot.core.git_values import EXECUTABLE, REGULAR, TreeFile
from bot.core.limits import ProjectLimits
from bot.core.paths import bad_path


def collected(folder: Path, limits: ProjectLimits) -> tuple[TreeFile, ...]:
    """Every file below a folder, in the order of their paths. Empty folders are nothing.

    Raises:
        UserError: ``bad_path`` for links and other things that are no files; ``too_large``,
            ``too_many_files``, before the rest is read.
    """
    taken: list[TreeFile] = []
    size_bytes = 0
    for path in _files(folder):
        shown = path.relative_to(folder).as_posix()
        if path.is_symlink() or not path.is_file():
            raise bad_path(shown, "is a symbolic link, or no file at all")
        status = path.stat()
        size_bytes += status.st_size
        limits.check_count(len(taken) + 1)
        limits.check_file(shown, status.st_size)
        limits.check_total(size_bytes)
        mode = EXECUTABLE if status.st_mode & 0o100 else REGULAR
        taken.append(TreeFile(path=shown, content=path.read_bytes(), mode=mode))
    return tuple(sorted(taken, key=lambda file: file.path))


def _files(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        for name in (*files, *(each for each in folders if (Path(root) / each).is_symlink())):
            yield Path(root) / name
