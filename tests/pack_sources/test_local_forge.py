"""Packs from repositories of the forge on disk, which people push to with git."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.identity import Thread
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from tests.foreign_packs import COPIER, SERVICE, quick_rooms, rooms
from tests.jobs.test_local import Disk
from tests.spine import PACKS


@pytest.fixture
def disk(tmp_path: Path, spine_database: Path) -> Iterator[Disk]:
    made = Disk(tmp_path, spine_database)
    generator = ProjectGenerator(PackLibrary(PACKS), rooms())
    made.services = replace(made.services, generator=generator)
    yield made
    made.store.database.close()


def push(disk: Disk, tmp_path: Path, name: str, files: Mapping[str, str | bytes], tag: str) -> str:
    """Push files to a repository, which is made, and a tag; the commit's id."""
    disk.people.open_thread(name, "Begin", "It begins.")
    repository = disk.forge.repository(name)
    assert repository is not None
    clone = tmp_path / "pushed" / name
    git(tmp_path, "clone", "-q", repository.clone_url, str(clone))
    for path, content in files.items():
        place = clone / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    git(clone, "add", ".")
    git(clone, "commit", "-q", "-m", "Packs")
    git(clone, "tag", "-a", "-m", tag, tag)
    git(clone, "push", "-q", "origin", "HEAD:main", tag)
    return git(clone, "rev-parse", "HEAD")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=Ann", "-c", "user.email=ann@localhost", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def made(disk: Disk, thread: Thread) -> Mapping[str, bytes | None]:
    """The files of the change that came of a thread, by path."""
    (change,) = disk.people.changes(thread.repository)
    found = disk.people.files_of(thread.repository, change.branch)
    return {
        file.path: disk.people.read_file(thread.repository, change.branch, file.path, 10_000)
        for file in found
    }


def test_an_organisations_pack(disk: Disk, tmp_path: Path) -> None:
    theirs = {f".github/firstcommit/packs/service/{path}": text for path, text in SERVICE.items()}
    commit = push(disk, tmp_path, "demo/.github", theirs, "v1")
    thread = disk.open("/generate service name=orders database=yes engine=postgres", "demo/shop")
    (living,) = disk.answers(thread)
    assert "orders is proposed in" in living
    assert f"at `{commit[:7]}`" in living
    assert made(disk, thread)["README.md"] == b"# orders\npostgres\n"


def test_a_template_of_copier_at_a_tag(disk: Disk, tmp_path: Path) -> None:
    commit = push(disk, tmp_path, "demo/tpl", COPIER, "v1.2")
    generator = ProjectGenerator(PackLibrary(PACKS), quick_rooms())
    disk.services = replace(disk.services, generator=generator)
    thread = disk.open("/generate demo/tpl@v1.2 name=big-shop features=docs", "demo/shop")
    files = made(disk, thread)
    assert files["README.md"] == b"# big-shop\ndocs\n"
    assert f'commit: "{commit}"'.encode() in (files[".firstcommit/project.yml"] or b"")
    assert b"_commit: v1.2\n_src_path: local:demo/tpl\n" in (files[".copier-answers.yml"] or b"")
