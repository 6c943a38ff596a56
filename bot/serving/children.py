"""Child processes that are kept running, and that end together."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from bot.serving.lifeline import die_with_parent

_log = structlog.get_logger(__name__)
_LOOK_EVERY_S = 0.2
_STEADY_S = 10.0
_LONGEST_PAUSE_S = 10.0


@dataclass
class Child:
    """A command that should be running, and the process in which it does."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    due_at: float = field(default=0.0)

    def start(self) -> None:
        """Start it, tied to the life of this process."""
        parent = os.getpid()
        with ExitStack() as stack:
            output = stack.enter_context(self.log.open("ab")) if self.log else None
            self.process = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509 -- only a prctl
            )
        self.started_at = time.monotonic()

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self.process is not None and self.process.poll() is None


class Children:
    """Several children: started in order, restarted when they die, stopped in reverse."""

    def __init__(self, log: Path | None = None) -> None:
        """Args:
        log: The file that takes what they print; our own output where it is None.
        """
        self._log = log
        self._children: list[Child] = []

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Start another one."""
        child = Child(name=name, command=command, environment=environment, log=self._log)
        child.start()
        self._children.append(child)
        return child

    def watch(self, stop: threading.Event) -> None:
        """Restart whichever dies, with growing pauses, until ``stop`` is set."""
        while not stop.wait(_LOOK_EVERY_S):
            for child in self._children:
                if not child.is_running:
                    self._restart(child)

    def stop(self, *, grace_s: float = 15.0) -> None:
        """End them one by one, the last started first, since it may need those before it.

        One that does not listen within ``grace_s`` is killed.
        """
        for child in reversed(self._children):
            process = child.process
            if process is None or process.poll() is not None:
                continue
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(grace_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._children.clear()

    def _restart(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is not None:
            steady = now - child.started_at >= _STEADY_S
            child.failures = 1 if steady else child.failures + 1
            pause_s = min(_LONGEST_PAUSE_S, 0.25 * 2.0 ** min(child.failures, 8))
            _log.warning("child_died", child=child.name, code=child.process.returncode)
            child.process, child.due_at = None, now + pause_s
        elif now >= child.due_at:
            child.start()
