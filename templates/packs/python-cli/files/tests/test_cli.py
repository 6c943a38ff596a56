"""The same within this process, and what the package says of its command."""

import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from {{ module }} import cli

ROOT = Path(__file__).parent.parent


def test_each_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_text("one\n")
    assert cli.main(["count", str(file)]) == cli.ExitCode.DONE
    assert capsys.readouterr().out == f"1\t1\t4\t{file}\n"


def test_it_is_a_failure_if_one_of_several_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["count", "--json", str(tmp_path), "/dev/null"]) == cli.ExitCode.FAILED
    assert '"/dev/null"' in capsys.readouterr().out


def test_what_is_installed_as_a_command_can_be_called() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, name = project["scripts"][cli.PROGRAM].partition(":")
    assert getattr(import_module(module), name) is cli.main


def test_every_exit_code_is_documented() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"| {code} |" in readme for code in (*cli.ExitCode, 2))
