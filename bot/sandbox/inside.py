"""What runs as the first process of a sandbox: it lays out the files and starts the program.

Its text is handed to an interpreter inside, where nothing else of ours is to be had, so that it
imports the standard library alone. It trusts what it is given and nothing that it starts. When
it ends, the kernel ends every other process of the sandbox.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import select
import signal
import sys
from typing import IO, Any

_WRITABLE = ("/work", "/tmp", "/dev/shm")  # noqa: S108 - folders of the sandbox's own
_NO_FILE = (errno.ENOENT, errno.EACCES, errno.ENOEXEC, errno.ENOTDIR, errno.EISDIR, errno.ELOOP)
_LOOK_EVERY_MS = 500
_CHUNK = 1 << 20
# https://man7.org/linux/man-pages/man2/PR_SET_DUMPABLE.2const.html
_SET_DUMPABLE = 4


def main(order_fd: int, status_fd: int) -> None:
    """Do the order that lies in a file, and tell how it went."""
    os.set_inheritable(status_fd, False)
    # Inside, nobody's signals reach the first process but those that it has asked for.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with open(order_fd, "rb") as source:
        order = json.loads(source.readline())
        _be_ended_first()
        _become(order["user"])
        _limit(order)
        _close_to_others()
        try:
            _lay_out(order["files"], source)
        except OSError as exc:
            _tell(status_fd, {"unpacked": False, "error": exc.strerror, "full": _is_full(exc)})
            return
    _tell(status_fd, {"unpacked": True})
    child = os.fork()
    if child == 0:
        _start(order, status_fd)
    _tell(status_fd, _ending(child, status_fd))


def _become(user: int | None) -> None:
    """Give up being root for good; None where this process never was."""
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def _limit(order: dict[str, Any]) -> None:
    _lower(resource.RLIMIT_NPROC, order["processes"])
    _lower(resource.RLIMIT_DATA, order["memory"])
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NOFILE, 1024)
    os.nice(5)


def _be_ended_first() -> None:
    """Tell the kernel whom to end where memory is short; only a hint."""
    try:
        with open("/proc/self/oom_score_adj", "w") as score:
            score.write("1000")
    except OSError:
        pass


def _close_to_others() -> None:
    """Keep the program, which has the same account, from what this process has open.

    Through that it could tell of an end of its own making. Becoming somebody else has the same
    effect, and a program that is started anew loses it.
    """
    try:
        import ctypes

        ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        # An interpreter without it; what a program says of its own end is doubtful then.
        pass


def _lower(kind: int, most: int) -> None:
    """Nobody may have more than this machine gives whoever started the worker."""
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(kind, (most, most))


def _lay_out(files: list[list[Any]], source: IO[bytes]) -> None:
    made = set()
    os.umask(0o022)
    for path, mode, size in files:
        target = os.path.join("/work", path)
        folder = os.path.dirname(target)
        if folder not in made:
            os.makedirs(folder, exist_ok=True)
            made.add(folder)
        with open(target, "xb") as file:
            for start in range(0, size, _CHUNK):
                file.write(source.read(min(size - start, _CHUNK)))
        os.chmod(target, mode & 0o755)


def _start(order: dict[str, Any], status_fd: int) -> None:
    """In the child: become the program."""
    try:
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        os.chdir(os.path.join("/work", order["folder"]))
        os.execvpe(order["command"][0], order["command"], order["environment"])
    except OSError as exc:
        missing = exc.errno in _NO_FILE
        _tell(status_fd, {"not_found": missing, "error": f"{order['command'][0]}: {exc.strerror}"})
    finally:
        os._exit(127)


def _ending(child: int, status_fd: int) -> dict[str, Any]:
    """How the program ended; what others leave behind is reaped meanwhile."""
    poll = select.poll()
    poll.register(os.pidfd_open(child), select.POLLIN)
    # Says so at once when nobody is left who would read it.
    poll.register(status_fd, 0)
    while True:
        if any(fd == status_fd for fd, _ in poll.poll(_LOOK_EVERY_MS)):
            os._exit(1)
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                return {"exit": code if code >= 0 else None, "signal": max(0, -code), **_room()}


def _room() -> dict[str, int]:
    """How full the folders are that can be written to, and the fullest's free room."""
    rooms = [os.statvfs(folder) for folder in _WRITABLE]
    return {
        "used": sum((room.f_blocks - room.f_bfree) * room.f_frsize for room in rooms),
        "free": min(room.f_bfree * room.f_frsize for room in rooms),
    }


def _is_full(exc: OSError) -> bool:
    return exc.errno in (errno.ENOSPC, errno.EDQUOT)


def _tell(status_fd: int, what: dict[str, Any]) -> None:
    os.write(status_fd, json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
