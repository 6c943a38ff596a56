"""One server per data folder: a lock that the kernel lets go of when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Holder:
    """The server that runs on a data folder."""

    pid: int
    url: str
    local_forge: bool


class AlreadyServed(ConfigurationError):
    """Another server runs on this data folder."""

    reason = "already_served"

    def __init__(self, holder: Holder | None) -> None:
        who = f"process {holder.pid} at {holder.url}" if holder else "another process"
        super().__init__(
            f"This data folder is served already, by {who}.",
            remedy="Stop it first, or set FIRSTCOMMIT_DATA_DIR to another folder.",
        )


@contextmanager
def hold(data_dir: Path, holder: Holder) -> Iterator[None]:
    """Be the server of a data folder for as long as the context lasts.

    Raises:
        AlreadyServed: Names the server that is there.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(_path(data_dir), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyServed(_read(data_dir)) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(asdict(holder)).encode(), 0)
        yield
    finally:
        os.close(handle)


def holder_of(data_dir: Path) -> Holder | None:
    """The server that runs on the data folder now, or None."""
    try:
        handle = os.open(_path(data_dir), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(data_dir)
    finally:
        os.close(handle)
    return None


def _path(data_dir: Path) -> Path:
    return data_dir / "serve.lock"


def _read(data_dir: Path) -> Holder | None:
    try:
        data = json.loads(_path(data_dir).read_text())
        return Holder(
            pid=int(data["pid"]), url=str(data["url"]), local_forge=bool(data["local_forge"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
