"""The tools of our own development environment as a toolchain: nothing is fetched or installed."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from importlib.metadata import distribution
from importlib.util import cache_from_source
from pathlib import Path

from bot.generation.pack_format import Pack
from bot.verification.toolchains import COMPLETE, PYTHON_INSIDE, Toolchains

#: What `pytest --cov` and `ruff` need.
_NEEDED = (
    "pytest",
    "pluggy",
    "iniconfig",
    "packaging",
    "pygments",
    "coverage",
    "pytest-cov",
    "ruff",
)


def place_at(folder: Path, pack: Pack) -> None:
    """Have the toolchain of a pack in a folder of toolchains."""
    toolchains = Toolchains(folder)
    (wanted,) = toolchains.wanted(pack)
    place = toolchains.place(wanted)
    if toolchains.is_built(wanted):
        return
    programs = place / "python" / "bin"
    programs.mkdir(parents=True)
    base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    (programs / "python").symlink_to(base)
    (place / "python" / "pyvenv.cfg").write_text(f"home = {base.parent}\n")
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(place / "python")}))
    for name in _NEEDED:
        _link(name, packages)
    _place(Path(sys.executable).with_name("ruff"), programs / "ruff")
    for name in ("pytest", "coverage"):
        script = programs / name
        script.write_text(f"#!{PYTHON_INSIDE}/bin/python\nimport {name}\n{_CALL[name]}\n")
        script.chmod(0o755)
    (place / COMPLETE).write_text("{}")


_CALL = {
    "pytest": "raise SystemExit(pytest.console_main())",
    "coverage": "from coverage.cmdline import main\nraise SystemExit(main())",
}


def _link(name: str, packages: Path) -> None:
    """The files of a distribution, which cost nothing where both lie on one disk."""
    found = distribution(name)
    for file in found.files or ():
        if ".." in file.parts or "__pycache__" in file.parts:
            continue
        source = Path(str(found.locate_file(file)))
        _place(source, packages / file)
        compiled = Path(cache_from_source(str(source)))
        if source.suffix == ".py" and compiled.is_file():
            # In a sandbox they would be compiled anew each time.
            _place(compiled, packages / file.parent / "__pycache__" / compiled.name)


def _place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
