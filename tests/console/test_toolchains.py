"""``firstcommit toolchains``."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli import main
from bot.console import pack_source, toolchains
from bot.core.git_values import TreeFile
from bot.generation.foreign.bundle import Bundle, PackKind
from bot.generation.pack_format import PackSource
from bot.generation.packs import PackLibrary


@pytest.fixture
def packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of one pack whose lock names a package that is nowhere."""
    folder = tmp_path / "templates" / "packs" / "tooled"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "a.txt").write_text("a\n")
    (folder / "python.lock").write_text(f"fc-nowhere==1.0 --hash=sha256:{'0' * 64}\n")
    (folder / "pack.yaml").write_text(
        "name: tooled\nversion: 1.0.0\nsummary: Tooled\nquestions: {name: {type: string}}\n"
        "toolchain: {python: python.lock}\n"
    )
    # The packs that ship are not what is tried here, and building theirs asks a registry.
    monkeypatch.setattr(toolchains, "templates_dir", lambda: tmp_path / "templates")
    monkeypatch.setenv("FIRSTCOMMIT_DATA_DIR", str(tmp_path / "data"))
    for name in ("UV_OFFLINE", "PIP_NO_INDEX"):
        monkeypatch.setenv(name, "1")
    return folder


def test_what_packs_ask_for_is_listed(packs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["toolchains", "list"]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["ID", "KIND", "STATE", "PACKS"]
    assert row.split()[1:] == ["python", "not", "built", "tooled"]


def test_a_build_that_fails_says_what_the_installer_said(
    packs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["toolchains", "build", "tooled"]) == 1
    told = capsys.readouterr().out
    assert "(tooled): failed" in told
    assert "fc-nowhere" in told


def test_an_unknown_pack_is_refused(packs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["toolchains", "build", "tolled"]) == 1
    assert "Did you mean tooled?" in capsys.readouterr().err


def test_nothing_is_removed_where_nothing_is_left_over(
    packs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["toolchains", "prune"]) == 0
    assert capsys.readouterr().out == "Nothing to remove.\n"


def test_a_folder_that_is_named_is_built_from(
    packs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(packs, tmp_path / "theirs" / "tooled")
    assert main(["toolchains", "build", str(tmp_path / "theirs" / "tooled")]) == 1
    told = capsys.readouterr().out
    assert f"({tmp_path}/theirs/tooled): failed" in told
    assert "fc-nowhere" in told


@pytest.mark.parametrize("trusted", [False, True])
def test_a_pack_that_lies_elsewhere_is_built_from_where_the_operator_trusts_it(
    packs: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    trusted: bool,
) -> None:
    source = PackSource(
        kind="repository",
        name="tooled",
        address=f"github:acme/tooled@{'a' * 40}",
        shown="github:acme/tooled",
        trusted=trusted,
    )
    lock = TreeFile(path="python.lock", content=(packs / "python.lock").read_bytes(), mode=0o100644)
    pack = replace(
        PackLibrary(packs.parent).get("tooled"),
        source=source,
        bundle=Bundle(files=(lock,), kind=PackKind.OURS),
    )
    monkeypatch.setattr(pack_source, "_fetched", lambda settings, text: pack)
    assert main(["toolchains", "build", "github:acme/tooled@v1"]) == 1
    told = capsys.readouterr()
    if trusted:
        assert "(github:acme/tooled): failed" in told.out
        assert "fc-nowhere" in told.out
    else:
        assert "Nothing is installed from the lock files of github:acme/tooled." in told.err
        assert "FIRSTCOMMIT_TRUSTED_TEMPLATES" in told.err
        assert not told.out


def test_what_was_built_for_others_is_listed_and_kept(
    packs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "data" / "toolchains" / "0123456789abcdef"
    place.mkdir(parents=True)
    told = '{"kind": "python", "asked_for": "github:acme/tooled"}'
    (place / "complete.json").write_text(told)
    assert main(["toolchains", "list"]) == 0
    row = capsys.readouterr().out.splitlines()[-1]
    assert row.split() == ["0123456789abcdef", "python", "built", "github:acme/tooled"]
    assert main(["toolchains", "prune"]) == 0
    assert capsys.readouterr().out == "Nothing to remove.\n"
    assert main(["toolchains", "prune", "--others"]) == 0
    assert capsys.readouterr().out == "removed 0123456789abcdef\n"
