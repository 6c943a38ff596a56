"""Compiled templates from one process to the next: what is read, and what is not trusted."""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import Environment

from bot.generation import compiling, sandbox
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from tests.generation.conftest import WritePack
from tests.parts import ROOT

BODY = """\
questions:
  name: {type: string, default: orders}
  title: {type: string, default: "{{ name | title }}"}
computed: {shout: "{{ title | upper }}"}
files: [{path: b.bat, when: "{% if name %}yes{% endif %}"}]
"""
FILES = {"{{ name }}/a.txt": "{{ shout }} {{ 'x' | quoted }}\n", "b.bat": "{{ title }}\r\n"}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "cache" / "packs"


@pytest.fixture
def again(write_pack: WritePack, tmp_path: Path, kept: Path) -> Callable[[], list[str]]:
    """Makes the project as a new process would, and gives what was compiled for it."""
    write_pack(BODY, FILES)

    def make() -> list[str]:
        compiling._compiled.cache_clear()
        compiled: list[str] = []
        # Only Jinja2's own compiler tells whether it was asked; nothing of it is replaced.
        original = Environment._parse

        def counted(self: Environment, source: str, name: object, filename: object) -> object:
            compiled.append(str(name or source))
            return original(self, source, name, filename)  # type: ignore[arg-type]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Environment, "_parse", counted)
            library = PackLibrary(tmp_path / "packs", kept_in=kept)
            made = ProjectGenerator(library).generate("demo", {})
        contents = {file.path: file.content for file in made.files}
        assert contents["orders/a.txt"] == b'ORDERS "x"\n'
        assert contents["b.bat"] == b"Orders\r\n"
        return compiled

    return make


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_a_second_process_compiles_nothing(again: Callable[[], list[str]], kept: Path) -> None:
    assert again()
    assert again() == []
    assert [path.stat().st_mode & 0o777 for path in (kept, *files(kept))] == [0o700, 0o600]


def test_another_pack_or_another_sandbox_is_compiled_anew(
    again: Callable[[], list[str]], kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again()
    other = tmp_path / "sandbox.py"
    other.write_text("filters of another version")
    monkeypatch.setattr(sandbox, "__file__", str(other))
    from bot.generation import kept_code

    kept_code._fingerprint.cache_clear()
    assert again()
    kept_code._fingerprint.cache_clear()
    monkeypatch.undo()
    (tmp_path / "packs/demo/files/c.txt").write_text("{{ name }}")
    assert again()
    assert len(files(kept)) == 3


def spoiled(content: bytes) -> list[bytes]:
    """The file as it may come to be: cut off, changed in its middle, empty, of another kind."""
    middle = len(content) // 2
    return [
        content[:-1],
        content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        b"",
        b"firstcommit code 1\n",
        marshal.dumps({}),
    ]


def test_a_spoiled_file_is_passed_over_and_written_again(
    again: Callable[[], list[str]], kept: Path
) -> None:
    again()
    (path,) = files(kept)
    whole = path.read_bytes()
    for content in spoiled(whole):
        path.write_bytes(content)
        assert again()
        assert again() == []


def open_folder(kept: Path) -> None:
    kept.chmod(0o755)


def open_file(kept: Path) -> None:
    files(kept)[0].chmod(0o622)


def lead_elsewhere(kept: Path) -> None:
    kept.rename(kept.with_name("elsewhere"))
    kept.symlink_to(kept.with_name("elsewhere"))


def link_file(kept: Path) -> None:
    (path,) = files(kept)
    path.rename(kept.parent / "code")
    path.symlink_to(kept.parent / "code")


@pytest.mark.parametrize("tamper", [open_folder, open_file, lead_elsewhere, link_file])
def test_what_others_could_have_written_is_not_read(
    again: Callable[[], list[str]], kept: Path, tamper: Callable[[Path], None]
) -> None:
    again()
    tamper(kept)
    assert again()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_not_read(again: Callable[[], list[str]], kept: Path) -> None:
    again()
    os.chown(kept, 12345, 12345)
    assert again()
    assert again()


def test_a_folder_that_was_open_is_shut_and_begun_anew(
    again: Callable[[], list[str]], kept: Path
) -> None:
    again()
    kept.chmod(0o777)
    (kept / "of-others.code").write_bytes(b"x")
    again()
    assert kept.stat().st_mode & 0o777 == 0o700
    assert not (kept / "of-others.code").exists()
    assert again() == []


def test_without_a_data_folder_none_is_made(again: Callable[[], list[str]], kept: Path) -> None:
    kept.parent.parent.rmdir()
    assert again()
    assert not kept.parent.parent.exists()


def test_old_files_go(
    again: Callable[[], list[str]], kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again()
    for number in range(5):
        old = kept / f"{number}.code"
        old.write_bytes(b"")
        os.utime(old, (number, number))
    monkeypatch.setattr("bot.generation.kept_code._MOST_FILES", 3)
    (newest,) = [path for path in files(kept) if len(path.stem) > 1]
    newest.write_bytes(b"")
    again()
    assert [path.stem for path in files(kept) if len(path.stem) == 1] == ["3", "4"]


def test_a_real_second_process_finds_it(kept: Path) -> None:
    program = (
        "import sys; from pathlib import Path; import jinja2\n"
        "from bot.generation.generator import ProjectGenerator\n"
        "from bot.generation.packs import PackLibrary\n"
        "asked = []; parse = jinja2.Environment._parse\n"
        "jinja2.Environment._parse = lambda *a: (asked.append(a), parse(*a))[1]\n"
        "library = PackLibrary(Path('templates/packs'), kept_in=Path(sys.argv[1]))\n"
        "made = ProjectGenerator(library).generate('python-package', {'name': 'orders'},"
        " defaults={'ci': 'both'})\n"
        "print(len(asked), made.files.tree_id)\n"
    )

    def run() -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", program, str(kept)],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.split()

    first, second = run(), run()
    assert int(first[0]) > 0
    assert second == ["0", first[1]]
