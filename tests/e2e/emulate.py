"""The emulator as a process: started on a free port, watched, and surely stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.parts import free_port

SCRIPT = Path(__file__).resolve().parent / "node_modules" / "emulate" / "dist" / "index.js"
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 5
ATTEMPTS = 3
#: Becomes the given program, which the kernel kills when its parent ends, however that happens.
#: Not a ``preexec_fn``: that runs between fork and exec, where threads make it unsafe.
TIED = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
os.execv(sys.argv[1], sys.argv[1:])
"""


class EmulatorFailed(RuntimeError):
    """The emulator did not start; carries what it said."""


@contextmanager
def emulator(
    node: Path, seed: Mapping[str, object], *, advertised: str, folder: Path
) -> Iterator[str]:
    """Run the emulator with ``seed``; gives its address.

    Args:
        advertised: The address that its answers carry in their links.
        folder: Where the seed and the log (``emulate.log``) are written.
    """
    seed_file = folder / "seed.json"
    seed_file.write_text(json.dumps(seed))
    log = folder / "emulate.log"
    process, address = _started(node, seed_file, log, advertised)
    try:
        yield address
    finally:
        _stop(process)


def _started(
    node: Path, seed_file: Path, log: Path, advertised: str
) -> tuple[subprocess.Popen[bytes], str]:
    # A port that was free a moment ago may be taken by now: then another one is tried.
    for _ in range(ATTEMPTS):
        port = free_port()
        program = [sys.executable, "-c", TIED, str(node.resolve()), str(SCRIPT)]
        options = ["start", "--service", "github", "--port", str(port)]
        options += ["--seed", str(seed_file), "--base-url", advertised]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*program, *options],
                cwd=seed_file.parent,
                env={"PATH": os.environ.get("PATH", ""), "HOME": str(seed_file.parent)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        address = f"http://127.0.0.1:{port}"
        if _answers(process, address):
            return process, address
        _stop(process)
    raise EmulatorFailed(log.read_text(errors="replace"))


def _answers(process: subprocess.Popen[bytes], address: str) -> bool:
    deadline = time.monotonic() + START_TIMEOUT_S
    with httpx.Client(timeout=1, trust_env=False, verify=False) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                client.get(f"{address}/versions")
            except httpx.TransportError:
                time.sleep(0.02)
            else:
                return True
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    # The whole group: node may have started something of its own.
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            continue
        break
    process.wait(STOP_TIMEOUT_S)
