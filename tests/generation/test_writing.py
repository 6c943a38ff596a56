"""A project in a folder: all of it or nothing, and nothing else is touched."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.git_values import EXECUTABLE
from bot.errors import UserError
from bot.generation.files import FileSet, GeneratedFile
from bot.generation.writing import write_folder

FILES = FileSet.of(
    [
        GeneratedFile(path="README.md", content=b"Hello\n", origin="demo@1.0.0"),
        GeneratedFile(path="src/a/b.py", content=b"b\n", origin="demo@1.0.0"),
        GeneratedFile(path="src/a.py", content=b"a\n", origin="demo@1.0.0"),
        GeneratedFile(path="run", content=b"#!\n", mode=EXECUTABLE, origin="demo@1.0.0"),
    ]
)


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def listed(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


WHOLE = ["README.md", "run", "src", "src/a", "src/a.py", "src/a/b.py"]


def test_an_absent_folder_is_made_with_those_above(tmp_path: Path) -> None:
    made = write_folder(FILES, tmp_path / "x" / "y" / "orders")
    assert made == tmp_path / "x" / "y" / "orders"
    assert listed(made) == WHOLE
    assert listed(made.parent) == ["orders", *(f"orders/{path}" for path in WHOLE)]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    assert listed(write_folder(FILES, tmp_path / "orders")) == WHOLE


@pytest.mark.usefixtures("umask")
def test_modes_are_as_the_umask_lets_them_be(tmp_path: Path) -> None:
    folder = write_folder(FILES, tmp_path / "orders")
    modes = {path: stat.S_IMODE((folder / path).stat().st_mode) for path in (".", *WHOLE)}
    assert modes == {
        **{".": 0o750, "src": 0o750, "src/a": 0o750},
        **{"README.md": 0o640, "run": 0o750, "src/a.py": 0o640, "src/a/b.py": 0o640},
    }


def test_the_folder_one_stands_in_stays_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = tmp_path.stat().st_ino
    write_folder(FILES, Path())
    assert listed(Path()) == WHOLE
    assert tmp_path.stat().st_ino == before


def occupied(tmp_path: Path, kind: str) -> Path:
    target = tmp_path / "orders"
    if kind == "file":
        target.write_text("mine")
    elif kind == "full":
        (target / ".hidden").mkdir(parents=True)
    elif kind == "link":
        (tmp_path / "elsewhere").mkdir()
        target.symlink_to(tmp_path / "elsewhere")
    elif kind == "lost link":
        target.symlink_to(tmp_path / "nowhere")
    elif kind == "pipe":
        os.mkfifo(target)
    return target


@pytest.mark.parametrize("kind", ["file", "full", "link", "lost link", "pipe"])
def test_nothing_is_overwritten_and_no_link_followed(tmp_path: Path, kind: str) -> None:
    target = occupied(tmp_path, kind)
    before = listed(tmp_path)
    with pytest.raises(UserError) as refused:
        write_folder(FILES, target)
    assert refused.value.reason == "folder_not_empty"
    assert listed(tmp_path) == before


def test_what_comes_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "orders"
    # Somebody is quicker: right after the look, before the folder gets its name.
    monkeypatch.setattr(
        "bot.generation.writing.check_folder_free",
        lambda folder: (folder.mkdir(), (folder / "theirs").write_text("x")),
    )
    with pytest.raises(UserError) as refused:
        write_folder(FILES, target)
    assert refused.value.reason == "folder_not_empty"
    assert listed(tmp_path) == ["orders", "orders/theirs"]


@pytest.mark.parametrize("theirs", ["README.md", "src/x", "other"])
def test_nor_in_the_folder_one_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theirs: str
) -> None:
    monkeypatch.chdir(tmp_path)

    def come(folder: Path) -> None:
        (folder / theirs).parent.mkdir(exist_ok=True)
        (folder / theirs).write_text("theirs")

    monkeypatch.setattr("bot.generation.writing.check_folder_free", come)
    with pytest.raises(UserError, match="not an empty folder"):
        write_folder(FILES, Path())
    assert [path for path in listed(tmp_path) if (tmp_path / path).is_file()] == [theirs]
    assert (tmp_path / theirs).read_text() == "theirs"


def test_a_disk_that_is_full_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    # No disk of ours can be filled for a test.
    monkeypatch.setattr("bot.generation.writing._write_file", full)
    with pytest.raises(UserError, match="cannot be written: No space left on device") as refused:
        write_folder(FILES, tmp_path / "orders")
    assert refused.value.reason == "cannot_write"
    assert listed(tmp_path) == []


def test_a_folder_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="file/orders"):
        write_folder(FILES, tmp_path / "file" / "orders")


def test_deep_and_long_paths_are_written(tmp_path: Path) -> None:
    path = "/".join(["d" * 60] * 64)
    folder = write_folder(
        FileSet.of([GeneratedFile(path=path, content=b"x", origin="demo@1.0.0")]),
        tmp_path / "orders",
    )
    assert len(list(folder.iterdir())) == 1
