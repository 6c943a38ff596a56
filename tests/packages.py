"""Packages that bring steps, installed into a folder of a test's own and never into the venv."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.steps import registry
from tests.parts import ROOT

EXAMPLE = ROOT / "tests" / "example_step"


def install_example(target: Path) -> Path:
    """Build the wheel of ``tests/example_step`` and unpack it into ``target``.

    The folder is then to be put on ``sys.path`` or ``PYTHONPATH``. Nothing is fetched.
    """
    wheel = target / "example.whl"
    target.mkdir(parents=True, exist_ok=True)
    wheel.write_bytes(_example_wheel())
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    wheel.unlink()
    registry.forget()
    return target


def install_module(target: Path, package: str, code: str, steps: Mapping[str, str]) -> Path:
    """A package of one module ``package`` with that code and those entry points, by hand."""
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{package}.py").write_text(code, encoding="utf-8")
    info = target / f"{package}-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.1\n")
    lines = [f"{name} = {value}" for name, value in steps.items()]
    (info / "entry_points.txt").write_text("\n".join(["[firstcommit.steps]", *lines, ""]))
    registry.forget()
    return target


@cache
def _example_wheel() -> bytes:
    with TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
            cwd=EXAMPLE,
            check=True,
            capture_output=True,
        )
        return next(Path(folder).glob("*.whl")).read_bytes()
