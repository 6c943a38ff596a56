"""The console script: what it lists, and that it need not load everything to do so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot import cli
from tests.packages import install_module
from tests.parts import ROOT


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 0
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("noun", sorted(cli.NOUNS))
def test_a_noun_is_listed_with_the_words_that_its_own_help_begins_with(
    noun: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = cli.NOUNS[noun][1]
    assert f"{noun} {words}" in shown(capsys, "--help")
    assert words in shown(capsys, noun, "--help")


def test_help_and_version_load_neither_a_forge_nor_a_database() -> None:
    for option in ("--help", "--version"):
        code = (
            "import sys; from bot.cli import main\n"
            f"try: main([{option!r}])\n"
            "except SystemExit: pass\n"
            "heavy = {'sqlalchemy', 'flask', 'rq', 'githubkit', 'yaml', 'structlog'}\n"
            "print('loaded:', *sorted(heavy & set(sys.modules)))"
        )
        made = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert made.stdout.splitlines()[-1] == "loaded:"


def test_a_word_that_is_no_command_is_refused_with_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["conjure"])
    assert caught.value.code == 2
    assert "workflows" in capsys.readouterr().err


@pytest.mark.parametrize("part", ["serve", "web", "worker"])
def test_nothing_starts_over_a_package_whose_steps_cannot_be_used(
    part: str,
    package_path: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install_module(package_path, "broken_package", "STEP = 1", {"step": "broken_package:STEP"})
    monkeypatch.setenv("FIRSTCOMMIT_DATA_DIR", str(tmp_path / "data"))
    assert cli.main([part]) == cli.EXIT_BAD_SETTINGS
    assert "broken_package 0.1" in capsys.readouterr().err
