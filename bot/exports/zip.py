"""Zip archives that can be read from the front, by readers that take nothing for granted."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator

from bot.core.runs import ExportType
from bot.exports.pieces import slices
from bot.exports.spec import Member, RepositoryExporter

_UNIX = 3
#: In the time of whoever unpacks it: a zip knows no other.
_DATE = (1980, 1, 1, 0, 0, 0)
_IS_FOLDER = 0x10


class _Sink:
    """A file that forgets a member once it is whole.

    Since one can seek inside of what is not taken yet, size and checksum stand in front of each
    member's bytes, and not in a descriptor behind them.
    """

    def __init__(self) -> None:
        self._taken = 0
        self._kept = io.BytesIO()

    def write(self, data: bytes) -> int:
        return self._kept.write(data)

    def tell(self) -> int:
        return self._taken + self._kept.tell()

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("only places from the beginning are known")
        return self._taken + self._kept.seek(place - self._taken)

    def flush(self) -> None:
        """Nothing waits anywhere."""

    def close(self) -> None:
        """Nothing is open."""

    def take(self) -> Iterator[bytes]:
        yield from slices(self._kept.getbuffer())
        self._taken += len(self._kept.getbuffer())
        self._kept = io.BytesIO()


def _write(folder: str, members: Iterable[Member]) -> Iterator[bytes]:
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr(_folder(folder), b"")
        for member in members:
            with archive.open(_entry(folder, member), "w") as entry:
                for piece in slices(member.content):
                    entry.write(piece)
            del member
            yield from sink.take()
    yield from sink.take()


def _folder(name: str) -> zipfile.ZipInfo:
    info = _info(f"{name}/", stat.S_IFDIR | 0o755)
    info.external_attr |= _IS_FOLDER
    return info


def _entry(folder: str, member: Member) -> zipfile.ZipInfo:
    info = _info(f"{folder}/{member.path}", stat.S_IFREG | member.permissions)
    # An empty file compresses to two bytes, about which some readers complain.
    info.compress_type = zipfile.ZIP_DEFLATED if member.content else zipfile.ZIP_STORED
    info.file_size = len(member.content)
    return info


def _info(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    # Else it would be that of the machine.
    info.create_system = _UNIX
    info.external_attr = mode << 16
    return info


ZIP = RepositoryExporter(
    type=ExportType.ZIP,
    summary="A zip archive, which every system opens",
    suffix=".zip",
    media_type="application/zip",
    write=_write,
    depends_on={"zlib": zlib.ZLIB_RUNTIME_VERSION},
)
