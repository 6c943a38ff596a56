"""Why a sandbox cannot be had on a machine, in words that name what would help."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from bot.sandbox.syscalls import known_machine

_ELSEWHERE = "or run `firstcommit worker --queues verify` on a machine that can"
_CONTAINER = (
    "a container needs `--security-opt seccomp=unconfined --security-opt apparmor=unconfined "
    "--security-opt systempaths=unconfined` and, for a worker that is root, `--cap-add SYS_ADMIN`"
)
#: What systems set to keep ordinary users from making namespaces: the file, and what lets them.
_SWITCHES = (
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
    (
        *("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"),
        "kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    ("/proc/sys/user/max_user_namespaces", "0", "user.max_user_namespaces=10000"),
)
_MOST = 200


def hindrance(program: str) -> str | None:
    """What can be told without trying."""
    if sys.platform != "linux":
        return f"Sandboxes need Linux; develop without, {_ELSEWHERE}."
    if not known_machine():
        return (
            f"Sandboxes are made on x86_64 and aarch64 only; this is another machine, {_ELSEWHERE}."
        )
    if shutil.which(program) is None:
        return (
            "bubblewrap is not installed: `apt install bubblewrap` (or your system's package), "
            f"{_ELSEWHERE}."
        )
    return None


def refusal(complaint: str) -> str:
    """What bubblewrap's complaint comes to."""
    lines = [line for line in complaint.splitlines() if line.strip()]
    said = lines[-1][:_MOST] if lines else "bubblewrap said nothing"
    for file, off, switch in _SWITCHES:
        if os.geteuid() != 0 and _says(file, off):
            return (
                f"This system keeps ordinary users from making namespaces ({said}): "
                f"`sysctl -w {switch}`, {_ELSEWHERE}."
            )
    return f"The kernel or the container forbids sandboxes ({said}): {_CONTAINER}, {_ELSEWHERE}."


def _says(file: str, value: str) -> bool:
    try:
        return Path(file).read_text().strip() == value
    except OSError:
        return False
