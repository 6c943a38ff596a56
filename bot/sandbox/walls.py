"""What a sandbox is made of: the arguments of bubblewrap.

Everything is a namespace of the sandbox's own. Of this machine it sees programs and libraries,
read-only, and what an order mounts; it can write to three folders, which lie in memory and end
with it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from bot.sandbox.port import PYTHON, WORK, SandboxOrder

#: What an ordinary user is called inside.
USER = 1000
#: Programs and libraries. What of them is a link stays one.
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
#: What libraries read; nothing else of /etc is seen.
_SETTINGS = (
    *("/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d"),
    *("/etc/localtime", "/etc/mime.types", "/etc/ssl/certs", "/etc/nsswitch.conf"),
)
_NAMESPACES = ("ipc", "pid", "net", "uts", "cgroup-try")
#: For the first process to become somebody else with; they go with that.
_TO_CHANGE_USER = ("CAP_SETUID", "CAP_SETGID")


def interpreter() -> Path:
    """The interpreter that starts what runs inside; it needs no virtual environment."""
    return Path(getattr(sys, "_base_executable", sys.executable)).resolve()


def walls(
    order: SandboxOrder, *, hidden: Iterable[Path], accounts: tuple[int, int], as_root: bool
) -> Iterator[str]:
    """Arguments of bubblewrap, up to the program.

    Args:
        hidden: Folders of this machine that nothing may show, though they lie in what is mounted.
        accounts: Descriptors of files that are to be ``/etc/passwd`` and ``/etc/group``.
        as_root: Whether it is started by root, who needs no namespace for that, and becomes
            somebody else inside.
    """
    yield from _namespaces(as_root)
    yield from _system()
    for place, descriptor in zip(("passwd", "group"), accounts, strict=True):
        yield from ("--perms", "0444", "--ro-bind-data", str(descriptor), f"/etc/{place}")
    yield from ("--proc", "/proc", "--dev", "/dev")
    for folder in (WORK, "/tmp", "/dev/shm"):  # noqa: S108 - folders of the sandbox's own
        yield from ("--perms", "0777", "--size", str(order.limits.disk_bytes), "--tmpfs", folder)
    for inside, outside in sorted(order.mounts.items()):
        yield from _folders_to(inside)
        yield from ("--ro-bind", str(outside.resolve()), inside)
    yield from _hiding(order, hidden)
    yield from ("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/")


def _namespaces(as_root: bool) -> Iterator[str]:
    yield from ("--die-with-parent", "--new-session", "--as-pid-1", "--hostname", "sandbox")
    yield from (f"--unshare-{name}" for name in _NAMESPACES)
    if as_root:
        yield from ("--cap-drop", "ALL")
        for capability in _TO_CHANGE_USER:
            yield from ("--cap-add", capability)
    else:
        yield from ("--unshare-user", "--uid", str(USER), "--gid", str(USER))
    yield "--clearenv"


def _system() -> Iterator[str]:
    for name in _SYSTEM:
        if Path(name).is_symlink():
            yield from ("--symlink", str(Path(name).readlink()), name)
        else:
            yield from ("--ro-bind-try", name, name)
    yield from _folders_to("/etc/ssl/certs")
    for name in _SETTINGS:
        yield from ("--ro-bind-try", name, name)
    prefix = Path(sys.base_prefix).resolve()
    if not prefix.is_relative_to("/usr"):
        # At its own place: it may be built to find its libraries nowhere else.
        yield from _folders_to(str(prefix))
        yield from ("--ro-bind", str(prefix), str(prefix))
    yield from ("--symlink", str(interpreter()), PYTHON)


def _folders_to(path: str) -> Iterator[str]:
    """The folders that lead to a mount; of its own, bubblewrap makes them for itself alone."""
    for folder in reversed(PurePosixPath(path).parents):
        if folder.name:
            yield from ("--perms", "0755", "--dir", str(folder))


def _hiding(order: SandboxOrder, hidden: Iterable[Path]) -> Iterator[str]:
    shown = {Path(name): Path(name) for name in ("/usr", str(Path(sys.base_prefix).resolve()))}
    shown |= {Path(inside): outside.resolve() for inside, outside in order.mounts.items()}
    for folder in hidden:
        outside = folder.resolve()
        for inside, mounted in shown.items():
            if outside.is_relative_to(mounted) and outside != mounted and outside.exists():
                yield from (
                    "--perms",
                    "0000",
                    "--tmpfs",
                    str(inside / outside.relative_to(mounted)),
                )
