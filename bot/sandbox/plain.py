"""No sandbox at all: a plain process with limits, for operators who accept that.

It has an environment of its own, a folder of its own, and limits on time, memory and size. It can
read what this server's account can read, and reach what this machine can reach.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO

from bot.sandbox.conversation import Conversation
from bot.sandbox.port import Ending, SandboxLimits, SandboxOrder, SandboxOutcome, Talk
from bot.sandbox.reins import Reins

#: Limits are set by the process itself, before it becomes the program: we may have threads.
_LIMITED = """
import json, os, resource, sys
for name, most in json.loads(sys.argv[1]).items():
    hard = resource.getrlimit(getattr(resource, name))[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(getattr(resource, name), (most, most))
os.execve(sys.argv[2], sys.argv[2:], os.environ)
"""
#: Stays as the parent of what is spoken with. Whoever speaks holds the other end of a pipe: when
#: that end is gone, however it went, everything here goes too.
_TIED = """
import os, signal, sys, threading
lifeline = int(sys.argv[1])
program = os.fork()
if program == 0:
    os.close(lifeline)
    os.execve(sys.argv[2], sys.argv[2:], os.environ)
os.close(0)
os.close(1)
def end_with_it():
    os.read(lifeline, 1)
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=end_with_it, daemon=True).start()
code = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
os._exit(code if code >= 0 else 128 - code)
"""
_POLL_S = 0.5
_CHUNK = 65_536
_ENDINGS: Mapping[int, Ending] = {
    signal.SIGXFSZ: Ending.TOO_MUCH_OUTPUT,
    signal.SIGXCPU: Ending.TIMED_OUT,
}


class PlainProcesses:
    """Runs programs within limits, and in nothing that would hold them."""

    def problem(self) -> str | None:
        """None: there is always a process to be had."""
        return None

    def run(
        self, order: SandboxOrder, *, poll: Callable[[], object] | None = None
    ) -> SandboxOutcome:
        """Run one program to its end, or stop it at a limit."""
        with tempfile.TemporaryDirectory(prefix="firstcommit-") as name:
            work, mounted = Path(name) / "work", Path(name) / "mounts"
            _lay_out(order, work, mounted)
            with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
                command = [_placed(word, order.mounts, mounted) for word in order.command]
                return _run(order, command, work, (out, err), poll or _nothing)

    def open(
        self,
        order: SandboxOrder,
        *,
        hear: Callable[[bytes], object],
        over: Callable[[SandboxOutcome | Exception], object],
    ) -> Talk:
        """Begin a program that reads lines and prints lines."""
        return Conversation(partial(_live, order), hear, over, most_bytes=order.limits.output_bytes)


def _live(order: SandboxOrder, reins: Reins) -> SandboxOutcome:
    with tempfile.TemporaryDirectory(prefix="firstcommit-") as name:
        work, mounted = Path(name) / "work", Path(name) / "mounts"
        _lay_out(order, work, mounted)
        command = [_placed(word, order.mounts, mounted) for word in order.command]
        with tempfile.TemporaryFile() as err, _lifeline() as lifeline:
            tied = [sys.executable, "-I", "-S", "-c", _TIED, str(lifeline), *command]
            with reins.stdin() as stdin:
                process = _begun(
                    order, tied, work, streams=(stdin, subprocess.PIPE, err), kept=[lifeline]
                )
            return _followed(process, order.limits, reins, err)


@contextmanager
def _lifeline() -> Iterator[int]:
    """A pipe that nobody writes to; the other end goes with this process."""
    reading, writing = os.pipe()
    try:
        yield reading
    finally:
        os.close(writing)
        os.close(reading)


def _followed(
    process: subprocess.Popen[bytes], limits: SandboxLimits, reins: Reins, err: IO[bytes]
) -> SandboxOutcome:
    began = time.monotonic()
    try:
        ending = _heard(process, began + limits.time_s, reins)
        if ending is None:
            ending = _ending(process.wait())
    finally:
        _end(process)
        if process.stdout is not None:
            process.stdout.close()
    return SandboxOutcome(
        ending=ending,
        exit_code=process.returncode if ending is Ending.EXITED else None,
        stdout=b"",
        stderr=_read(err, limits.output_bytes),
        duration_s=time.monotonic() - began,
    )


def _heard(process: subprocess.Popen[bytes], until: float, reins: Reins) -> Ending | None:
    """Take in all that it prints; why it was stopped, or None where it ends by itself."""
    assert process.stdout is not None  # noqa: S101 - it was asked for as a pipe
    printed = process.stdout.fileno()
    poll = select.poll()
    for descriptor in (printed, reins.stop):
        poll.register(descriptor, select.POLLIN)
    while (left_s := until - time.monotonic()) > 0:
        ready = [descriptor for descriptor, _ in poll.poll(1000 * left_s)]
        if reins.stop in ready:
            return Ending.KILLED
        if printed in ready:
            chunk = os.read(printed, _CHUNK)
            if not chunk:
                return None
            if not reins.heard(chunk):
                return Ending.TOO_MUCH_OUTPUT
    return Ending.TIMED_OUT


def _run(
    order: SandboxOrder,
    command: Sequence[str],
    work: Path,
    printed: tuple[IO[bytes], IO[bytes]],
    poll: Callable[[], object],
) -> SandboxOutcome:
    out, err = printed
    began = time.monotonic()
    with tempfile.TemporaryFile() as stdin:
        stdin.write(order.stdin)
        stdin.seek(0)
        process = _begun(order, command, work, streams=(stdin, out, err))
        code = _waited_for(process, order.limits.time_s, poll)
    ending = Ending.TIMED_OUT if code is None else _ending(code)
    most = order.limits.output_bytes
    # Python itself makes an error of the limit, and goes on.
    if out.seek(0, os.SEEK_END) >= most:
        ending = Ending.TOO_MUCH_OUTPUT
    return SandboxOutcome(
        ending=ending,
        exit_code=code if ending is Ending.EXITED else None,
        stdout=_read(out, most),
        stderr=_read(err, most),
        duration_s=time.monotonic() - began,
    )


def _begun(
    order: SandboxOrder,
    command: Sequence[str],
    work: Path,
    *,
    streams: Sequence[int | IO[bytes]],
    kept: Collection[int] = (),
) -> subprocess.Popen[bytes]:
    limits = json.dumps(_limits(order.limits))
    stdin, stdout, stderr = streams
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _LIMITED, limits, *command],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env={**order.environment, "TMPDIR": str(work)},
        cwd=work / order.folder,
        start_new_session=True,
        pass_fds=kept,
    )


def _limits(limits: SandboxLimits) -> Mapping[str, int]:
    return {
        "RLIMIT_AS": limits.memory_bytes + 512 * 1024 * 1024,
        "RLIMIT_CPU": int(limits.time_s) + 1,
        "RLIMIT_FSIZE": max(limits.output_bytes, limits.disk_bytes),
        "RLIMIT_NOFILE": 256,
        "RLIMIT_CORE": 0,
    }


def _lay_out(order: SandboxOrder, work: Path, mounted: Path) -> None:
    (work / order.folder).mkdir(parents=True)
    for path, file in order.files.items():
        place = work / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.content)
        place.chmod(file.mode & 0o777)
    for inside, outside in order.mounts.items():
        place = mounted / inside.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(outside)


def _placed(word: str, mounts: Mapping[str, Path], mounted: Path) -> str:
    """A word of the command; where it names what would be mounted, where that lies now."""
    is_inside = any(place == word or place.startswith(f"{word}/") for place in mounts)
    return str(mounted / word.lstrip("/")) if word.startswith("/") and is_inside else word


def _nothing() -> None:
    """Nobody wants it stopped."""


def _waited_for(
    process: subprocess.Popen[bytes], time_s: float, poll: Callable[[], object]
) -> int | None:
    until = time.monotonic() + time_s
    try:
        while (left_s := until - time.monotonic()) > 0:
            with suppress(subprocess.TimeoutExpired):
                return process.wait(min(left_s, _POLL_S))
            poll()
        return None
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Whatever it has started goes with it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _ending(code: int) -> Ending:
    if code >= 0:
        return Ending.EXITED
    # Not all have a name.
    return _ENDINGS.get(-code, Ending.KILLED)


def _read(file: IO[bytes], most: int) -> bytes:
    file.seek(0)
    return file.read(most)
