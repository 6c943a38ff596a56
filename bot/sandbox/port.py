"""What a sandbox is asked to do, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

WORK = "/work"
"""Where a program finds its files inside; it is the folder that it starts in, and writable."""
PYTHON = "/python"
"""The interpreter of this program, without any of its packages; it is always there inside."""


@dataclass(frozen=True, kw_only=True)
class SandboxFile:
    """A file that lies in the sandbox before the program starts; ``mode`` as git writes it."""

    content: bytes = field(repr=False)
    mode: int = 0o100644


@dataclass(frozen=True, kw_only=True)
class SandboxLimits:
    """What a program may use up before it is stopped."""

    time_s: float = 60.0
    #: Of all its processes together.
    memory_bytes: int = 1024 * 1024 * 1024
    #: Their threads included.
    processes: int = 128
    #: Of what it prints; the rest is dropped and the program stopped.
    output_bytes: int = 1024 * 1024
    #: Of what it writes to WORK, ``/tmp`` and ``/dev/shm`` together; its own files included. They
    #: lie in memory, beside what the processes take.
    disk_bytes: int = 256 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class SandboxOrder:
    """One program to run.

    Attributes:
        command: The program and its arguments, as seen inside; no shell reads them.
        files: What lies in :data:`WORK`, by relative path (already through the path gate).
        mounts: Folders of this machine that are seen inside, read-only: by the path inside.
        environment: All of it; nothing is inherited from this process.
        path: Folders inside in which programs are looked for before the system's.
        stdin: What the program reads.
        folder: The folder under :data:`WORK` in which it starts; ``""`` is WORK itself.
    """

    command: Sequence[str]
    files: Mapping[str, SandboxFile] = field(default_factory=dict)
    mounts: Mapping[str, Path] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    path: Sequence[str] = ()
    stdin: bytes = field(default=b"", repr=False)
    folder: str = ""
    limits: SandboxLimits = SandboxLimits()


class Ending(StrEnum):
    """How a program came to its end."""

    EXITED = "exited"
    NOT_FOUND = "not_found"
    TIMED_OUT = "timed_out"
    TOO_MUCH_MEMORY = "too_much_memory"
    TOO_MANY_PROCESSES = "too_many_processes"
    TOO_MUCH_OUTPUT = "too_much_output"
    TOO_MUCH_DISK = "too_much_disk"
    #: By a signal of its own making, such as a crash.
    KILLED = "killed"


@dataclass(frozen=True, kw_only=True)
class SandboxOutcome:
    """What came of it. ``exit_code`` is None unless the program exited by itself.

    ``stdout`` and ``stderr`` are what was printed within the limit, in bytes as they came.
    """

    ending: Ending
    exit_code: int | None
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)
    duration_s: float

    @property
    def succeeded(self) -> bool:
        """Whether the program ended by itself and said that all was well."""
        return self.ending is Ending.EXITED and self.exit_code == 0


class Sandbox(Protocol):
    """Runs programs shut off from network, secrets and everything that they are not given."""

    def problem(self) -> str | None:
        """None where a sandbox can be had here, else why not, as a sentence."""

    def run(
        self, order: SandboxOrder, *, poll: Callable[[], object] | None = None
    ) -> SandboxOutcome:
        """Run one program to its end, or stop it at a limit; nothing of it is left running.

        Args:
            poll: Called about twice a second meanwhile; what it raises stops the program, too.

        Raises:
            NotSupported: ``no_sandbox`` where none can be had here, ``mount_missing`` where
                a folder that is to be mounted is not there.
            Transient: ``sandboxes_busy`` where too many run at once.
        """


class Talk(Protocol):
    """A program that runs and is spoken to, line by line."""

    def say(self, line: bytes) -> None:
        """Have it read a line, which must hold no line end. Never waits; nothing where it has
        ended."""

    def close(self) -> None:
        """End it, with everything that it started; nothing of it is left then."""


class TalkingSandbox(Protocol):
    """Runs programs that are spoken to for longer, shut off as by a `Sandbox`."""

    def problem(self) -> str | None:
        """None where a sandbox can be had here, else why not, as a sentence."""

    def open(
        self,
        order: SandboxOrder,
        *,
        hear: Callable[[bytes], object],
        over: Callable[[SandboxOutcome | Exception], object],
    ) -> Talk:
        """Begin a program that reads lines and prints lines.

        It ends by itself, at a limit, by `Talk.close`, and with this process, however that ends.
        The order's ``stdin`` is not read; of its limits, ``output_bytes`` holds for each line and
        for all that is printed as errors, and ``time_s`` for all of it.

        Args:
            hear: Given each line without its end, in a thread of its own. What it raises ends the
                program.
            over: Called once, as the last thing, when nothing of the program is left: with how it
                ended (``stdout`` empty), or with why it could not go on.

        Raises:
            NotSupported: ``no_sandbox``, ``mount_missing``.
        """
