"""A sandbox while it runs: what it prints, what it takes up, and its end."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from bot.errors import NotSupported
from bot.sandbox.port import Ending, SandboxLimits
from bot.sandbox.reins import Reins
from bot.sandbox.usage import Usage

_LOOK_EVERY_S = 0.02
#: One that is spoken with may be there for long, mostly waiting.
_LOOK_SELDOM_S = 0.25
_POLL_EVERY_S = 0.5
_CHUNK = 65_536
#: Of what is told about a sandbox, by bubblewrap and by its first process.
_MOST_TOLD = 65_536
#: How long the kernel may take to end everything in it.
_DYING_S = 30.0


@dataclass(kw_only=True)
class Told:
    """What came out of it: its output, and what its first process told."""

    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    info: bytearray = field(default_factory=bytearray)
    status: bytearray = field(default_factory=bytearray)

    def statements(self) -> Mapping[str, object]:
        """What the first process told, in one; empty where it was never begun."""
        told: dict[str, object] = {}
        for line in bytes(self.status).splitlines():
            with suppress(ValueError, RecursionError):
                statement = json.loads(line)
                if isinstance(statement, dict):
                    # The first word counts: a program could find a way to add more.
                    told = {**statement, **told}
        return told


class Running:
    """Follows a process of bubblewrap to its end, or ends it at a limit.

    Args:
        process: Its stdout and stderr are pipes.
        info: Where bubblewrap tells of the first process; ours from here on.
        status: Where the first process tells how it goes; ours from here on.
        reins: Held by whoever speaks with it; None where nobody does.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        *,
        info: int,
        status: int,
        limits: SandboxLimits,
        reins: Reins | None = None,
    ) -> None:
        self.told = Told()
        self._reins = reins
        self.stopped: Ending | None = None
        self._process = process
        self._limits = limits
        self._first: int | None = None
        self._usage: Usage | None = None
        self._started = time.monotonic()
        self._ended = os.pidfd_open(process.pid)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._ended, selectors.EVENT_READ, None)
        self._descriptors = (info, status)
        pipes = [pipe.fileno() for pipe in (process.stdout, process.stderr) if pipe is not None]
        for descriptor, buffer in (
            *zip(pipes, (self.told.stdout, self.told.stderr), strict=True),
            (info, self.told.info),
            (status, self.told.status),
        ):
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ, buffer)
        if reins is not None:
            self._selector.register(reins.stop, selectors.EVENT_READ, None)

    def follow(self, poll: Callable[[], object] | None = None) -> None:
        """To its end; nothing of it is left then, also where ``poll`` raises."""
        polled_at = time.monotonic()
        look_every_s = _LOOK_EVERY_S if self._reins is None else _LOOK_SELDOM_S
        try:
            while not self._has_ended():
                if self._reins is not None and self._reins.is_dropped():
                    self.stopped = self.stopped or Ending.KILLED
                    return
                if poll is not None and time.monotonic() - polled_at > _POLL_EVERY_S:
                    polled_at = time.monotonic()
                    poll()
                self._stop_at_a_limit()
                for key, _ in self._selector.select(look_every_s):
                    if key.data is not None:
                        self._read(key.fd, key.data)
            self._process.wait()
            self._drain()
        finally:
            self._end()

    @property
    def duration_s(self) -> float:
        """Since it was begun."""
        return time.monotonic() - self._started

    def _has_ended(self) -> bool:
        return self._process.poll() is not None

    def _read(self, descriptor: int, buffer: bytearray) -> bool:
        """Whether there was something that could be taken in."""
        try:
            chunk = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return False
        if not chunk:
            self._selector.unregister(descriptor)
            return False
        return self._take_in(chunk, buffer)

    def _take_in(self, chunk: bytes, buffer: bytearray) -> bool:
        if buffer is self.told.info or buffer is self.told.status:
            buffer += chunk[: _MOST_TOLD - len(buffer)]
            return len(buffer) < _MOST_TOLD
        if buffer is self.told.stdout and self._reins is not None:
            if not self._reins.heard(chunk):
                self._stop(Ending.TOO_MUCH_OUTPUT)
                return False
            return True
        room = self._limits.output_bytes - len(self.told.stdout) - len(self.told.stderr)
        buffer += chunk[:room]
        if len(chunk) > room:
            self._stop(Ending.TOO_MUCH_OUTPUT)
        return room > 0

    def _stop_at_a_limit(self) -> None:
        if self.stopped is not None:
            self._kill_late()
            return
        if self.duration_s > self._limits.time_s:
            self._stop(Ending.TIMED_OUT)
            return
        if self._usage is None:
            self._look_inside()
        if self._usage is not None and (excess := self._usage.excess()) is not None:
            self._stop(excess)

    def _look_inside(self) -> None:
        """From when the first process has told that the walls stand."""
        if self._first_process() is None or not self.told.status:
            return
        try:
            self._usage = Usage(self._child(), self._limits)
        except PermissionError as exc:
            raise NotSupported(
                "What runs in a sandbox cannot be watched here, so that no limit would hold: the "
                "container needs `--cap-add SYS_PTRACE`.",
                reason="no_sandbox",
            ) from exc
        except OSError:
            # It has ended meanwhile, which is noticed elsewhere.
            return

    def _child(self) -> int:
        return int(json.loads(bytes(self.told.info))["child-pid"])

    def _first_process(self) -> int | None:
        """A handle of the first process, from when it is known; its number could pass on."""
        if self._first is None:
            with suppress(ValueError, KeyError, TypeError, OSError):
                self._first = os.pidfd_open(self._child())
        return self._first

    def _stop(self, ending: Ending) -> None:
        """End the first process: the kernel then ends all others, and bubblewrap by itself."""
        if self.stopped is None:
            self.stopped = ending
            self._stopped_at = time.monotonic()
        self._kill()

    def _kill(self) -> None:
        first = self._first_process()
        with suppress(OSError):
            if first is not None:
                signal.pidfd_send_signal(first, signal.SIGKILL)
            else:
                # There is none yet, or none any more; what there is dies with its parent.
                self._process.kill()

    def _kill_late(self) -> None:
        if time.monotonic() - self._stopped_at > _DYING_S:
            self._process.kill()

    def _drain(self) -> None:
        """What was still in the pipes; nobody is left who could write more."""
        for key in list(self._selector.get_map().values()):
            if key.data is None:
                continue
            while key.fd in self._selector.get_map() and self._read(key.fd, key.data):
                pass

    def _end(self) -> None:
        if self._process.poll() is None:
            self._kill()
            try:
                # It ends by itself, once everything in the sandbox has.
                self._process.wait(_DYING_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._selector.close()
        if self._usage is not None:
            self._usage.close()
        for descriptor in (self._ended, self._first, *self._descriptors):
            if descriptor is not None:
                os.close(descriptor)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
