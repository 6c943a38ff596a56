"""The sandbox that bubblewrap makes."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path

from bot.errors import NotSupported
from bot.sandbox.conversation import Conversation
from bot.sandbox.hindrances import hindrance, refusal
from bot.sandbox.port import Ending, SandboxLimits, SandboxOrder, SandboxOutcome, Talk
from bot.sandbox.reins import Reins
from bot.sandbox.running import Running
from bot.sandbox.syscalls import call_filter
from bot.sandbox.users import an_account
from bot.sandbox.walls import USER, interpreter, walls

_INSIDE = Path(__file__).with_name("inside.py")
_ENVIRONMENT = {"HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8"}  # noqa: S108
_PATH = ("/usr/local/bin", "/usr/bin", "/bin")
_LOOK_AGAIN_S = 60.0
#: Long enough to be looked into: where that is forbidden, no limit would hold.
_TRIAL = SandboxOrder(command=["sleep", "0.1"], limits=SandboxLimits(time_s=20.0))
_SEALED = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
#: The first process itself, and what the kernel counts a moment longer.
_PROCESSES_TO_SPARE = 16


class Bubblewrap:
    """Runs programs inside namespaces of their own.

    Args:
        hidden: Folders that no program may see, wherever they lie.
        program: Bubblewrap; looked for where programs lie by default.
    """

    def __init__(self, *, hidden: Sequence[Path] = (), program: str = "bwrap") -> None:
        self._hidden = tuple(hidden)
        self._program = program
        self._lock = threading.Lock()
        self._problem: str | None = None
        self._tried_at: float | None = None

    def problem(self) -> str | None:
        """None where a sandbox can be had here, else why not and what would help.

        Found out by making one; that it works is remembered, that it does not for a minute.
        """
        with self._lock:
            now = time.monotonic()
            old = self._tried_at is None or (
                self._problem is not None and now - self._tried_at > _LOOK_AGAIN_S
            )
            if old:
                self._problem, self._tried_at = self._try(), now
            return self._problem

    def run(
        self, order: SandboxOrder, *, poll: Callable[[], object] | None = None
    ) -> SandboxOutcome:
        """Run one program to its end, or stop it at a limit; nothing of it is left running."""
        self._refuse_unless_possible(order)
        return self._run(order, poll)

    def open(
        self,
        order: SandboxOrder,
        *,
        hear: Callable[[bytes], object],
        over: Callable[[SandboxOutcome | Exception], object],
    ) -> Talk:
        """Begin a program that reads lines and prints lines."""
        self._refuse_unless_possible(order)
        return Conversation(
            partial(self._live, order), hear, over, most_bytes=order.limits.output_bytes
        )

    def _refuse_unless_possible(self, order: SandboxOrder) -> None:
        if (problem := self.problem()) is not None:
            raise NotSupported(problem, reason="no_sandbox")
        for inside, outside in order.mounts.items():
            if not outside.exists():
                raise NotSupported(
                    f"What is to be seen as {inside} is not there any more.", reason="mount_missing"
                )

    def _try(self) -> str | None:
        if (problem := hindrance(self._program)) is not None:
            return problem
        try:
            outcome = self._run(_TRIAL, None)
        except NotSupported as exc:
            return exc.message
        except OSError as exc:
            return f"bubblewrap could not be started: {exc}."
        return None if outcome.succeeded else "A sandbox was made, but nothing runs in it."

    def _live(self, order: SandboxOrder, reins: Reins) -> SandboxOutcome:
        return self._run(order, None, reins)

    def _run(
        self,
        order: SandboxOrder,
        poll: Callable[[], object] | None,
        reins: Reins | None = None,
    ) -> SandboxOutcome:
        as_root = os.geteuid() == 0
        with an_account() if as_root else nullcontext(USER) as user:
            running = self._begin(order, user=user, as_root=as_root, reins=reins)
            running.follow(poll)
        return _outcome(running, order.limits)

    def _begin(
        self, order: SandboxOrder, *, user: int, as_root: bool, reins: Reins | None
    ) -> Running:
        with ExitStack() as stack:
            keep = stack.enter_context
            orders = keep(_data(*_instructions(order, user if as_root else None)))
            stdin = keep(_data(order.stdin) if reins is None else reins.stdin())
            calls = keep(_data(call_filter()))
            accounts = (
                keep(_data(f"worker:x:{user}:{user}::/tmp:/bin/sh\n".encode())),
                keep(_data(f"worker:x:{user}:\n".encode())),
            )
            info, info_end = _pipe(stack)
            status, status_end = _pipe(stack)
            arguments = [
                *(shutil.which(self._program) or self._program, "--info-fd", str(info_end)),
                *("--seccomp", str(calls)),
                *walls(order, hidden=self._hidden, accounts=accounts, as_root=as_root),
                *("--", str(interpreter()), "-I", "-S", "-B", "-X", "utf8", "-c"),
                *(_INSIDE.read_text(encoding="utf-8"), str(orders), str(status_end)),
            ]
            process = subprocess.Popen(
                arguments,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(orders, calls, *accounts, info_end, status_end),
                env={},
                cwd="/",
            )
            return Running(
                process,
                info=os.dup(info),
                status=os.dup(status),
                limits=order.limits,
                reins=reins,
            )


def _instructions(order: SandboxOrder, user: int | None) -> Iterator[bytes]:
    """What the first process reads: a line, and the contents of all files behind it."""
    environment = {
        **_ENVIRONMENT,
        "PATH": ":".join((*order.path, *_PATH)),
        **order.environment,
    }
    line = {
        "command": list(order.command),
        "environment": environment,
        "folder": order.folder,
        "user": user,
        "processes": order.limits.processes + _PROCESSES_TO_SPARE,
        # Of each process; all together are looked at from outside.
        "memory": 2 * order.limits.memory_bytes,
        "files": [[path, file.mode, len(file.content)] for path, file in order.files.items()],
    }
    yield json.dumps(line).encode() + b"\n"
    yield from (file.content for file in order.files.values())


@contextmanager
def _data(*pieces: bytes) -> Iterator[int]:
    """A file in memory that nobody can change any more, not even who reads it inside."""
    descriptor = os.memfd_create("sandbox", os.MFD_ALLOW_SEALING)
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.writelines(pieces)
        os.lseek(descriptor, 0, os.SEEK_SET)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALED)
        yield descriptor
    finally:
        os.close(descriptor)


def _pipe(stack: ExitStack) -> tuple[int, int]:
    reading, writing = os.pipe()
    stack.callback(os.close, reading)
    stack.callback(os.close, writing)
    return reading, writing


def _outcome(running: Running, limits: SandboxLimits) -> SandboxOutcome:
    told = running.told
    statements = told.statements()
    stderr = bytes(told.stderr)
    ending, exit_code = running.stopped, None
    if ending is None:
        ending, exit_code = _ending(statements, stderr, limits)
        if ending is Ending.NOT_FOUND:
            stderr += f"{statements.get('error')}\n".encode()
    return SandboxOutcome(
        ending=ending,
        exit_code=exit_code,
        stdout=bytes(told.stdout),
        stderr=stderr,
        duration_s=running.duration_s,
    )


def _ending(
    told: Mapping[str, object], stderr: bytes, limits: SandboxLimits
) -> tuple[Ending, int | None]:
    if "unpacked" not in told:
        raise NotSupported(refusal(stderr.decode(errors="replace")), reason="no_sandbox")
    if told.get("full"):
        return Ending.TOO_MUCH_DISK, None
    if told.get("not_found"):
        return Ending.NOT_FOUND, None
    if told["unpacked"] is not True:
        raise NotSupported(
            f"The files could not be laid out: {told.get('error')}.", reason="no_sandbox"
        )
    used, free = told.get("used"), told.get("free")
    code = told.get("exit")
    if code != 0 and (free == 0 or (isinstance(used, int) and used > limits.disk_bytes)):
        return Ending.TOO_MUCH_DISK, None
    if isinstance(code, int):
        return Ending.EXITED, code
    return Ending.KILLED, None
