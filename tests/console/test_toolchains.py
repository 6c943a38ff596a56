"""``firstcommit toolchains``."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli import main
from bot.console import toolchains


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
