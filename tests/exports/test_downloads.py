"""Archives from the store: the same bytes whenever they are made, a little in memory at a time."""

from __future__ import annotations

import hashlib
import os
import tracemalloc
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.core.git_values import EXECUTABLE, REGULAR
from bot.core.runs import ExportType, Run, RunStatus
from bot.errors import Transient, UserError
from bot.exports import EXPORTERS, exporter
from bot.exports.contents import BATCH_BYTES, BATCH_FILES, stored_members
from bot.exports.downloads import measure, open_download
from bot.store.opening import open_store
from bot.store.port import BUILT, Archive, Export, NewFile, Projects, Store
from tests.exports.archives import FILES, by_python, expected
from tests.spine import make_database
from tests.store.making import kinds, project_of, running, save

MIB = 1024 * 1024

each_type = pytest.mark.parametrize("type", [maker.type for maker in EXPORTERS])


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_database(tmp_path_factory.mktemp("downloads"))


@pytest.fixture
def store(tmp_path: Path, database: Path) -> Iterator[Store]:
    file = tmp_path / "store.db"
    file.write_bytes(database.read_bytes())
    made = open_store(f"sqlite:///{file}", clock=lambda: datetime(2026, 11, 22, tzinfo=UTC))
    yield made
    made.database.close()


def new(path: str, content: bytes, mode: int = REGULAR) -> NewFile:
    return NewFile(path=path, content=content, mode=mode, origin="library@1.0.0")


NEW_FILES = [new(one.path, one.content, one.mode) for one in FILES]


def exported(
    store: Store, files: Iterable[NewFile] = NEW_FILES, type: ExportType = ExportType.ZIP
) -> tuple[Run, Export]:
    """A completed export, made as the step makes it."""
    run = running(store)
    snapshot = save(store, run, *files)
    asked = store.exports.request(
        project_of(run), type, snapshot=snapshot, created_by="ada", run_id=run.id, config={}
    )
    archive = measure(store.projects, asked, "orders")
    store.exports.complete(asked.id, archive=archive, run_id=run.id, number=run.lease_number)
    made = store.exports.get(asked.id)
    assert made is not None
    return run, made


@each_type
def test_what_is_downloaded_is_what_was_recorded(store: Store, type: ExportType) -> None:
    _, export = exported(store, type=type)
    download = open_download(store, export)
    data = b"".join(download.chunks)
    assert (len(data), hashlib.sha256(data).hexdigest()) == (download.size, download.sha256)
    assert (download.size, download.sha256) == (export.archive_size, export.archive_hash)
    assert download.filename == f"orders.{type.value}"
    assert download.media_type == exporter(type).media_type
    assert by_python(exporter(type), data) == expected()


@each_type
def test_files_that_were_saved_in_another_order_are_the_same_archive(
    store: Store, type: ExportType
) -> None:
    _, one = exported(store, type=type)
    _, other = exported(store, reversed(NEW_FILES), type)
    assert one.project_id != other.project_id
    assert one.archive_hash == other.archive_hash


def test_a_later_snapshot_changes_nothing(store: Store) -> None:
    run, export = exported(store)
    save(store, run, new("other.txt", b"other"))
    data = b"".join(open_download(store, export).chunks)
    assert hashlib.sha256(data).hexdigest() == export.archive_hash


def test_the_folder_stays_what_it_was_when_the_archive_was_made(store: Store) -> None:
    _, export = exported(store)
    built = export.config[BUILT]
    assert isinstance(built, dict)
    assert built["folder"] == "orders"
    assert set(built) == {"folder", "layout", "zlib"}


def test_a_download_under_another_zlib_is_measured_anew(store: Store) -> None:
    run, export = exported(store)
    built = {**exporter("zip").built("orders"), "zlib": "0.9"}
    old = store.exports.measured(export.id, Archive(size=1, sha256="00" * 32, built=built))
    download = open_download(store, old)
    assert (download.size, download.sha256) == (export.archive_size, export.archive_hash)
    again = store.exports.get(export.id)
    assert again is not None
    assert (again.archive_hash, again.config) == (export.archive_hash, export.config)
    open_download(store, again)
    assert kinds(store, run.id).count("export_measured") == 2


def test_what_is_not_made_yet_cannot_be_downloaded(store: Store) -> None:
    run = running(store)
    save(store, run, *NEW_FILES)
    asked = store.exports.request(
        project_of(run), ExportType.ZIP, snapshot=1, created_by="a", run_id=run.id, config={}
    )
    with pytest.raises(UserError) as caught:
        open_download(store, asked)
    assert caught.value.reason == "export_not_ready"


def test_a_publication_is_no_archive(store: Store) -> None:
    run = running(store)
    published = store.exports.begin(
        project_of(run),
        ExportType.GITHUB,
        snapshot=1,
        repository_name="acme/orders",
        created_by="ada",
        run_id=run.id,
        number=1,
    )
    with pytest.raises(UserError) as caught:
        open_download(store, published)
    assert caught.value.reason == "unknown_export_type"


class Watched:
    """The store's projects, with what each query for contents asked for."""

    def __init__(self, projects: Projects, *, without: str = "") -> None:
        self._projects = projects
        self._without = without
        self.batches: list[int] = []

    def contents(self, hashes: Iterable[str]) -> Mapping[str, bytes]:
        found = dict(self._projects.contents(hashes))
        found.pop(self._without, None)
        self.batches.append(sum(map(len, found.values())))
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._projects, name)


def test_contents_are_read_a_few_at_a_time(store: Store) -> None:
    small = [new(f"small/{n:04}.txt", b"%d" % n) for n in range(600)]
    large = [new(f"large/{n}.bin", os.urandom(BATCH_BYTES // 2 + 1)) for n in range(3)]
    run = running(store)
    save(store, run, *small, *large, new("zz.bin", os.urandom(2 * BATCH_BYTES), EXECUTABLE))
    watched = Watched(store.projects)
    members = list(stored_members(watched, project_of(run), 1))  # type: ignore[arg-type]
    assert [one.path for one in members] == sorted(one.path for one in members)
    assert len(members) == 604
    # A large one, two with a large one and small ones, and the largest by itself.
    assert len(watched.batches) == 3 + 600 // BATCH_FILES + 1
    assert max(watched.batches[:-1]) <= BATCH_BYTES


def test_a_file_whose_content_is_gone_is_named(store: Store) -> None:
    _, export = exported(store)
    gone = hashlib.sha256(b"# Orders\n").hexdigest()
    watched = Watched(store.projects, without=gone)
    with pytest.raises(UserError, match=r"README\.md") as caught:
        measure(watched, export, "orders")  # type: ignore[arg-type]
    assert caught.value.reason == "content_gone"


def test_a_project_that_was_deleted_meanwhile_is_no_empty_archive(store: Store) -> None:
    run, export = exported(store)
    store.runs.finish(run.id, run.lease_number, RunStatus.COMPLETED)
    download = open_download(store, export)
    store.projects.drop(export.project_id)
    with pytest.raises(UserError) as caught:
        next(download.chunks)
    assert caught.value.reason == "content_gone"


def test_whoever_polls_can_end_it(store: Store) -> None:
    _, export = exported(store)

    def stop() -> None:
        raise Transient("Somebody wants it to stop.")

    with pytest.raises(Transient):
        measure(store.projects, export, "orders", poll=stop)


@each_type
def test_a_large_project_is_streamed_in_little_memory(store: Store, type: ExportType) -> None:
    size, count = 4 * MIB, 12
    _, export = exported(store, [new(f"{n}.bin", os.urandom(size)) for n in range(count)], type)
    download = open_download(store, export)
    tracemalloc.start()
    sent = sum(len(chunk) for chunk in download.chunks)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sent == download.size > size * count
    # One member, what it is compressed to, and what the database's driver holds of it.
    assert peak < 4 * size, f"{peak / MIB:.1f} MiB"
