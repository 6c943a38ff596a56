"""Every door through which a path or a file comes, held to one table of hostile paths.

And what comes through all of them with its bytes and its mode as they were.
"""

from __future__ import annotations

import io
import stat
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.build import utc_now
from bot.core.git_values import EXECUTABLE, REGULAR, FileToWrite
from bot.errors import UserError
from bot.exports import EXPORTERS, exporter
from bot.exports.spec import members_of
from bot.forges.local import LocalForge, People
from bot.generation.files import FileSet, GeneratedFile
from bot.generation.generator import ProjectGenerator
from bot.generation.writing import write_folder
from bot.store.opening import open_store
from bot.store.port import NewFile, Store
from tests.generation.conftest import WritePack
from tests.hostile_paths import CLASHES, FIT, REFUSED
from tests.store.making import project_of, running, save

HOSTILE = [path for path, _ in REFUSED]
MODES = [0o120000, 0o160000, 0o040000, 0o100600]
CONTENTS = {
    "README.md": (b"text\n", REGULAR),
    "run.sh": (b"#!/bin/sh\r\nexit 0\n", EXECUTABLE),
    "bin/a b/tool": (b"\x7fELF\0\xff\xfe{{ name }}", EXECUTABLE),
    "docs/ü/日本.bin": (bytes(range(256)) * 10, REGULAR),
    "empty": (b"", REGULAR),
    "latin": (b"caf\xe9", REGULAR),
    "no-end": (b"x", REGULAR),
}


def generated(path: str, content: bytes = b"x", mode: int = REGULAR) -> GeneratedFile:
    return GeneratedFile(path=path, content=content, mode=mode, origin="demo@1.0.0")


def ungated(*files: GeneratedFile) -> FileSet:
    """As somebody might make one who forgot about the gate."""
    return FileSet(files=tuple(sorted(files, key=lambda file: file.path)))


def members(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'a.db'}", clock=utc_now)
    store.database.migrate()
    yield store
    store.database.close()


def refused(path: str, error: UserError) -> None:
    assert error.reason == "bad_path", path
    assert error.message.isascii(), path


def test_no_hostile_path_comes_in_by_an_agent() -> None:
    for path in HOSTILE:
        with pytest.raises(UserError) as error:
            FileSet.of([generated(path), generated("README.md")])
        refused(path, error.value)


def yaml_text(text: str) -> str:
    """The text in YAML's double quotes, whatever is in it."""
    return '"' + "".join(c if c.isalnum() else f"\\U{ord(c):08x}" for c in text) + '"'


def test_no_hostile_path_comes_in_by_a_pack(write_pack: WritePack, tmp_path: Path) -> None:
    library = write_pack("", {"{{ where }}": "x"})
    manifest = tmp_path / "packs/demo/pack.yaml"
    beginning = manifest.read_text()
    for path in HOSTILE[1:]:  # An empty one leaves the file out.
        if len(path) > 5_000:
            continue
        manifest.write_text(f"{beginning}computed: {{where: {yaml_text(path)}}}\n")
        again = type(library)(tmp_path / "packs")
        with pytest.raises(UserError) as error:
            ProjectGenerator(again).generate("demo", {})
        # What YAML or no text may hold is refused before it is a path.
        assert error.value.reason in ("bad_path", "bad_pack"), path


def test_no_hostile_path_comes_in_by_an_answer(write_pack: WritePack) -> None:
    generator = ProjectGenerator(write_pack("", {"{{ name }}": "x"}))
    for path in HOSTILE[1:]:
        if path == path.strip():
            with pytest.raises(UserError) as error:
                generator.generate("demo", {"name": path})
            assert error.value.reason in ("bad_path", "bad_answer"), path


def test_no_hostile_path_is_kept_in_the_store(store: Store) -> None:
    run = running(store)
    for path in HOSTILE:
        with pytest.raises(UserError) as error:
            save(store, run, NewFile(path=path, content=b"", mode=REGULAR, origin="agent"))
        refused(path, error.value)


@pytest.mark.parametrize("kind", [one.type for one in EXPORTERS])
def test_no_hostile_path_goes_into_an_archive(kind: str) -> None:
    for path in HOSTILE:
        with pytest.raises(UserError) as error:
            list(exporter(kind).build("demo", members_of([generated(path)])))
        refused(path, error.value)
    for paths in CLASHES:
        with pytest.raises((UserError, ValueError)):
            list(exporter(kind).build("demo", members_of(ungated(*map(generated, paths)))))
    for mode in MODES:
        with pytest.raises(UserError):
            list(exporter(kind).build("demo", members_of([generated("a", mode=mode)])))


def test_no_hostile_path_is_written_to_a_folder(tmp_path: Path) -> None:
    target = tmp_path / "in" / "here"
    hostile = [ungated(generated(path)) for path in HOSTILE]
    hostile += [ungated(*map(generated, paths)) for paths in CLASHES]
    hostile += [ungated(generated("a", mode=mode)) for mode in MODES]
    for files in hostile:
        with pytest.raises(UserError) as error:
            write_folder(files, target)
        refused(files.files[0].path, error.value)
        assert members(tmp_path) == [tmp_path / "in"]


@pytest.fixture
def everything() -> FileSet:
    files = [generated(path, *kept) for path, kept in CONTENTS.items()]
    return FileSet.of([*files, *(generated(path) for path in FIT if path not in CONTENTS)])


def expected(files: FileSet) -> dict[str, tuple[bytes, bool]]:
    return {file.path: (file.content, file.mode == EXECUTABLE) for file in files}


def test_everything_fit_is_in_the_folder_as_it_was(everything: FileSet, tmp_path: Path) -> None:
    folder = write_folder(everything, tmp_path / "here")
    assert {
        path.relative_to(folder).as_posix(): (
            path.read_bytes(), bool(path.stat().st_mode & stat.S_IXUSR),
        )
        for path in members(folder)
        if path.is_file()
    } == expected(everything)  # fmt: skip


def test_everything_fit_is_in_the_store_as_it_was(everything: FileSet, store: Store) -> None:
    run = running(store)
    save(
        store,
        run,
        *(
            NewFile(path=one.path, content=one.content, mode=one.mode, origin=one.origin)
            for one in everything
        ),
    )
    listed = store.projects.files(project_of(run))
    contents = store.projects.contents(file.content_hash for file in listed)
    assert {
        file.path: (contents[file.content_hash], file.mode == EXECUTABLE) for file in listed
    } == expected(everything)


def unpacked(kind: str, content: bytes) -> dict[str, tuple[bytes, bool]]:
    if kind == "zip":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {
                info.filename: (archive.read(info), bool(info.external_attr >> 16 & 0o100))
                for info in archive.infolist()
                if not info.is_dir()
            }
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        found = {}
        for member in archive:
            opened = archive.extractfile(member)
            if opened is not None:
                found[member.name] = (opened.read(), bool(member.mode & 0o100))
        return found


@pytest.mark.parametrize("kind", [one.type for one in EXPORTERS])
def test_everything_fit_is_in_an_archive_as_it_was(everything: FileSet, kind: str) -> None:
    content = b"".join(exporter(kind).build("demo", members_of(everything)))
    assert unpacked(kind, content) == {
        f"demo/{path}": kept for path, kept in expected(everything).items()
    }


def test_everything_fit_is_in_a_repository_as_it_was(everything: FileSet, tmp_path: Path) -> None:
    forge = LocalForge(tmp_path / "forge", clock=lambda: datetime(2026, 11, 2, tzinfo=UTC))
    people = People(forge)
    repository = people.ensure_repository("demo/orders")
    base = forge.head(repository, repository.default_branch)
    assert base is not None
    files = [FileToWrite(path=one.path, content=one.content, mode=one.mode) for one in everything]
    made = forge.commit_on_new_branch(
        repository, branch="topic", base=base, files=files, message="All"
    )
    modes = {file.path: file.mode == EXECUTABLE for file in people.files_of(repository, made.id)}
    for path, (content, is_executable) in expected(everything).items():
        assert people.read_file(repository, made.id, path, 10_000) == content, path
        assert modes[path] is is_executable, path


def test_git_checks_everything_fit_out(everything: FileSet, tmp_path: Path) -> None:
    folder = write_folder(everything, tmp_path / "here")
    strict = ("-c", "core.protectHFS=true", "-c", "core.protectNTFS=true")

    def git(*words: str) -> str:
        done = subprocess.run(["git", *strict, *words], cwd=folder, capture_output=True, check=True)
        return done.stdout.decode().strip()

    git("init", "--quiet")
    git("add", "--all", "--force")
    assert git("write-tree") == everything.tree_id
