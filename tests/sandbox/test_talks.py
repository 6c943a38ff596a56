"""A program that is spoken with, in a sandbox and in a plain process."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.sandbox.bubblewrap import Bubblewrap
from bot.sandbox.plain import PlainProcesses
from bot.sandbox.port import (
    Ending,
    SandboxLimits,
    SandboxOrder,
    SandboxOutcome,
    Talk,
    TalkingSandbox,
)
from bot.sandbox.program import own_python
from tests.parts import ROOT

_ROOMY = SandboxLimits(time_s=120.0)
_ECHO = """
    import sys
    for line in sys.stdin:
        print("heard", line.strip(), flush=True)
"""


@pytest.fixture(params=[pytest.param("bwrap", marks=pytest.mark.needs("bwrap")), "plain"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def sandbox(kind: str) -> TalkingSandbox:
    return Bubblewrap() if kind == "bwrap" else PlainProcesses()


class Spoken:
    """A talk, and all that came of it."""

    def __init__(self, sandbox: TalkingSandbox, code: str, limits: SandboxLimits = _ROOMY) -> None:
        self.lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.over: queue.SimpleQueue[SandboxOutcome | Exception] = queue.SimpleQueue()
        command = (own_python(), "-I", "-S", "-c", textwrap.dedent(code))
        self.talk: Talk = sandbox.open(
            SandboxOrder(command=command, limits=limits), hear=self.hear, over=self.over.put
        )

    def hear(self, line: bytes) -> None:
        if line == b"raise":
            raise RuntimeError("heard enough")
        self.lines.put(line)

    def ending(self) -> Ending:
        outcome = self.over.get(timeout=60)
        assert isinstance(outcome, SandboxOutcome), outcome
        return outcome.ending


@pytest.fixture
def speak(sandbox: TalkingSandbox) -> Iterator[Callable[..., Spoken]]:
    begun: list[Spoken] = []

    def speak(code: str, limits: SandboxLimits = _ROOMY) -> Spoken:
        begun.append(Spoken(sandbox, code, limits))
        return begun[-1]

    yield speak
    for one in begun:
        one.talk.close()


def test_lines_go_back_and_forth(speak: Callable[..., Spoken]) -> None:
    spoken = speak(_ECHO)
    for word in (b"one", b"two"):
        spoken.talk.say(word)
        assert spoken.lines.get(timeout=60) == b"heard " + word
    long = b"x" * 500_000
    spoken.talk.say(long)
    assert spoken.lines.get(timeout=60) == b"heard " + long
    spoken.talk.close()
    assert spoken.ending() is Ending.KILLED
    spoken.talk.say(b"nobody is there")
    spoken.talk.close()


def test_a_program_ends_by_itself_and_says_how(speak: Callable[..., Spoken]) -> None:
    spoken = speak("import sys; print('last', end='\\n'); sys.stderr.write('why'); sys.exit(3)")
    outcome = spoken.over.get(timeout=60)
    assert isinstance(outcome, SandboxOutcome)
    assert (outcome.ending, outcome.exit_code, outcome.stderr) == (Ending.EXITED, 3, b"why")
    assert spoken.lines.get_nowait() == b"last"


@pytest.mark.parametrize(
    ("code", "limits", "ending"),
    [
        ("import time; time.sleep(100)", SandboxLimits(time_s=0.3), Ending.TIMED_OUT),
        (
            "import os, time\nos.write(1, b'x' * 20_000)\ntime.sleep(100)",
            SandboxLimits(time_s=120.0, output_bytes=10_000),
            Ending.TOO_MUCH_OUTPUT,
        ),
    ],
)
def test_one_that_goes_too_far_is_stopped(
    speak: Callable[..., Spoken], code: str, limits: SandboxLimits, ending: Ending
) -> None:
    assert speak(code, limits).ending() is ending


@pytest.mark.needs("bwrap")
def test_one_that_takes_too_much_memory_is_stopped() -> None:
    code = "import time; held = b'x' * (150 << 20); time.sleep(100)"
    limits = SandboxLimits(time_s=120.0, memory_bytes=100 << 20)
    assert Spoken(Bubblewrap(), code, limits).ending() is Ending.TOO_MUCH_MEMORY


def test_one_that_never_reads_holds_nobody_up(speak: Callable[..., Spoken]) -> None:
    spoken = speak("import time; time.sleep(100)")
    for _ in range(20):
        spoken.talk.say(b"x" * 100_000)
    spoken.talk.close()
    assert spoken.ending() is Ending.KILLED


def test_whoever_hears_can_end_it(speak: Callable[..., Spoken]) -> None:
    spoken = speak("import time; print('raise', flush=True); time.sleep(100)")
    assert isinstance(spoken.over.get(timeout=60), RuntimeError)


def test_it_outlives_the_thread_that_opened_it(sandbox: TalkingSandbox) -> None:
    """The kernel counts the thread that started a process as its parent."""
    opened: list[Spoken] = []
    thread = threading.Thread(target=lambda: opened.append(Spoken(sandbox, _ECHO)))
    thread.start()
    thread.join()
    opened[0].talk.say(b"still there")
    assert opened[0].lines.get(timeout=60) == b"heard still there"
    opened[0].talk.close()


@pytest.mark.parametrize("ending", ["close", "kill"])
def test_nothing_of_it_is_left(kind: str, ending: str) -> None:
    name = f"fc-talk-{os.getpid()}-{time.monotonic_ns()}"
    begin = f"""
        import sys
        from bot.sandbox.bubblewrap import Bubblewrap
        from bot.sandbox.plain import PlainProcesses
        from bot.sandbox.port import SandboxOrder
        shell = "(exec -a {name} sleep 1000) & exec -a {name} sleep 1000"
        order = SandboxOrder(command=["/bin/bash", "-c", shell], environment={{"PATH": "/bin"}})
        sandbox = Bubblewrap() if {kind!r} == "bwrap" else PlainProcesses()
        talk = sandbox.open(order, hear=print, over=print)
        sys.stdin.readline()
        talk.close()
        print("closed", flush=True)
        sys.stdin.readline()
    """
    worker = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(begin)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        _until(lambda: len(_processes_named(name)) == 2)
        if ending == "close":
            worker.stdin.write(b"\n")
            worker.stdin.flush()
            while b"closed" not in worker.stdout.readline():
                pass
            assert _processes_named(name) == []
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    _until(lambda: not _processes_named(name))


def _processes_named(name: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0] == name.encode():
            found.append(path.parent.name)
    return found


def _until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)
