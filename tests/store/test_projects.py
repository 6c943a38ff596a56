"""Projects, their files, snapshots and contents."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import pytest

from bot.core.runs import ProjectStatus, RunStatus
from bot.errors import UserError
from bot.store.port import NewFile, Project, Store
from tests.store.making import (
    BROKEN,
    all_at_once,
    kinds,
    project_of,
    queued,
    running,
    save,
    text_file,
)

PNG = NewFile(path="docs/logo.png", content=b"\x89PNG\0\xff", mode=0o100644, origin="person")


def read(store: Store, id: str) -> Project:
    project = store.projects.get(id)
    assert project is not None
    return project


def test_files_are_saved_with_what_can_be_told_of_them(store: Store) -> None:
    run = running(store)
    script = text_file("bin/run", "#!/bin/sh\n" + "é" * 2_000, mode=0o100755)
    assert save(store, run, script, PNG) == 1
    first, second = store.projects.files(project_of(run))
    assert (first.path, first.name, first.type, first.mode) == (
        "bin/run",
        "run",
        "text/plain",
        0o100755,
    )
    assert first.preview == "#!/bin/sh\n" + "é" * 990
    assert (first.size, first.content_hash) == (
        len(script.content),
        sha256(script.content).hexdigest(),
    )
    assert (second.type, second.preview, second.origin) == ("image/png", "", "person")
    project = read(store, project_of(run))
    assert (project.status, project.snapshot) == (ProjectStatus.GENERATING, 1)
    assert (project.total_files, project.total_size) == (2, len(script.content) + len(PNG.content))


def test_the_same_files_are_the_same_snapshot(store: Store) -> None:
    run = running(store)
    files = [text_file("a.py"), text_file("b.py", "2")]
    assert save(store, run, *files) == save(store, run, *reversed(files)) == 1
    assert kinds(store, run.id).count("files_saved") == 1


@pytest.mark.parametrize(
    "changed",
    [
        [text_file("a.py", "other")],
        [text_file("a.py", mode=0o100755)],
        [text_file("b.py")],
        [text_file("a.py"), text_file("b.py")],
        [],
    ],
)
def test_other_files_are_another_snapshot(store: Store, changed: list[NewFile]) -> None:
    run = running(store)
    save(store, run, text_file("a.py"))
    before = store.projects.files(project_of(run))
    assert save(store, run, *changed) == 2
    now = store.projects.files(project_of(run))
    assert [(file.path, file.mode) for file in now] == [(file.path, file.mode) for file in changed]
    assert store.projects.files(project_of(run), snapshot=1) == before
    assert store.projects.files(project_of(run), snapshot=2) == now
    assert read(store, project_of(run)).total_files == len(changed)


def test_an_older_snapshot_tells_as_much_as_the_newest(store: Store) -> None:
    run = running(store)
    save(store, run, text_file("a.py", "ü" * 3_000), text_file("x.json", "{}"), PNG)
    files = store.projects.files(project_of(run))
    assert store.projects.files(project_of(run), snapshot=1) == files
    assert store.projects.files(project_of(run), snapshot=9) == []


def test_files_are_in_order_of_their_bytes(store: Store) -> None:
    run = running(store)
    paths = ["b", "a/z", "C", "a-b", "_x", "Ä"]
    save(store, run, *(text_file(path) for path in paths))
    assert [file.path for file in store.projects.files(project_of(run))] == sorted(paths)


@pytest.mark.parametrize(
    "files",
    [
        [text_file("a.py"), text_file("a.py", "2")],
        [text_file("a.py"), text_file("A.py")],
        [text_file("../a.py")],
        [text_file("a.py", mode=0o120000)],
        [text_file("a.py", mode=0o160000)],
    ],
)
def test_what_no_gate_would_have_let_through_is_not_kept(
    store: Store, files: list[NewFile]
) -> None:
    run = running(store)
    with pytest.raises(UserError) as refused:
        save(store, run, *files)
    assert refused.value.reason == "bad_path"
    assert read(store, project_of(run)).status is ProjectStatus.PENDING


def test_contents_come_back_and_lie_once(store: Store) -> None:
    one, two = running(store), running(store)
    save(store, one, text_file("a.py", "same"), text_file("b.py", "same"), PNG)
    save(store, two, text_file("c.py", "same"))
    hashes = [file.content_hash for file in store.projects.files(project_of(one))]
    assert len(set(hashes)) == 2
    assert store.projects.contents([*hashes, "0" * 64]) == {
        sha256(b"same").hexdigest(): b"same",
        sha256(PNG.content).hexdigest(): PNG.content,
    }


def test_two_thousand_files_are_read_back(store: Store) -> None:
    run = running(store)
    files = [text_file(f"src/{number:04}.py", f"print({number})") for number in range(2_000)]
    assert save(store, run, *files) == 1
    listed = store.projects.files(project_of(run))
    contents = store.projects.contents(file.content_hash for file in listed)
    assert [contents[file.content_hash] for file in listed] == [file.content for file in files]


def test_savers_of_the_same_contents_do_not_block_each_other(store: Store) -> None:
    files = [text_file(f"{number}.py", f"print({number})") for number in range(60)]
    runs = [running(store) for _ in range(8)]
    orders = [files if number % 2 else files[::-1] for number in range(8)]
    numbers = all_at_once(
        [
            lambda run=run, order=order: save(store, run, *order)  # type: ignore[misc]
            for run, order in zip(runs, orders, strict=True)
        ]
    )
    assert numbers == [1] * 8


def test_a_completed_project_stays_so_when_its_run_fails(store: Store) -> None:
    run = running(store)
    save(store, run, text_file("a.py"))
    store.projects.complete(project_of(run), run_id=run.id, number=1)
    store.projects.complete(project_of(run), run_id=run.id, number=1)
    store.runs.finish(run.id, 1, RunStatus.FAILED, BROKEN)
    project = read(store, project_of(run))
    assert (project.status, project.error_message) == (ProjectStatus.COMPLETED, None)
    assert project.completed_at is not None
    assert kinds(store, run.id).count("project_completed") == 1


def test_an_unfinished_project_fails_with_its_run(store: Store) -> None:
    run = running(store)
    save(store, run, text_file("a.py"))
    store.runs.finish(run.id, 1, RunStatus.FAILED, BROKEN)
    project = read(store, project_of(run))
    assert (project.status, project.error_message) == (ProjectStatus.FAILED, BROKEN.message)
    assert "project_failed" in kinds(store, run.id)
    store.runs.retry(run.id)
    assert read(store, project_of(run)).status is ProjectStatus.GENERATING


def test_projects_are_listed_newest_first(store: Store) -> None:
    made = [project_of(queued(store)) for _ in range(3)]
    assert [project.id for project in store.projects.recent()] == made[::-1]
    assert [project.id for project in store.projects.recent(limit=1)] == made[2:]
    assert store.projects.get("nobody") is None
    assert store.projects.files("nobody") == []


def test_contents_in_use_are_never_collected(
    store: Store, advance: Callable[[float], None]
) -> None:
    run = running(store)
    save(store, run, text_file("a.py", "first"))
    save(store, run, text_file("a.py", "second"))
    advance(90_000)
    assert store.projects.collect_blobs() == 0
    hashes = [sha256(text).hexdigest() for text in (b"first", b"second")]
    assert len(store.projects.contents(hashes)) == 2


def test_a_folder_shows_its_files_and_sums_up_its_folders(store: Store) -> None:
    run = running(store)
    paths = ("a.py", "größe/ü.py", "größe/mehr/b.py", "größe/mehr/c.py", "größer.py")
    save(store, run, *(text_file(path, "x" * (n + 1)) for n, path in enumerate(paths)))
    project = project_of(run)
    root = {entry.name: entry for entry in store.projects.folder(project)}
    assert set(root) == {"a.py", "größe/", "größer.py"}
    assert (root["größe/"].files, root["größe/"].size) == (3, 2 + 3 + 4)
    assert root["a.py"].content_hash == sha256(b"x").hexdigest()
    inner = {entry.name: entry.size for entry in store.projects.folder(project, "größe/")}
    assert inner == {"ü.py": 2, "mehr/": 7}
    assert store.projects.folder(project, "grö/") == []
    assert store.projects.folder(run.id) == []


def test_files_are_listed_by_type_and_by_how_their_paths_begin(store: Store) -> None:
    run = running(store)
    image = NewFile(
        path="docs/a.png", content=b"\x89PNG\r\n\x1a\n\0", mode=0o100644, origin="agent"
    )
    save(store, run, image, *map(text_file, ("a.py", "docs/b.py", "docs.py")))

    def paths(*, prefix: str = "", type: str = "", after: str | None = None) -> list[str]:
        projects, project = store.projects, project_of(run)
        page = projects.files_page(project, prefix=prefix, type=type, after=after)
        return [file.path for file in page.items]

    assert paths(prefix="docs/") == ["docs/a.png", "docs/b.py"]
    assert paths(prefix="docs", after="docs.py") == ["docs/a.png", "docs/b.py"]
    assert paths(type="image/png") == paths(type="image/*") == ["docs/a.png"]
    assert paths(type="text/*") == ["a.py", "docs.py", "docs/b.py"]
    assert paths(type="t%t/*") == paths(type="te_t/*") == []
