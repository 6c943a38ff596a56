"""What a machine may lack, and how the tests find out.

A test names what it needs by ``@pytest.mark.needs("postgres")`` or by asking for a
fixture of ``conftest.py``. Where the part is absent the test is skipped and says why;
a part listed in ``TEST_REQUIRE`` (``postgres,redis,node,chromium,bwrap``) may not be
absent, and such a test fails instead.

``TEST_POSTGRES_URL`` and ``TEST_REDIS_URL`` name servers to use. The PostgreSQL one is
only asked to create databases of the tests' own; the Redis one has to be there for the
tests alone, since they empty it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import psycopg
import pytest
import redis

ROOT = Path(__file__).resolve().parent.parent
NODE_MODULES = ROOT / "tests" / "e2e" / "node_modules"
POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("TEST_REDIS_URL", "")
PROBE_TIMEOUT_S = 20


def absence(part: str) -> str:
    """Why ``part`` cannot be used here, as one sentence; empty if it can."""
    if part not in PROBES:
        raise pytest.UsageError(f"no such part: {part!r}; there are {', '.join(PROBES)}")
    return PROBES[part]()


def demand(part: str) -> None:
    """Skip the running test where ``part`` is absent, or fail it where it is required."""
    reason = absence(part)
    if not reason:
        return
    if part in required():
        pytest.fail(f"{part} is required by TEST_REQUIRE: {reason}", pytrace=False)
    pytest.skip(f"needs {part}: {reason}")


def required() -> frozenset[str]:
    """The parts that may not be absent on this machine."""
    listed = os.environ.get("TEST_REQUIRE", "").replace(",", " ").split()
    if unknown := set(listed) - set(PROBES):
        raise pytest.UsageError(f"TEST_REQUIRE names no known part: {', '.join(sorted(unknown))}")
    return frozenset(listed)


@cache
def node_binary() -> Path | None:
    """Node as ``npm ci`` in ``tests/e2e`` puts it there, of the version that emulate needs."""
    found = sorted(NODE_MODULES.glob("node-*/bin/node"))
    return found[0] if found and _answers(found[0], "--version") else None


@cache
def chromium_binary() -> Path | None:
    """A browser of the system that playwright can drive."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        # Some distributions ship a stub of that name that only tells how to install it.
        if path and _answers(path, "--version"):
            return Path(path)
    return None


@cache
def redis_binary() -> Path | None:
    """A server of the system's own packages, as opposed to the embedded one."""
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return Path(path)
    return None


@cache
def _postgres() -> str:
    try:
        psycopg.connect(POSTGRES_URL, connect_timeout=5).close()
    except psycopg.OperationalError as exc:
        return f"no PostgreSQL answers at TEST_POSTGRES_URL ({str(exc).splitlines()[0]})"
    return ""


@cache
def _redis() -> str:
    if not REDIS_URL:
        return "" if redis_binary() else "neither valkey-server nor redis-server is installed"
    try:
        redis.Redis.from_url(REDIS_URL, socket_timeout=5).ping()
    except redis.RedisError as exc:
        return f"nothing answers at TEST_REDIS_URL ({exc})"
    return ""


def _node() -> str:
    if not (NODE_MODULES / "emulate" / "package.json").is_file():
        return "emulate is not installed: `npm ci` in tests/e2e does that"
    return "" if node_binary() else "npm has no Node for this machine in tests/e2e"


def _chromium() -> str:
    return "" if chromium_binary() else "no chromium is installed"


@cache
def _bwrap() -> str:
    path = shutil.which("bwrap")
    if path is None:
        return "bubblewrap is not installed"
    if not _answers(path, "--ro-bind", "/", "/", "--unshare-all", "true"):
        return "bubblewrap is installed, but the kernel or container forbids namespaces"
    return ""


def _terraform() -> str:
    return "" if shutil.which("terraform") else "terraform is not installed"


def free_port() -> int:
    """A TCP port of the loopback address that nothing listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _answers(program: str | Path, *arguments: str) -> bool:
    try:
        done = subprocess.run(
            [program, *arguments],
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=PROBE_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


PROBES: dict[str, Callable[[], str]] = {
    "postgres": _postgres,
    "redis": _redis,
    "node": _node,
    "chromium": _chromium,
    "bwrap": _bwrap,
    "terraform": _terraform,
}
