"""Archives that everybody reads, with the same bytes whenever and wherever they are made."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import pkgutil
import shutil
import struct
import subprocess
import sys
import tarfile
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot.exports
from bot.core.git_values import EXECUTABLE, REGULAR
from bot.core.paths import check_paths
from bot.core.runs import ExportType
from bot.errors import UserError
from bot.exports import EXPORTERS, RepositoryExporter, exporter
from bot.exports.pieces import LEAST_BYTES, in_pieces
from bot.exports.spec import Member
from bot.exports.tar import TAR
from bot.exports.zip import ZIP
from tests.exports.archives import FILES, archive, by_command, by_python, expected
from tests.parts import ROOT

MIB = 1024 * 1024

each_maker = pytest.mark.parametrize("maker", EXPORTERS, ids=lambda maker: maker.suffix[1:])


def member(path: str, content: bytes = b"", mode: int = REGULAR) -> Member:
    return Member(path=path, mode=mode, content=content)


def test_every_exporter_of_a_module_of_the_folder_is_listed() -> None:
    defined = {
        id(value)
        for module in pkgutil.iter_modules(bot.exports.__path__, "bot.exports.")
        for value in vars(__import__(module.name, fromlist=["_"])).values()
        if isinstance(value, RepositoryExporter)
    }
    assert defined == {id(maker) for maker in EXPORTERS}
    assert len({maker.type for maker in EXPORTERS}) == len(EXPORTERS)


def test_a_type_that_nothing_makes_is_named_with_those_that_there_are() -> None:
    assert exporter("tar.gz").type is ExportType.TAR_GZ
    with pytest.raises(UserError, match="'rar'") as caught:
        exporter("rar")
    assert caught.value.reason == "unknown_export_type"
    assert "`zip`, `tar`, `tar.gz`" in caught.value.remedy
    with pytest.raises(UserError):
        exporter(ExportType.GITHUB)


@each_maker
def test_python_reads_it(maker: RepositoryExporter) -> None:
    assert by_python(maker, archive(maker)) == expected()


@each_maker
def test_the_command_unpacks_it(maker: RepositoryExporter, tmp_path: Path) -> None:
    if shutil.which("unzip" if maker is ZIP else "tar") is None:
        pytest.skip("the command is absent")
    assert by_command(maker, archive(maker), tmp_path) == expected()


@each_maker
def test_a_project_without_files_is_an_empty_folder(
    maker: RepositoryExporter, tmp_path: Path
) -> None:
    data = archive(maker, ())
    assert by_python(maker, data) == {}
    if maker is ZIP:
        assert zipfile.ZipFile(io.BytesIO(data)).namelist() == ["orders/"]
        return
    with tarfile.open(fileobj=io.BytesIO(data)) as found:
        assert [(one.name, one.isdir()) for one in found.getmembers()] == [("orders", True)]


@each_maker
def test_everything_lies_in_one_folder(maker: RepositoryExporter) -> None:
    names = by_python(maker, archive(maker, FILES, "Größe 1"))
    assert {name.partition("/")[0] for name in names} == {"Größe 1"}


@each_maker
def test_two_thousand_files(maker: RepositoryExporter) -> None:
    files = [member(f"src/{n:04}.py", f"x = {n}\n".encode(), EXECUTABLE) for n in range(2_000)]
    assert by_python(maker, archive(maker, files)) == expected(files)


@each_maker
def test_two_builds_are_one(maker: RepositoryExporter) -> None:
    assert archive(maker) == archive(maker)


@each_maker
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_neither_the_machines_time_zone_nor_its_language_nor_its_mask_matter(
    maker: RepositoryExporter, zone: str
) -> None:
    code = (
        "import os, sys, hashlib; os.umask(0o077)\n"
        "from bot.exports import exporter\n"
        "from tests.exports.archives import archive\n"
        f"print(hashlib.sha256(archive(exporter({str(maker.type)!r}))).hexdigest())"
    )
    environment = {**os.environ, "TZ": zone, "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == hashlib.sha256(archive(maker)).hexdigest()


def test_the_layout_is_what_it_was() -> None:
    """Where this fails, archives of the past have other bytes now: raise `LAYOUT`, then this."""
    stored = tuple(one for one in FILES if not one.content)
    found = {
        "tar": hashlib.sha256(archive(TAR)).hexdigest(),
        # Without anything that is compressed, which another zlib may do in other ways.
        "zip": hashlib.sha256(archive(ZIP, stored)).hexdigest(),
    }
    assert found == {
        "tar": "7a5c7064b80bb5c921f2a0aebf08a4dd869bf9dc1e122ba534193f2e1ca8c35f",
        "zip": "c57c8dc08b34b238d9393d1a1d1ff6bcfc4375a382f4fae09570c53e48fc6526",
    }


def test_times_are_fixed_and_nobody_is_the_owner() -> None:
    with tarfile.open(fileobj=io.BytesIO(archive(TAR))) as found:
        told = {(one.mtime, one.uid, one.gid, one.uname, one.gname) for one in found.getmembers()}
        modes = {one.mode for one in found.getmembers()}
    assert told == {(315_532_800, 0, 0, "", "")}
    assert modes == {0o644, 0o755}
    assert time.gmtime(315_532_800)[:6] == (1980, 1, 1, 0, 0, 0)
    dates = {one.date_time for one in zipfile.ZipFile(io.BytesIO(archive(ZIP))).infolist()}
    assert dates == {(1980, 1, 1, 0, 0, 0)}


def test_a_compressed_tar_tells_no_time_and_is_the_tar() -> None:
    data = archive(exporter("tar.gz"))
    assert data[4:8] == bytes(4)
    assert gzip.decompress(data) == archive(TAR)


def test_a_zip_can_be_read_from_the_front() -> None:
    """Each local header has flags, sum and sizes that hold; nothing stands behind the bytes."""
    data, place, names = archive(ZIP), 0, []
    while data[place : place + 4] == b"PK\x03\x04":
        header = struct.unpack("<4s5H3L2H", data[place : place + 30])
        flags, kind, (sum_, packed, size, named, extra) = header[2], header[3], header[6:]
        assert not flags & 0x08, "a descriptor would follow"
        assert extra == 0
        name = data[place + 30 : place + 30 + named].decode()
        assert bool(flags & 0x800) == (not name.isascii())
        start = place + 30 + named
        content = data[start : start + packed]
        if kind == zipfile.ZIP_DEFLATED:
            content = zlib.decompress(content, -15)
        assert (len(content), zlib.crc32(content)) == (size, sum_)
        names.append(name)
        place = start + packed
    assert data[place : place + 4] == b"PK\x01\x02"
    assert names == ["orders/", *expected()]


def test_a_zip_has_room_for_more_files_than_the_old_format_counts() -> None:
    files = [member(f"{n:05}") for n in range(66_000)]
    assert len(zipfile.ZipFile(io.BytesIO(archive(ZIP, files))).namelist()) == 66_001


def test_a_zip_has_room_for_more_bytes_than_the_old_format_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Two gigabytes would have to be written otherwise.
    files = [*FILES[:3], member("z.bin", os.urandom(20_000)), member("zz", b"behind it")]
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 8_000)
    data = archive(ZIP, files)
    monkeypatch.undo()
    assert b"PK\x06\x06" in data
    assert by_python(ZIP, data) == expected(files)


@each_maker
@pytest.mark.parametrize(
    ("path", "mode"),
    [("../up", REGULAR), ("/etc/passwd", REGULAR), (".git/hooks/x", REGULAR), ("a", 0o120000)],
)
def test_what_leads_astray_is_in_no_archive(
    maker: RepositoryExporter, path: str, mode: int
) -> None:
    with pytest.raises(UserError) as caught:
        archive(maker, [member(path, mode=mode)])
    assert caught.value.reason == "bad_path"


@each_maker
@pytest.mark.parametrize("folder", ["", "..", "a/b", "/a", "con", "a\n"])
def test_nor_is_a_folder_that_does(maker: RepositoryExporter, folder: str) -> None:
    with pytest.raises(UserError) as caught:
        archive(maker, FILES, folder)
    assert caught.value.reason == "bad_path"


@each_maker
def test_members_come_in_order(maker: RepositoryExporter) -> None:
    for files in ([member("b"), member("a")], [member("a"), member("a")]):
        with pytest.raises(ValueError, match="comes behind"):
            archive(maker, files)


@each_maker
def test_one_large_file_at_a_time_is_in_memory(maker: RepositoryExporter) -> None:
    size, count = 8 * MIB, 6

    def files() -> Iterator[Member]:
        for number in range(count):
            yield member(f"{number}.bin", os.urandom(size))

    tracemalloc.start()
    made = sum(len(chunk) for chunk in maker.build("orders", files()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert made > size * count
    # The member, what it is compressed to, and pieces of these.
    assert peak < 3 * size, f"{peak / MIB:.1f} MiB"


@each_maker
def test_a_download_that_is_given_up_leaves_nothing(maker: RepositoryExporter) -> None:
    files = [member("a.bin", os.urandom(2 * MIB)), member("b", b"never read")]
    pieces = maker.build("orders", files)
    assert next(pieces)
    del pieces


def test_pieces_are_worth_sending_and_lose_nothing() -> None:
    chunks = [b"a" * 1_000] * 200 + [b"", b"b" * (3 * LEAST_BYTES), b"c"]
    pieces = list(in_pieces(chunks))
    assert b"".join(pieces) == b"".join(chunks)
    assert all(len(piece) >= LEAST_BYTES for piece in pieces[:-1])
    assert list(in_pieces([b""])) == []


def is_project(paths: list[str]) -> bool:
    try:
        check_paths(paths)
    except UserError:
        return False
    return True


names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=120)
paths = st.lists(st.lists(names, min_size=1, max_size=3).map("/".join), max_size=6, unique=True)
contents = st.tuples(st.binary(max_size=2_000), st.sampled_from([REGULAR, EXECUTABLE]))


@given(paths=paths.filter(is_project), data=st.data())
def test_every_project_comes_out_as_it_went_in(paths: list[str], data: st.DataObject) -> None:
    files = [member(path, *data.draw(contents)) for path in sorted(paths)]
    for maker in EXPORTERS:
        made = archive(maker, files)
        assert by_python(maker, made) == expected(files)
        assert made == archive(maker, files)
