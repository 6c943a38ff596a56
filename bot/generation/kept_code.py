"""Compiled templates kept from one process to the next, one file for each pack.

Compiling is what a first rendering takes most of its time for. Whoever could write such a file
could have this program run what they like: so it is read only from a folder that is ours and that
nobody else may look into, and only if it is as it was written. Whatever is wrong with a file or
the folder means compiling anew, and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import marshal
import os
import stat
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType

import jinja2

import bot
from bot.generation import sandbox

_BEGINNING = b"firstcommit code 1\n"
_HASH_BYTES = 32
_MOST_BYTES = 64 * 1024 * 1024
_MOST_FILES = 200
_SUFFIX = ".code"


class KeptCode:
    """The code of one pack's templates by a key that names each; empty without a folder.

    Nothing is read before the first key is asked for, and nothing written before `save`.
    """

    def __init__(self, folder: Path | None, digest: str) -> None:
        """Args:
        folder: Where files lie; it is made if only it is missing.
        digest: Of the pack; what it says is part of the file's name, so a key need not say it.
        """
        self._folder = folder
        self._name = _file_name(digest)
        self._codes: dict[str, CodeType] | None = None
        self._is_new = False

    def get(self, key: str) -> CodeType | None:
        """The code under a key, or None."""
        return self._loaded().get(key)

    def put(self, key: str, code: CodeType) -> None:
        """Keep code under a key."""
        self._loaded()[key] = code
        self._is_new = True

    def save(self) -> None:
        """Write what is new, for other processes; where that cannot be, they compile."""
        if not self._is_new or self._folder is None:
            return
        self._is_new = False
        with contextlib.suppress(OSError):
            if _made_ours(self._folder):
                _write(self._folder / self._name, self._loaded())
                _drop_oldest(self._folder)

    def _loaded(self) -> dict[str, CodeType]:
        if self._codes is None:
            self._codes = {}
            with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
                if self._folder is not None and _is_ours(self._folder):
                    self._codes = _read(self._folder / self._name)
        return self._codes


def _file_name(digest: str) -> str:
    return hashlib.sha256(f"{digest} {_fingerprint()}".encode()).hexdigest()[:40] + _SUFFIX


@cache
def _fingerprint() -> str:
    """All that code depends on besides the templates: a filter's result may be part of it."""
    digest = hashlib.sha256(importlib.util.MAGIC_NUMBER)
    digest.update(f"{bot.__version__} {jinja2.__version__}".encode())
    # Installed as something else than files, only the versions tell.
    with contextlib.suppress(OSError):
        digest.update(Path(sandbox.__file__).read_bytes())
    return digest.hexdigest()


def _is_ours(folder: Path) -> bool:
    """Whether a folder is there, belongs to us and is nobody else's to look into."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and _belongs_to_us(found) and not found.st_mode & 0o077


def _made_ours(folder: Path) -> bool:
    # What is above has to be there: looking at a pack makes no data folder.
    for one in (folder.parent, folder):
        with contextlib.suppress(FileExistsError):
            one.mkdir(mode=0o700)
    if not _is_ours(folder):
        _shut(folder)
    return _is_ours(folder)


def _shut(folder: Path) -> None:
    """Close a folder of ours that was open, without what others may have put there."""
    found = folder.lstat()
    if stat.S_ISDIR(found.st_mode) and _belongs_to_us(found):
        folder.chmod(0o700)
        for path in _files(folder):
            path.unlink()


def _belongs_to_us(found: os.stat_result) -> bool:
    return found.st_uid == os.geteuid()


def _read(path: Path) -> dict[str, CodeType]:
    """Raises OSError or ValueError for whatever is not as `_write` left it."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with open(handle, "rb") as file:  # noqa: PTH123 - what has been opened is a number
        found = os.fstat(handle)
        if not (stat.S_ISREG(found.st_mode) and _belongs_to_us(found)) or found.st_mode & 0o022:
            raise ValueError("not a file of ours")
        if found.st_size > _MOST_BYTES:
            raise ValueError("too large")
        content = file.read(_MOST_BYTES + 1)
    body = content[len(_BEGINNING) + _HASH_BYTES :]
    if content[: -len(body) or None] != _BEGINNING + hashlib.sha256(body).digest():
        raise ValueError("not as it was written")
    # Safe only by all that was asked above.
    codes: dict[str, CodeType] = marshal.loads(body)  # noqa: S302
    os.utime(path, follow_symlinks=False)
    return codes


def _write(path: Path, codes: dict[str, CodeType]) -> None:
    body = marshal.dumps(codes)
    if len(body) > _MOST_BYTES // 2:
        return
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=_SUFFIX)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - what has been opened is a number
            file.write(_BEGINNING + hashlib.sha256(body).digest() + body)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def _drop_oldest(folder: Path) -> None:
    files = sorted(_files(folder), key=lambda path: path.lstat().st_mtime)
    for path in files[:-_MOST_FILES]:
        path.unlink(missing_ok=True)


def _files(folder: Path) -> Iterator[Path]:
    yield from folder.glob(f"*{_SUFFIX}")
