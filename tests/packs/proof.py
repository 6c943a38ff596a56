"""A generated project's own checks, run as verification runs them: shut off, and told what came.

With bubblewrap there is no network and nothing but the project can be written; without it the
checks run as they are, which shows the same of a project that behaves.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.generation.files import GeneratedProjectFiles
from bot.generation.pack_format import Check
from tests import parts
from tests.packs.toolchains import Toolchain

CHECK_TIMEOUT_S = 170
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
_PROJECT = "project"
_ANSI = re.compile(r"\x1b\[[0-9;]*[a-zA-Z]")
#: What changes from run to run and says nothing: how long it took.
_TIME = re.compile(r"\s*(?:\bin |took |\()?\b\d+(?:\.\d+)?\s?m?s\b\)?")
#: Said with every total, and the same each time.
_THRESHOLD = re.compile(r"Required test coverage of \S+ reached\. ")
_TELLING = re.compile(
    r"passed|Total coverage|Success|no issues|already formatted|Successfully|built|"
    r"No problems|no errors|0 errors|is valid|clean|^(?:ℹ|#) pass \d",
    re.IGNORECASE,
)
MAX_TOLD = 110


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one check. ``passed`` is None if it was not run."""

    check: str
    command: str
    passed: bool | None
    told: str
    output: str = ""


def write(made: GeneratedProjectFiles, folder: Path) -> Path:
    """Write a project below a folder, as verification lays it out, and give its own folder."""
    project = folder / _PROJECT
    for file in made.files:
        target = project / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
        target.chmod(file.mode & 0o777)
    return project


def run_checks(
    checks: Sequence[Check], project: Path, toolchain: Toolchain, mypy_cache: Path
) -> Iterator[Outcome]:
    """Run the checks in a project that :func:`write` has written, each to its end."""
    # The programs of Node load the same modules as the project only where it finds them too.
    mounted = [str(_modules(project) / ".bin")] if toolchain.node_modules else []
    programs = os.pathsep.join([*mounted, *map(str, toolchain.path), SYSTEM_PATH])
    environment = {
        "PATH": programs,
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # What mypy knows of the standard library is the same in each project.
        "MYPY_CACHE_DIR": str(mypy_cache),
    }
    for check in checks:
        yield _run(check, project, toolchain, environment)


def _run(check: Check, project: Path, toolchain: Toolchain, environment: dict[str, str]) -> Outcome:
    command = " ".join(check.run)
    if shutil.which(check.run[0], path=environment["PATH"]) is None:
        told = f"not run: needs {check.run[0]}"
        return Outcome(check=check.name, command=command, passed=None, told=told)
    started = time.monotonic()
    try:
        done = subprocess.run(
            [*_shut_off(project, toolchain, environment), *check.run],
            cwd=project,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=CHECK_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        told = f"stopped after {round(time.monotonic() - started)} s"
        return Outcome(check=check.name, command=command, passed=False, told=told)
    output = _ANSI.sub("", done.stdout.decode(errors="replace"))
    return Outcome(
        check=check.name,
        command=command,
        passed=done.returncode == 0,
        told=_told(output) if done.returncode == 0 else f"failed with {done.returncode}",
        output=output,
    )


def _shut_off(project: Path, toolchain: Toolchain, environment: dict[str, str]) -> list[str]:
    """The words before a command that leave it the project, its tools and nothing else."""
    modules = _modules(project)
    if parts.absence("bwrap"):
        if toolchain.node_modules and not modules.exists():
            modules.symlink_to(toolchain.node_modules)
        return []
    words = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session"]
    words += ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]
    for folder in (project, Path(environment["MYPY_CACHE_DIR"])):
        words += ["--bind", str(folder), str(folder)]
    if toolchain.node_modules:
        words += ["--ro-bind", str(toolchain.node_modules), str(modules)]
    return [*words, "--chdir", str(project)]


def _modules(project: Path) -> Path:
    """Where a project finds the packages of Node that are not its own."""
    return project.parent / "node_modules"


def _told(output: str) -> str:
    """What a tool said of its success: its own lines, without how long it took."""
    lines = [_THRESHOLD.sub("", _TIME.sub("", line)) for line in output.splitlines()]
    lines = [line for line in (line.strip(" =.\t") for line in lines) if line]
    telling = [line for line in lines if _TELLING.search(line)][-2:] or lines[-1:]
    return "; ".join(telling)[:MAX_TOLD] if telling else "(silent, exit code 0)"
