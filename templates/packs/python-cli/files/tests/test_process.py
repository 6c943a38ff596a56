"""What a shell sees: exit codes, both outputs, pipes and signals."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import {{ module }} as package
from {{ module }}.cli import PROGRAM

POSIX = pytest.mark.skipif(os.name != "posix", reason="pipes and signals of POSIX")
TIMEOUT_S = 30


class Tool:
    """Starts the tool; all that it reads and writes is bytes."""

    def __init__(self, folder: Path) -> None:
        """Args:
        folder: Where it starts.
        """
        self.folder = folder
        source = Path(package.__file__).parent.parent
        self._environment = {
            **os.environ,
            "COLUMNS": "200",
            "NO_COLOR": "1",
            "PYTHONPATH": str(source),
        }

    def start(self, *arguments: str | bytes) -> subprocess.Popen[bytes]:
        """Start it and let it run."""
        return subprocess.Popen(
            [sys.executable, "-m", package.__name__, *arguments],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(
        self, *arguments: str | bytes, stdin: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        """Run it to its end."""
        with self.start(*arguments) as process:
            out, err = process.communicate(stdin, timeout=TIMEOUT_S)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture
def tool(tmp_path: Path) -> Iterator[Tool]:
    """The tool in an empty folder, told of Ctrl-C even where the tests themselves are not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield Tool(tmp_path)
    signal.signal(signal.SIGINT, before)


def test_it_counts_what_is_piped_into_it(tool: Tool) -> None:
    done = tool.run("count", stdin=b"one two\nthree\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"2\t3\t14\t-\n", b"")


def test_it_counts_files_in_the_order_in_which_they_were_named(tool: Tool) -> None:
    (tool.folder / "b").write_text("x")
    (tool.folder / "a").write_text("")
    done = tool.run("count", "--json", "b", "a")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"file": "b", "lines": 0, "words": 1, "size_bytes": 1},
        {"file": "a", "lines": 0, "words": 0, "size_bytes": 0},
    ]


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_counted(tool: Tool) -> None:
    (tool.folder / "there").write_text("x\n")
    done = tool.run("count", "absent", "there")
    assert done.returncode == 1
    assert done.stdout == b"1\t1\t2\tthere\n"
    assert done.stderr.decode().splitlines() == [f"{PROGRAM}: absent: No such file or directory"]


@pytest.mark.parametrize("arguments", [(), ("cuont",), ("count", "--jso"), ("--loud", "count")])
def test_a_command_line_that_makes_no_sense_ends_with_2(
    tool: Tool, arguments: tuple[str, ...]
) -> None:
    done = tool.run(*arguments)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.startswith(f"usage: {PROGRAM}".encode())


def test_it_says_its_version(tool: Tool) -> None:
    done = tool.run("--version")
    assert (done.returncode, done.stdout) == (0, f"{PROGRAM} {package.__version__}\n".encode())


@pytest.mark.parametrize("arguments", [("--help",), ("count", "--help")])
def test_it_helps(tool: Tool, arguments: tuple[str, ...]) -> None:
    done = tool.run(*arguments)
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: {PROGRAM}".encode())


@POSIX
def test_a_name_that_is_no_text_leaves_as_it_came(tool: Tool) -> None:
    done = tool.run("count", b"\xff", "--json")
    assert done.returncode == 1
    try:
        (tool.folder / os.fsdecode(b"\xff")).write_text("x")
    except OSError:
        pytest.skip("this disk takes no such name")
    assert tool.run("count", b"\xff").stdout == b"0\t1\t1\t\xff\n"
    assert json.loads(tool.run("count", b"\xff", "--json").stdout)["file"] == "\udcff"


@POSIX
def test_a_reader_that_goes_early_is_no_error_to_tell(tool: Tool) -> None:
    with tool.start("count") as process:
        assert process.stdout
        process.stdout.close()
        _, err = process.communicate(b"x", timeout=TIMEOUT_S)
    assert (process.returncode, err) == (141, b"")


@POSIX
def test_an_interrupt_ends_it_without_a_traceback(tool: Tool) -> None:
    with tool.start("--verbose", "count") as process:
        assert process.stderr
        assert process.stderr.readline() == f"{PROGRAM}: reading -\n".encode()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, err) == (130, b"")
