"""A template in a folder of this machine, for whoever sits at it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bot.core.git_values import EXECUTABLE, REGULAR, TreeFile
from bot.generation.foreign.bundle import bundle_of
from bot.generation.foreign.rooms import Rooms
from bot.generation.pack_format import Pack, PackSource

_LINK = 0o120000
_LEFT_OUT = (".git", "__pycache__")


def folder_pack(rooms: Rooms, folder: Path) -> Pack:
    """The pack in a folder, in whatever tool's format.

    Raises:
        BotError: As `Rooms.read`, and ``bad_pack`` for a folder that holds what no pack may.
    """
    folder = folder.resolve()
    source = PackSource(
        kind="folder",
        name=folder.name,
        address=str(folder),
        shown=str(folder),
        policy_names=(folder.name,),
        plain_address=str(folder),
    )
    return rooms.read(bundle_of(_files(folder), shown=folder.name), source)


def _files(folder: Path) -> Iterator[TreeFile]:
    for root, folders, files in os.walk(folder):
        here = Path(root)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = [name for name in folders if name not in (*_LEFT_OUT, *links)]
        for name in (*files, *links):
            path = here / name
            shown = path.relative_to(folder).as_posix()
            if path.is_symlink():
                yield TreeFile(path=shown, content=b"", mode=_LINK)
                continue
            mode = EXECUTABLE if path.stat().st_mode & 0o100 else REGULAR
            yield TreeFile(path=shown, content=path.read_bytes(), mode=mode)
