"""What a child said of a pack, kept on disk: each job of a worker is a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


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
        handle, name = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(data, file)
        Path(name).replace(path)
    return data
