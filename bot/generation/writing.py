"""A project's files written to a folder: all of them, or nothing.

They are written beside the folder, in one that nobody else can look into, which then takes its
name; or inside of it, where it has to stay, and are moved up. So nothing is ever overwritten, no
link in it is followed, and whoever looks sees either no project or the whole one.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

from bot.core.git_values import EXECUTABLE
from bot.core.paths import PathGate, check_mode
from bot.errors import UserError
from bot.generation.files import FileSet, GeneratedFile

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_INTO = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OCCUPIED = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR)


def write_folder(files: FileSet, folder: Path) -> Path:
    """Write the files into a folder that is absent or empty; its path, made absolute.

    Modes are those of the files, as far as the umask lets them be; folders above are made.

    Raises:
        UserError: ``folder_not_empty`` where anything is there, ``cannot_write`` with what the
            system says, ``bad_path`` for files that went through no gate.
    """
    check_folder_free(folder)
    target = Path(os.path.abspath(folder))  # noqa: PTH100 - Path.resolve would follow links
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        put = _fill if _has_to_stay(target) else _replace
        put(files, target)
    except OSError as error:
        if error.errno in _OCCUPIED:
            raise _not_empty(folder) from error
        raise _cannot_write(folder, error) from error
    return target


def check_folder_free(folder: Path) -> None:
    """Whether a folder could be written: it is not there, or an empty one.

    Raises:
        UserError: ``folder_not_empty``, also for a file or a link; ``cannot_write``.
    """
    try:
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise _not_empty(folder)
        with suppress(FileNotFoundError):
            if any(os.scandir(folder)):
                raise _not_empty(folder)
    except OSError as error:
        raise _cannot_write(folder, error) from error


def _has_to_stay(target: Path) -> bool:
    """Whether an empty folder is used in a way that another one in its place would not be."""
    if not target.exists():
        return False
    return target.samefile(Path.cwd()) or target.is_mount() or not os.access(target.parent, os.W_OK)


def _replace(files: FileSet, target: Path) -> None:
    """Write beside the folder, and rename."""
    beside = Path(tempfile.mkdtemp(prefix=f".{target.name[:50]}.", dir=target.parent))
    try:
        _write_all(files, beside)
        # It takes the place of an empty folder, and of nothing else.
        beside.rename(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _fill(files: FileSet, target: Path) -> None:
    """Write inside of the folder, and move all up once it is whole."""
    inside = Path(tempfile.mkdtemp(prefix=".", dir=target))
    moved: list[Path] = []
    try:
        _write_all(files, inside)
        if [path for path in target.iterdir() if path != inside]:
            raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY))
        for path in sorted(inside.iterdir()):
            _move(path, target / path.name)
            moved.append(target / path.name)
    except BaseException:
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise
    finally:
        shutil.rmtree(inside, ignore_errors=True)


def _move(path: Path, to: Path) -> None:
    if path.is_dir():
        path.rename(to)
    else:
        # Renaming a file would take the place of one that has just come.
        os.link(path, to, follow_symlinks=False)
        path.unlink()


def _write_all(files: FileSet, folder: Path) -> None:
    gate = PathGate()
    with _Folders(folder) as folders:
        for file in files:
            check_mode(gate.check(file.path), file.mode)
            above, _, name = file.path.rpartition("/")
            _write_file(file, name, folders.open(above))
    umask = os.umask(0)
    os.umask(umask)
    folder.chmod(0o777 & ~umask)


class _Folders:
    """Handles of the folders along one path, each opened by its name in the one above.

    No path is ever looked up whole, so none can be too long, and nothing that is put in the way
    of one leads elsewhere. Files come by path, so a folder that has been left is done with.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names: list[str] = []
        self._handles: list[int] = []

    def __enter__(self) -> _Folders:
        self._handles.append(os.open(self._root, _INTO))
        return self

    def __exit__(self, *error: object) -> None:
        self._leave(0)

    def open(self, path: str) -> int:
        """The handle of a folder, made if need be."""
        names = path.split("/") if path else []
        pairs = zip(self._names, names, strict=False)
        shared = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
        self._leave(1 + shared)
        for name in names[shared:]:
            os.mkdir(name, dir_fd=self._handles[-1])
            self._handles.append(os.open(name, _INTO, dir_fd=self._handles[-1]))
            self._names.append(name)
        return self._handles[-1]

    def _leave(self, kept: int) -> None:
        while len(self._handles) > kept:
            os.close(self._handles.pop())
        del self._names[max(0, kept - 1) :]


def _write_file(file: GeneratedFile, name: str, folder: int) -> None:
    mode = 0o777 if file.mode == EXECUTABLE else 0o666
    handle = os.open(name, _NEW, mode, dir_fd=folder)
    with open(handle, "wb") as opened:  # noqa: PTH123 - what has been opened is a number
        opened.write(file.content)


def _not_empty(folder: Path) -> UserError:
    return UserError(
        f"{folder} is there and not an empty folder.",
        reason="folder_not_empty",
        remedy="Name a folder that is absent or empty; nothing is ever overwritten.",
    )


def _cannot_write(folder: Path, error: OSError) -> UserError:
    words = f"{folder} cannot be written: {error.strerror or error}."
    return UserError(words, reason="cannot_write")
