"""What a running sandbox takes up: processes, memory, room. Seen from outside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from bot.sandbox.port import Ending, SandboxLimits

_PAGE = os.sysconf("SC_PAGE_SIZE")
#: Of each file, folder and link, whatever is in it: the kernel keeps about as much.
_PER_FILE = 1024
_WRITABLE = ("work", "tmp", "dev/shm")
#: Where they stand behind a process's name: its threads, the bytes it has mapped, its pages.
_THREADS, _MAPPED, _PAGES = 17, 20, 21
#: The tables that say where pages lie take a word for each, even for one of which there is nothing.
_PER_WORD = _PAGE // 8
#: What the kernel may hold for a socket, which counts for no process.
_PER_SOCKET = 256 * 1024


class Usage:
    """Looks into the sandbox through its first process."""

    def __init__(self, first_process: int, limits: SandboxLimits) -> None:
        """Raises ``OSError`` where this process may not look, or there is nothing any more."""
        self._limits = limits
        self._root = os.open(f"/proc/{first_process}/root", os.O_PATH | os.O_DIRECTORY)
        try:
            self._proc = os.open("proc", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._root)
        except OSError:
            os.close(self._root)
            raise

    def close(self) -> None:
        """Keep nothing of it open."""
        os.close(self._proc)
        os.close(self._root)

    def excess(self) -> Ending | None:
        """The limit that is passed now, if one is."""
        threads = pages = mapped = 0
        for process in self._processes():
            with suppress(OSError, IndexError, ValueError):
                # The name in brackets may hold anything.
                words = self._read(f"{process}/stat").rpartition(b")")[2].split()
                threads += int(words[_THREADS])
                pages += int(words[_PAGES])
                mapped += int(words[_MAPPED])
        if threads > self._limits.processes + 1:
            return Ending.TOO_MANY_PROCESSES
        room = self._room()
        if room > self._limits.disk_bytes:
            return Ending.TOO_MUCH_DISK
        # Pages that processes share are counted for each of them, and tables for all that is
        # mapped; only doubt is worth more.
        sockets = self._sockets() * _PER_SOCKET
        most = self._limits.memory_bytes - sockets
        if pages * _PAGE + mapped // _PER_WORD > most and self._memory() > most:
            return Ending.TOO_MUCH_MEMORY
        return None

    def _processes(self) -> Iterator[str]:
        with suppress(OSError):
            yield from (name for name in os.listdir(self._proc) if name.isdigit())  # noqa: PTH208

    def _memory(self) -> int:
        """Of all processes together, each page once, and the tables of their pages."""
        return sum(
            self._told(f"{process}/smaps_rollup", b"Pss:")
            + self._told(f"{process}/status", b"VmPTE:")
            for process in self._processes()
        )

    def _told(self, path: str, name: bytes) -> int:
        """The bytes that a line of a file tells; 0 where it is not there."""
        with suppress(OSError, ValueError, IndexError):
            for line in self._read(path).splitlines():
                if line.startswith(name):
                    return int(line.split()[1]) * 1024
        return 0

    def _sockets(self) -> int:
        """How many there are in the sandbox's network, whoever holds them, if anybody does."""
        with suppress(OSError, ValueError, IndexError):
            return int(self._read("1/net/sockstat").split()[2])
        return 0

    def _room(self) -> int:
        used = 0
        for folder in _WRITABLE:
            with suppress(OSError):
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._root)
                try:
                    room = os.fstatvfs(descriptor)
                finally:
                    os.close(descriptor)
                used += (room.f_blocks - room.f_bfree) * room.f_frsize
                used += (room.f_files - room.f_ffree) * _PER_FILE
        return used

    def _read(self, path: str) -> bytes:
        descriptor = os.open(path, os.O_RDONLY, dir_fd=self._proc)
        try:
            return os.read(descriptor, 65_536)
        finally:
            os.close(descriptor)
