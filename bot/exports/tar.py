"""Tar archives in POSIX's own format (pax), which knows names of any length in UTF-8."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator

from bot.core.runs import ExportType
from bot.exports.pieces import slices
from bot.exports.spec import MOMENT, Member, RepositoryExporter


def write_tar(folder: str, members: Iterable[Member]) -> Iterator[bytes]:
    """The archive, without an owner: whoever unpacks it is that."""
    header = _header(folder, 0o755, kind=tarfile.DIRTYPE)
    written = len(header)
    yield header
    for member in members:
        size = len(member.content)
        header = _header(f"{folder}/{member.path}", member.permissions, size=size)
        yield header
        yield from slices(member.content)
        del member
        yield bytes(-size % tarfile.BLOCKSIZE)
        written += len(header) + size + -size % tarfile.BLOCKSIZE
    written += 2 * tarfile.BLOCKSIZE
    yield bytes(2 * tarfile.BLOCKSIZE + -written % tarfile.RECORDSIZE)


def _header(name: str, mode: int, *, size: int = 0, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.size, info.mtime = kind, mode, size, MOMENT
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")


TAR = RepositoryExporter(
    type=ExportType.TAR,
    summary="A tar archive, not compressed",
    suffix=".tar",
    media_type="application/x-tar",
    write=write_tar,
)
