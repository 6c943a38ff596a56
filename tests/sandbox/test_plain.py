"""A plain process with limits, where an operator accepts that."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.sandbox.plain import PlainProcesses
from bot.sandbox.port import Ending, SandboxFile, SandboxLimits, SandboxOrder, SandboxOutcome


def run(program: str, *words: str, **more: object) -> SandboxOutcome:
    order = SandboxOrder(command=[sys.executable, "-I", "-c", program, *words], **more)  # type: ignore[arg-type]
    return PlainProcesses().run(order)


def test_it_gets_files_input_and_words_and_nothing_of_our_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "hunter2")
    (tmp_path / "there.txt").write_text("mounted")
    program = (
        "import os, sys; print(sorted(os.environ), open('a/b.txt').read(), sys.stdin.read(), "
        "open(sys.argv[1] + '/there.txt').read())"
    )
    outcome = run(
        program,
        "/data/here",
        files={"a/b.txt": SandboxFile(content=b"file")},
        mounts={"/data/here": tmp_path},
        environment={"LANG": "C.UTF-8"},
        stdin=b"input",
    )
    assert outcome.succeeded, outcome.stderr
    assert b"GITHUB_TOKEN" not in outcome.stdout
    assert outcome.stdout.endswith(b"file input mounted\n")


@pytest.mark.parametrize(
    ("program", "limits", "ending"),
    [
        ("import time; time.sleep(60)", SandboxLimits(time_s=0.5), Ending.TIMED_OUT),
        ("while True: pass", SandboxLimits(time_s=0.5), Ending.TIMED_OUT),
        (
            "import os\nwhile True: os.write(1, b'x' * 4096)",
            SandboxLimits(output_bytes=10_000, disk_bytes=10_000),
            Ending.TOO_MUCH_OUTPUT,
        ),
        ("import os; os.abort()", SandboxLimits(), Ending.KILLED),
        # A signal that has no name.
        ("import os; os.kill(os.getpid(), 40)", SandboxLimits(), Ending.KILLED),
    ],
)
def test_what_goes_too_far_is_stopped(program: str, limits: SandboxLimits, ending: Ending) -> None:
    assert run(program, limits=limits).ending is ending


def test_a_program_says_how_it_ended() -> None:
    outcome = run("import sys; sys.stderr.write('no'); sys.exit(3)")
    assert (outcome.ending, outcome.exit_code, outcome.stderr) == (Ending.EXITED, 3, b"no")


def test_too_much_memory_is_not_to_be_had() -> None:
    limits = SandboxLimits(memory_bytes=10 * 1024 * 1024)
    assert b"MemoryError" in run("x = b'x' * (2 * 1024**3)", limits=limits).stderr
