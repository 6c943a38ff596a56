"""Templates and configuration are found from a checkout and from a wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bot import resources
from bot.errors import ConfigurationError
from tests.parts import ROOT

WHERE = "from bot.resources import *; print(templates_dir()); print(config_dir())"
AWKWARD = (
    ".gitignore",
    ".github/workflows/ci.yml",
    ".env.example",
    "{{ module }}/__init__.py",
    "build/dist/x.egg-info",
    "node_modules/kept",
    "data/kept",
)


def test_a_checkout_uses_the_folders_beside_the_package() -> None:
    assert resources.templates_dir() == ROOT / "templates"
    assert resources.config_dir() == ROOT / "config"


def test_an_incomplete_installation_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(resources, "PACKAGE", tmp_path / "bot")
    with pytest.raises(ConfigurationError, match="templates/ is missing"):
        resources.templates_dir()


@pytest.mark.parametrize("folder", ["templates", "config"])
def test_a_wheel_carries_every_file_with_its_mode(
    checkout: Path, unpacked: Path, folder: str
) -> None:
    assert files_of(unpacked / "bot/_shipped" / folder) == files_of(checkout / folder)


def test_a_wheel_carries_the_whole_package(checkout: Path, unpacked: Path) -> None:
    shutil.rmtree(unpacked / "bot/_shipped")
    assert files_of(unpacked / "bot") == files_of(checkout / "bot")


def test_an_unpacked_wheel_finds_its_own_folders(unpacked: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(unpacked)!r}); {WHERE}"],
        check=True,
        capture_output=True,
        text=True,
    )
    shipped = unpacked / "bot" / "_shipped"
    assert said.stdout.splitlines() == [str(shipped / "templates"), str(shipped / "config")]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of ours with files in it that packers like to leave out."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy2(ROOT / name, copy)
    for name in ("bot", "templates", "config"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in AWKWARD:
        path = copy / "templates/packs/awkward/files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("*\n")
    (path.parent / "run").write_text("#!/bin/sh\n")
    (path.parent / "run").chmod(0o755)
    (copy / "config/.hidden.yaml").touch()
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path) -> Path:
    """The wheel as hatchling of the second lock builds it, without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"]
    subprocess.run(command, check=True, cwd=checkout, capture_output=True)
    return next((checkout / "dist").glob("*.whl"))


@pytest.fixture
def unpacked(wheel: Path, tmp_path: Path) -> Path:
    """The wheel's files as an installer lays them out."""
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            Path(archive.extract(info, tmp_path)).chmod(info.external_attr >> 16)
    return tmp_path


def files_of(folder: Path) -> dict[str, bool]:
    """Each file below ``folder``, and whether it is executable."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mode & 0o111 != 0
        for path in folder.rglob("*")
        if path.is_file()
    }
