"""Our own program as a sandbox sees it: what of this machine a child of ours needs to run."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

_PROGRAM = "/firstcommit"
#: A child's command: `own_python`, these, the start of the child, and `own_mounts`'s paths.
PLAIN = ("-I", "-B", "-c")


def start_of(module: str) -> str:
    """What the interpreter is told to do: call a module's ``main``, found on the paths that
    stand behind it on the command line."""
    return f"import sys; sys.path[:0] = sys.argv[1:]; from {module} import main; sys.exit(main())"


def own_python() -> str:
    """The interpreter that made our environment; that itself lies where nobody may look."""
    return os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)


def own_mounts() -> tuple[dict[str, Path], list[str]]:
    """What a child needs of this machine: Python, its packages, and our own program.

    Gives the mounts of an order, and the paths inside on which modules are found.
    """
    program = Path(__file__).resolve().parents[2]
    places = {f"{_PROGRAM}/bot": program / "bot"}
    paths = [_PROGRAM]
    for number, found in enumerate(dict.fromkeys(_packages())):
        places[f"/packages/{number}"] = found
        paths.append(f"/packages/{number}")
    base = Path(sys.base_prefix).resolve()
    if base != Path("/usr"):
        places[str(base)] = base
    return places, paths


def _packages() -> list[Path]:
    found = [sysconfig.get_path(name) for name in ("purelib", "platlib")]
    return [Path(each).resolve() for each in found if each]
