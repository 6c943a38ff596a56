"""``firstcommit packs`` and ``firstcommit generate``, as somebody types them."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import cli
from bot.generation.packs import PackLibrary
from tests.packs.conftest import PACKS
from tests.parts import ROOT

Type = Callable[..., tuple[int, str, str]]
SECRET = "ghp_" + "q7Rt2Lm9Zx4Kc8Vb1Nw6Ys3Hd5Jf0PgAeUi" + "T"


@pytest.fixture
def type_in(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Type:
    """Type a command in an empty folder: its exit code, and what it wrote."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("FIRSTCOMMIT_DATA_DIR", str(tmp_path / "data"))

    def type_in(*words: str) -> tuple[int, str, str]:
        code = cli.main(words)
        written = capsys.readouterr()
        return code, written.out, written.err

    return type_in


def below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_list_names_what_ships(type_in: Type, tmp_path: Path) -> None:
    code, out, _ = type_in("packs", "list")
    assert code == 0
    names = [line.split()[0] for line in out.splitlines()]
    assert names == ["NAME", *PackLibrary(PACKS).names()]
    _, out, _ = type_in("packs", "list", "--json")
    assert [one["name"] for one in json.loads(out)] == names[1:]
    assert not (tmp_path / "data").exists()


def test_show_tells_what_is_asked_made_and_checked(type_in: Type) -> None:
    code, out, _ = type_in("packs", "show", "python-package")
    assert code == 0
    assert "Apache-2.0|MIT|none" in out
    assert "src/{{ module }}/__init__.py" in out
    assert "pytest" in out
    _, out, _ = type_in("packs", "show", "python-package", "--json")
    data = json.loads(out)
    assert data["answers"]["properties"]["name"]["type"] == "string"
    assert data["questions"][0]["name"] == "name"


def test_a_question_that_the_place_answers_is_not_called_needed(type_in: Type) -> None:
    _, out, _ = type_in("packs", "show", "python-package")
    assert out.splitlines()[-1] == "firstcommit generate python-package name=…"
    assert "default: github here" in out


def test_the_commands_that_are_told_name_the_pack_as_it_was_named(type_in: Type) -> None:
    type_in("packs", "new", "my-pack", "-o", "my packs")
    _, out, _ = type_in("packs", "show", "my packs/my-pack")
    assert "firstcommit generate 'my packs/my-pack' name=…" in out
    _, _, err = type_in("packs", "render", "my packs/my-pack", "name=!")
    assert "`firstcommit packs show 'my packs/my-pack'`" in err


def test_a_new_pack_passes_its_check_and_renders(type_in: Type) -> None:
    assert type_in("packs", "new", "my-pack")[0] == 0
    code, out, _ = type_in("packs", "check", "--strict", "my-pack", "./my-pack")
    assert (code, len(out.splitlines())) == (0, 2)
    code, out, _ = type_in("packs", "render", "my-pack", "name=orders", "parts=a,b", "-o", "made")
    assert code == 0
    assert below(Path("made")) == {
        ".editorconfig", ".firstcommit/project.yml", "LICENSE", "README.md", "src/a.txt",
        "src/b.txt",
    }  # fmt: skip
    assert Path("made/README.md").read_text() == (
        "# Orders\n\nA new project.\n\n- [a](src/a.txt)\n- [b](src/b.txt)\n\n"
        "MIT. See [`LICENSE`](LICENSE).\n"
    )
    assert "SOFTWARE.\n" in Path("made/LICENSE").read_text()
    assert not Path("made/LICENSE").read_text().endswith("\n\n")


@pytest.mark.parametrize("name", ["My Pack", "a_b", "../x", "-", "a--b"])
def test_a_pack_is_begun_only_under_a_name_that_it_may_have(type_in: Type, name: str) -> None:
    code, _, err = type_in("packs", "new", "--", name)
    assert code == 1
    assert "small letters, digits and single hyphens" in err
    assert below(Path()) == set()


def test_a_new_pack_overwrites_nothing(type_in: Type) -> None:
    Path("my-pack").mkdir()
    Path("my-pack/mine").write_text("x")
    code, _, err = type_in("packs", "new", "my-pack")
    assert (code, below(Path())) == (1, {"my-pack/mine"})
    assert "not an empty folder" in err


def test_check_tells_everything_with_file_line_and_column(type_in: Type) -> None:
    for name in ("bad", "worse"):
        type_in("packs", "new", name)
    manifest = Path("bad/pack.yaml")
    manifest.write_text(manifest.read_text().replace("type: list", "type: lst"))
    Path("worse/files/README.md").write_text("{{ titel }}\n")
    code, out, _ = type_in("packs", "check", "bad", "worse", "python-package", "absent/")
    lines = out.splitlines()
    assert code == 1
    assert lines[0].startswith("bad/pack.yaml:28:11: question parts, type: a question's type is")
    assert "did you mean 'list'?" in lines[0]
    assert "worse/files/README.md:1:4: 'titel' is undefined; did you mean 'title'?" in lines
    assert any(line.startswith("python-package: fine: ") for line in lines)
    assert lines[-1] == "absent/pack.yaml is not there."


def test_render_shows_what_would_be_made_and_writes_nothing(type_in: Type) -> None:
    code, out, _ = type_in("packs", "render", "python-package", "name=my-lib")
    assert code == 0
    assert "src/my_lib/__init__.py" in out
    _, out, _ = type_in("packs", "render", "python-package", "name=my-lib", "--print", "README.md")
    assert out.startswith("# my-lib\n")
    code, _, err = type_in("packs", "render", "python-package", "name=my-lib", "--print", "none")
    assert (code, "no file 'none'" in err) == (1, True)
    assert below(Path()) == set()


def test_generate_writes_a_folder_named_after_the_project(type_in: Type) -> None:
    code, out, err = type_in("generate", "python-package", "name=my-lib", "licence=mit")
    assert (code, err) == (0, "")
    assert "my-lib: " in out
    assert str(Path("my-lib").resolve()) in out
    assert "src/my_lib/__init__.py" in below(Path("my-lib"))
    code, _, err = type_in("generate", "python-package", "name=my-lib")
    assert code == 1
    assert "absent or empty" in err


def test_generate_reads_answers_from_a_file(type_in: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("answers.yml").write_text("name: my-lib\npython: 3.12\nlicence: none\n")
    code, _, _ = type_in(
        "generate", "python-package", "--answers", "answers.yml", "licence=MIT", "-o", "x/y"
    )
    assert code == 0
    assert ">=3.12" in Path("x/y/pyproject.toml").read_text()
    assert Path("x/y/LICENSE").read_text().startswith("MIT")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"name": "other"}')))
    assert type_in("generate", "python-package", "--answers", "-")[0] == 0
    assert Path("other/README.md").is_file()


def test_what_is_missing_is_listed_with_its_help_and_how_to_give_it(type_in: Type) -> None:
    code, _, err = type_in("generate", "python-package", "licence=GPL", "nmae=x")
    assert code == 1
    assert "nmae is no question of this pack; did you mean `name`?" in err
    assert "name is missing: 2 to 63 small letters" in err
    assert "licence has to be one of Apache-2.0, MIT, none" in err
    assert "Give name=… behind the pack, or --answers FILE." in err
    assert "firstcommit packs show python-package" in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["python-package", "name"], "'name' is no answer"),
        (["python-package", "name=a", "name=b"], "name is answered twice"),
        (["pyton-package", "name=a"], "Did you mean python-package"),
        (["python-package", "--answers", "none.yml"], "none.yml cannot be read"),
        (["./nowhere", "name=a"], "nowhere/pack.yaml is not there"),
    ],
)
def test_a_slip_is_told_and_nothing_written(type_in: Type, words: list[str], told: str) -> None:
    code, _, err = type_in("generate", *words)
    assert code == 1
    assert told in err
    assert below(Path()) == set()


def test_a_secret_is_never_written_and_told_by_its_place(type_in: Type) -> None:
    code, out, err = type_in("generate", "python-package", "name=my-lib", f"description={SECRET}")
    assert code == 1
    assert "pyproject.toml:8: looks like a secret: GitHub token" in err
    assert SECRET not in out + err
    assert below(Path()) == set()


def test_what_is_missing_is_asked_for_on_a_terminal(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, b"My Lib\nmy-lib\n")
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "generate", "python-package", "-o", str(tmp_path / "a")],
        cwd=ROOT,
        env={**os.environ, "FIRSTCOMMIT_DATA_DIR": str(tmp_path / "data")},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=True,
        timeout=60,
    )
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "name (2 to 63 small letters" in shown
    assert "name is 'My Lib', which does not fit" in shown
    assert "my-lib: " in done.stdout.decode()
    assert "src/my_lib/__init__.py" in below(tmp_path / "a")
