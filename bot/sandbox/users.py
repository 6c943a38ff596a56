"""Accounts for sandboxes of a worker that is root: each its own, and none of a person.

The kernel counts processes by account, and lets an account's processes signal each other. An
account is held by a lock on a file, which goes with the process that has it.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import Transient

#: Far from what systems give to people, services and containers.
# https://systemd.io/UIDS-GIDS/
_FIRST = 0x70000000
#: In a container whose accounts are mapped, and few: the last ones below ``nobody``.
_FIRST_OF_FEW = 64_512
_MANY = 512


@contextmanager
def an_account(folder: Path | None = None) -> Iterator[int]:
    """An account that no other sandbox of this machine has.

    Raises:
        Transient: ``sandboxes_busy`` where all are taken.
    """
    folder = folder or _folder()
    first = _first()
    for number in range(first, first + _MANY):
        with (folder / f"{number}.lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield number
            return
    raise Transient("All places for sandboxes are taken.", reason="sandboxes_busy")


def _folder() -> Path:
    """Root's own, for the locks."""
    run = Path("/run")
    parent = run if os.access(run, os.W_OK) else Path(tempfile.gettempdir())
    folder = parent / "firstcommit-sandboxes"
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat()
    if state.st_uid != os.geteuid() or state.st_mode & 0o077:
        # Somebody else's: they could hold every lock.
        return Path(tempfile.mkdtemp(prefix="firstcommit-sandboxes-"))
    return folder


def _first() -> int:
    """The first account that this process may become."""
    try:
        lines = Path("/proc/self/uid_map").read_text().splitlines()
    except OSError:
        return _FIRST
    for line in lines:
        start, _, count = (int(word) for word in line.split())
        if start <= _FIRST and start + count >= _FIRST + _MANY:
            return _FIRST
    return _FIRST_OF_FEW
