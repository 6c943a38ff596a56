"""Members, and archives of them as those who get one read them."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from subprocess import run

from bot.core.git_values import EXECUTABLE, REGULAR
from bot.exports import RepositoryExporter
from bot.exports.spec import Member

#: By path: whether it can be executed, and what is in it.
Unpacked = Mapping[str, tuple[bool, bytes]]

FILES = (
    Member(path="README.md", mode=REGULAR, content=b"# Orders\n"),
    Member(path="bin/run", mode=EXECUTABLE, content=b"#!/bin/sh\nexit 0\n"),
    Member(path="empty.txt", mode=REGULAR, content=b""),
    Member(path="logo.png", mode=REGULAR, content=bytes(range(256)) * 40),
    Member(path="src/größe/注文.py", mode=REGULAR, content="x = 'ß'\n".encode()),
    Member(path=f"z/{'long' * 60}/{'name' * 50}.txt", mode=REGULAR, content=b"deep\n"),
)


def archive(
    maker: RepositoryExporter, members: Iterable[Member] = FILES, folder: str = "orders"
) -> bytes:
    return b"".join(maker.build(folder, members))


def expected(members: Iterable[Member] = FILES, folder: str = "orders") -> Unpacked:
    return {
        f"{folder}/{member.path}": (member.permissions == 0o755, member.content)
        for member in members
    }


def by_python(maker: RepositoryExporter, data: bytes) -> Unpacked:
    """What Python's own readers find, which check every sum."""
    return _read_zip(data) if maker.suffix == ".zip" else _read_tar(data)


def by_command(maker: RepositoryExporter, data: bytes, folder: Path) -> Unpacked:
    """What the commands leave on a disk."""
    file = folder / f"archive{maker.suffix}"
    file.write_bytes(data)
    target = folder / "unpacked"
    target.mkdir()
    commands: dict[str, Callable[[], list[str]]] = {
        ".zip": lambda: ["unzip", "-q", str(file), "-d", str(target)],
        ".tar": lambda: ["tar", "-xf", str(file), "-C", str(target)],
        ".tar.gz": lambda: ["tar", "-xzf", str(file), "-C", str(target)],
    }
    done = run(commands[maker.suffix](), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done
    return {
        path.relative_to(target).as_posix(): (bool(path.stat().st_mode & 0o100), path.read_bytes())
        for path in target.rglob("*")
        if path.is_file()
    }


def _read_zip(data: bytes) -> Unpacked:
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert found.testzip() is None
        return {
            info.filename: (bool(info.external_attr >> 16 & 0o100), found.read(info))
            for info in found.infolist()
            if not info.is_dir()
        }


def _read_tar(data: bytes) -> Unpacked:
    with tarfile.open(fileobj=io.BytesIO(data)) as found:
        return {
            info.name: (bool(info.mode & 0o100), _content(found, info))
            for info in found.getmembers()
            if info.isfile()
        }


def _content(found: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    reader = found.extractfile(info)
    assert reader is not None
    return reader.read()
