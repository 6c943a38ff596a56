"""Compressed tar archives."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator

from bot.core.runs import ExportType
from bot.exports.spec import Member, RepositoryExporter
from bot.exports.tar import write_tar

_LEVEL = 6
#: https://www.rfc-editor.org/rfc/rfc1952#section-2.3: deflated, without a name, a time (which is
#: when it was made, else) and a system.
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


def _write(folder: str, members: Iterable[Member]) -> Iterator[bytes]:
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    checksum = size = 0
    yield _HEADER
    for chunk in write_tar(folder, members):
        checksum = zlib.crc32(chunk, checksum)
        size += len(chunk)
        yield deflate.compress(chunk)
    yield deflate.flush() + struct.pack("<LL", checksum, size & 0xFFFF_FFFF)


TAR_GZ = RepositoryExporter(
    type=ExportType.TAR_GZ,
    summary="A tar archive, compressed by gzip",
    suffix=".tar.gz",
    media_type="application/gzip",
    write=_write,
    depends_on={"zlib": zlib.ZLIB_RUNTIME_VERSION},
)
