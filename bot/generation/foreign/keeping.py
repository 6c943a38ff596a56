"""What a child said of a pack, kept on disk: each job of a worker is a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_MOST_FILES = 1_000
_MOST_BYTES = 128 * 1024 * 1024


def kept_data(folder: Path | None, key: str, find: Callable[[], object]) -> object:
    """Plain data of that key, found where it is not kept. It is as doubtful as when it was said.

    Args:
        folder: Where it is kept; None for nowhere.
    """
    if folder is None:
        return find()
    path = folder / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
    with suppress(OSError, ValueError, RecursionError):
        return json.loads(path.read_text("utf-8"))
    data = find()
    # A disk that is full or closed to us makes things slower, and nothing else.
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        put(path, json.dumps(data).encode())
        drop_oldest(folder, most_files=_MOST_FILES, most_bytes=_MOST_BYTES)
    return data


def put(path: Path, content: bytes) -> None:
    """Write a file that others find whole or not at all; raises ``OSError``."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError:
        # A disk that was full would stay so.
        Path(name).unlink(missing_ok=True)
        raise


def drop_oldest(folder: Path, *, most_files: int, most_bytes: int) -> None:
    """Keep the newest files of a folder; what somebody who was killed left there goes with age."""
    found = []
    for path in folder.iterdir():
        with suppress(OSError):
            status = path.stat()
            found.append((status.st_mtime, status.st_size, path))
    size_bytes = 0
    for number, (_, size, path) in enumerate(sorted(found, reverse=True)):
        size_bytes += size
        if number >= most_files or size_bytes > most_bytes:
            path.unlink(missing_ok=True)
