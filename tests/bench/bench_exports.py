"""Archives of 2,000 files: ours against ``zipfile`` and ``tarfile`` writing the same in one go.

The bare ones are given the same files in memory and write into memory, with what they do by
default; ours checks every path, sorts nothing anew and gives pieces. Both compress at the same
level. The last row is what a download costs from the store, beside the same archive from memory.
"""

from __future__ import annotations

import io
import random
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from bot.core.git_values import EXECUTABLE, REGULAR
from bot.core.runs import ExportType
from bot.exports import RepositoryExporter
from bot.exports.downloads import stream
from bot.exports.spec import Member
from bot.exports.tar import TAR
from bot.exports.tar_gz import TAR_GZ
from bot.exports.zip import ZIP
from bot.store.opening import open_store
from bot.store.port import Export, NewFile, Store
from tests.bench.figures import Figure
from tests.bench.turns import in_turns
from tests.store.making import project_of, running, save

FILES = 2_000
ROUNDS = 9

Bare = Callable[[Sequence[Member]], int]


def measure(files: int = FILES, rounds: int = ROUNDS) -> list[Figure]:
    """Each kind of archive, from files in memory and from a store on SQLite."""
    members = _members(files)
    kinds: list[tuple[RepositoryExporter, str, Bare]] = [
        (ZIP, "zipfile", _zip),
        (TAR, "tarfile", lambda given: _tar(given, "w:")),
        (TAR_GZ, "tarfile with gzip", lambda given: _tar(given, "w:gz")),
    ]
    figures = [
        in_turns(
            rounds=rounds,
            ours=lambda maker=maker: _size(maker.build("orders", members)),  # type: ignore[misc]
            bare=lambda bare=bare: bare(members),  # type: ignore[misc]
        ).figure(f"{maker.type.value} of {files:,} files; bare: {name}", ours="ours", bare="bare")
        for maker, name, bare in kinds
    ]
    return [*figures, _from_store(members, rounds)]


def _from_store(members: Sequence[Member], rounds: int) -> Figure:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'store.db'}")
        store.database.migrate()
        export = _export(store, members)
        turns = in_turns(
            rounds=rounds,
            ours=lambda: _size(stream(store.projects, export, "orders")),
            bare=lambda: _size(ZIP.build("orders", members)),
        )
        store.database.close()
    return turns.figure(
        f"zip of {len(members):,} files from SQLite; bare: the same from memory",
        ours="ours",
        bare="bare",
    )


def _export(store: Store, members: Sequence[Member]) -> Export:
    run = running(store, lease_s=120)
    files = [
        NewFile(path=one.path, content=one.content, mode=one.mode, origin="bench@1")
        for one in members
    ]
    snapshot = save(store, run, *files)
    return store.exports.request(
        project_of(run),
        ExportType.ZIP,
        snapshot=snapshot,
        created_by="bench",
        run_id=run.id,
        config={},
    )


def _members(count: int) -> list[Member]:
    """Text as sources have it: words that come again, in lines; about 2 KiB a file."""
    chance = random.Random(4)
    words = [f"word_{number}" for number in range(400)]
    return [
        Member(
            path=f"src/group{number // 100:02}/part{number:04}.py",
            mode=EXECUTABLE if number % 50 == 0 else REGULAR,
            content="\n".join(" ".join(chance.choices(words, k=8)) for _ in range(30)).encode(),
        )
        for number in range(count)
    ]


def _size(chunks: Iterable[bytes]) -> int:
    return sum(map(len, chunks))


def _zip(members: Sequence[Member]) -> int:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for member in members:
            archive.writestr(f"orders/{member.path}", member.content)
    return file.tell()


def _tar(members: Sequence[Member], mode: str) -> int:
    file = io.BytesIO()
    level = {"compresslevel": 6} if mode == "w:gz" else {}
    with tarfile.open(fileobj=file, mode=mode, **level) as archive:  # type: ignore[call-overload]
        for member in members:
            info = tarfile.TarInfo(f"orders/{member.path}")
            info.size, info.mode = len(member.content), member.permissions
            archive.addfile(info, io.BytesIO(member.content))
    return file.tell()
