"""Building toolchains: what a pack's lock files name is installed, and nothing else, ever.

Hashes are demanded, nothing is built from source and no package's script is run, so that what is
installed is what whoever wrote the lock file looked at. A folder gets its name once it is whole.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.errors import UserError
from bot.verification.locks import Lock, refuse_unlocked
from bot.verification.toolchains import (
    COMPLETE,
    PYTHON_INSIDE,
    Toolchains,
    Wanted,
    interpreter_version,
    node_version,
)

Tell = Callable[[str], None]
_PART = ".building-"
_LONGEST_S = 1800
_SHOWN_LINES = 12
#: What this program is set up with is nothing for programs that install packages.
_OURS = ("FIRSTCOMMIT_", "GITHUB_", "GITLAB_", "OPENAI_", "ANTHROPIC_", "DATABASE_URL", "REDIS_URL")
_WRONG_HASH = ("hash mismatch", "do not match the hashes", "eintegrity", "hashes mismatch")
_NO_NETWORK = (
    *("enotfound", "econnrefused", "eai_again", "etimedout", "dns error", "failed to fetch"),
    *("name resolution", "connection refused", "network is unreachable", "could not connect"),
    *("error sending request", "connectionerror", "newconnectionerror"),
)


def build(toolchains: Toolchains, wanted: Wanted, *, tell: Tell, asked_for: str = "") -> bool:
    """Have a toolchain; False where it was there already.

    Args:
        asked_for: The pack that it is built for, where that is none of ours: `prune` keeps it.
        tell: Called with a line on what is going on.

    Raises:
        UserError: ``toolchain_failed`` with what the installer said, and what would help.
    """
    refuse_unlocked(wanted.lock)
    toolchains.folder.mkdir(parents=True, exist_ok=True)
    with _alone(toolchains.folder, wanted):
        if toolchains.is_built(wanted):
            return False
        began = time.monotonic()
        part = Path(tempfile.mkdtemp(prefix=f"{_PART}{wanted.id}-", dir=toolchains.folder))
        try:
            (_build_python if wanted.kind == "python" else _build_node)(wanted, part, tell)
            _open_to_all(part)
            _finish(toolchains, wanted, part, time.monotonic() - began, asked_for)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return True


def prune(toolchains: Toolchains, keep: Iterable[str]) -> Sequence[str]:
    """Remove all but these ids, and what was never finished; what was removed."""
    kept = frozenset(keep)
    removed = []
    for folder in sorted(toolchains.folder.glob("*")):
        name = folder.name
        if folder.is_dir() and name not in kept and not _is_being_built(toolchains, name):
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(name)
    return removed


@contextmanager
def _alone(folder: Path, wanted: Wanted) -> Iterator[None]:
    """Of several that build the same, the others wait and then find it done."""
    with (folder / f"{wanted.id}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_being_built(toolchains: Toolchains, name: str) -> bool:
    identity = name.removeprefix(_PART).partition("-")[0]
    path = toolchains.folder / f"{identity}.lock"
    if not path.exists():
        return False
    with path.open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _build_python(wanted: Wanted, part: Path, tell: Tell) -> None:
    target = part / "python"
    base = str(getattr(sys, "_base_executable", sys.executable))
    uv = _uv()
    tell(f"installing {_count(wanted.lock)} packages with {'uv' if uv else 'pip'}")
    _call([base, "-m", "venv", *(["--without-pip"] if uv else []), str(target)], part)
    python, lock = str(target / "bin" / "python"), part / "python.lock"
    lock.write_bytes(wanted.lock.content)
    demands = ("--require-hashes", "--only-binary", ":all:", "-r", str(lock))
    if uv:
        quick = ("--quiet", "--link-mode", "copy", "--compile-bytecode", "--python", python)
        _call([uv, "pip", "install", *quick, *demands], part)
    else:
        quiet = ("--quiet", "--no-input", "--disable-pip-version-check")
        _call([python, "-m", "pip", "install", *quiet, *demands], part)
    _move_scripts(target / "bin", str(target))


def _build_node(wanted: Wanted, part: Path, tell: Tell) -> None:
    npm = shutil.which("npm")
    if npm is None or not node_version():
        raise _failed(
            "npm is not installed here.", "Install Node.js with npm where toolchains are built."
        )
    (part / "package.json").write_bytes(wanted.lock.manifest)
    (part / "package-lock.json").write_bytes(wanted.lock.content)
    tell("installing packages with npm")
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--no-progress")
    _call([npm, "ci", *quiet], part)
    # A project without any would lack what is mounted.
    (part / "node_modules" / ".bin").mkdir(parents=True, exist_ok=True)


def _uv() -> str | None:
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.is_file() else shutil.which("uv")


def _count(lock: Lock) -> int:
    text = lock.content.decode("utf-8", "replace")
    return sum("==" in line and not line.startswith((" ", "#")) for line in text.splitlines())


def _call(command: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise _failed(f"{command[0]} took longer than {_LONGEST_S // 60} minutes.", "") from exc
    except OSError as exc:
        raise _failed(f"{command[0]} cannot be started: {exc.strerror}.", "") from exc
    if done.returncode:
        said = done.stdout.decode("utf-8", "replace")
        shown = "\n".join(line for line in said.splitlines() if line.strip()).splitlines()
        raise _failed("\n  ".join(shown[-_SHOWN_LINES:]), _help(said))


def _environment(folder: Path) -> Mapping[str, str]:
    """The operator's own, since it names their mirror of the registry; without our settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    inherited.pop("VIRTUAL_ENV", None)
    return {**inherited, "npm_config_cache": str(folder / ".npm"), "PYTHONNOUSERSITE": "1"}


def _help(said: str) -> str:
    lower = said.lower()
    if any(words in lower for words in _WRONG_HASH):
        return (
            "What the registry gave is not what the lock file names, and was not installed. Find "
            "out why before the lock is made anew."
        )
    if any(words in lower for words in _NO_NETWORK):
        return "The package registry was not reached: building needs it, checks do not."
    return ""


def _failed(message: str, remedy: str) -> UserError:
    return UserError(message, reason="toolchain_failed", remedy=remedy)


def _move_scripts(folder: Path, built_at: str) -> None:
    """Let scripts start the interpreter where it is seen inside a sandbox."""
    for path in folder.iterdir():
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        if content.startswith(b"#!") and built_at.encode() in content:
            path.write_bytes(content.replace(built_at.encode(), PYTHON_INSIDE.encode()))


def _open_to_all(folder: Path) -> None:
    """Whoever runs inside a sandbox is nobody's owner."""
    shutil.rmtree(folder / ".npm", ignore_errors=True)
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            more = 0o555 if path.is_dir() or mode & 0o100 else 0o444
            path.chmod((mode | more) & 0o755)


def _finish(
    toolchains: Toolchains, wanted: Wanted, part: Path, took_s: float, asked_for: str
) -> None:
    told = {
        "kind": wanted.kind,
        "interpreter": interpreter_version(wanted.kind),
        "took_s": round(took_s, 1),
        "asked_for": asked_for,
    }
    (part / COMPLETE).write_text(json.dumps(told) + "\n", encoding="utf-8")
    place = toolchains.place(wanted)
    # One that is not complete is of nobody's use.
    shutil.rmtree(place, ignore_errors=True)
    part.rename(place)
