"""The text of each file that the scripted model writes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.agents.scripted.reading import Missing
from bot.agents.scripted.wishes import COUNTED, factor

_COUNTING = {
    "words": "len(text.split())",
    "lines": "len(text.splitlines())",
    "letters": "sum(sign.isalpha() for sign in text)",
    "digits": "sum(sign.isdigit() for sign in text)",
    "vowels": 'sum(sign in "aeiou" for sign in text.lower())',
}
#: How many of each there are in a text.
_SAMPLE = "One two\\nthree 45\\n"
_COUNTS = {"words": 4, "lines": 2, "letters": 11, "digits": 2, "vowels": 5}


def work(functions: Sequence[str], *, is_right: bool) -> str:
    """The module that does the work, by what its functions are called."""
    if len(functions) == 1:
        return _counting(functions[0])
    return _conversion(functions[0], functions[1], is_right=is_right)


def _counting(function: str) -> str:
    counted = function.removeprefix("count_")
    if counted not in COUNTED:
        raise Missing(f"It is not known what {function} does.")
    return f'''"""Counting {counted}, which knows of no command line."""


def {function}(text: str) -> int:
    """Tell how many {counted} there are in a text."""
    return {_COUNTING[counted]}
'''


def _conversion(there: str, back: str, *, is_right: bool) -> str:
    one, _, other = there.partition("_to_")
    number = factor(one, other)
    if number is None or back != f"{other}_to_{one}":
        raise Missing(f"It is not known what {there} and {back} do.")
    return f'''"""Conversions between {one} and {other}."""

FACTOR = {number!r}


def {there}(value: float) -> float:
    """Give in {other} what is given in {one}."""
    return value * FACTOR


def {back}(value: float) -> float:
    """Give in {one} what is given in {other}."""
    return value {"/" if is_right else "*"} FACTOR
'''


def command(project: str, summary: str, name: str, functions: Sequence[str]) -> str:
    """The command line over the module that does the work."""
    function = functions[0]
    if len(functions) > 1:
        return _converting_command(project, summary, name, function)
    return f'''"""The command line: what can be typed, and what a shell gets back."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .{name} import {function}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a number for each file, or for standard input, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="{project}",
        description="{summary}.",
    )
    parser.add_argument("files", metavar="FILE", nargs="*", help="standard input if there is none")
    options = parser.parse_args(arguments)
    texts = [Path(file).read_text(encoding="utf-8") for file in options.files]
    for text in texts or [sys.stdin.read()]:
        print({function}(text))
    return 0
'''


def _converting_command(project: str, summary: str, name: str, function: str) -> str:
    return f'''"""The command line: what can be typed, and what a shell gets back."""

import argparse
from collections.abc import Sequence

from .{name} import {function}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what each number comes to, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="{project}",
        description="{summary}.",
    )
    parser.add_argument("numbers", metavar="NUMBER", nargs="+", type=float)
    options = parser.parse_args(arguments)
    for number in options.numbers:
        print({function}(number))
    return 0
'''


def exports(module: str, summary: str, name: str, functions: Sequence[str]) -> str:
    """What the package offers."""
    offered = sorted(functions)
    listed = ", ".join(f'"{one}"' for one in ("__version__", *offered))
    return f'''"""{summary}."""

from {module}.{name} import {", ".join(offered)}

__all__ = [{listed}]

__version__ = "0.1.0"
'''


def work_tests(module: str, name: str, functions: Sequence[str]) -> str:
    """Tests of the module that does the work."""
    if len(functions) > 1:
        return _conversion_tests(module, name, functions[0], functions[1])
    function = functions[0]
    counted = function.removeprefix("count_")
    return f'''from {module}.{name} import {function}


def test_it_counts_{counted}() -> None:
    assert {function}("{_SAMPLE}") == {_COUNTS[counted]}


def test_nothing_has_none() -> None:
    assert {function}("") == 0
'''


def _conversion_tests(module: str, name: str, there: str, back: str) -> str:
    one, _, other = there.partition("_to_")
    offered = ", ".join(sorted((there, back)))
    return f"""import pytest

from {module}.{name} import {offered}


def test_one_of_the_{one}() -> None:
    assert {there}(1) == pytest.approx({factor(one, other)!r})


@pytest.mark.parametrize("value", [0.0, 1.0, 7.5])
def test_there_and_back_again_changes_nothing(value: float) -> None:
    assert {back}({there}(value)) == pytest.approx(value)
"""


def command_tests(module: str, one: str, other: str) -> str:
    """Tests of the command, run in this process and as a program.

    Args:
        one: What it counts; or the unit that it converts into the ``other``.
    """
    if other:
        return _converting_command_tests(module, one, other)
    return f'''import io
import runpy
from pathlib import Path

import pytest

from {module} import cli


def test_each_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_text("{_SAMPLE}", encoding="utf-8")
    assert cli.main([str(file), str(file)]) == 0
    assert capsys.readouterr().out == "{_COUNTS[one]}\\n{_COUNTS[one]}\\n"


def test_it_is_a_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("{_SAMPLE}"))
    monkeypatch.setattr("sys.argv", ["program"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("{module}", run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out == "{_COUNTS[one]}\\n"
'''


def _converting_command_tests(module: str, one: str, other: str) -> str:
    return f'''import runpy

import pytest

from {module} import cli


def test_each_number_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["0", "1"]) == 0
    assert capsys.readouterr().out.split() == ["0.0", "{factor(one, other)!r}"]


def test_it_is_a_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["program", "1"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("{module}", run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out.split() == ["{factor(one, other)!r}"]
'''


def readme(
    project: str, summary: str, name: str, functions: Sequence[str], is_command: bool
) -> str:
    """What it is for, and how it is used."""
    module, function = project.replace("-", "_"), functions[0]
    given = '"one two"' if function.startswith("count") else "1.0"
    example = f"$ {project} README.md" if is_command else f">>> {module}.{function}({given})"
    start = "" if is_command else f">>> import {module}\n"
    return f"""# {project}

{summary}.

```console
{start}{example}
```

The work is done by `{function}` in `src/{module}/{name}.py`; `make check` runs the tests.
"""
