"""Projects made by the packs that ship, written to disk and checked with their own tools."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.generation.files import GeneratedProjectFiles
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from tests.parts import ROOT

PACKS = ROOT / "templates" / "packs"


@dataclass(frozen=True, kw_only=True)
class Project:
    """A generated project in a folder."""

    folder: Path
    made: GeneratedProjectFiles

    def read(self, path: str) -> str:
        """The text of a file."""
        return (self.folder / path).read_text()

    def passes(self, *words: str) -> None:
        """Run one of Python's tools in the project and fail with what it says."""
        # Nothing of the surroundings but where programs are: the project stands for itself.
        environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"

    def passes_its_own_checks(self, mypy_cache: Path) -> None:
        """Lint, format, types and tests, as the project's own CI runs them."""
        self.passes("ruff", "check", "--no-cache")
        self.passes("ruff", "format", "--check", "--no-cache")
        self.passes("mypy", "--cache-dir", str(mypy_cache))
        self.passes("pytest", "-q", "-p", "no:cacheprovider")


MakeProject = Callable[..., Project]


@pytest.fixture(scope="session")
def generator() -> ProjectGenerator:
    """Makes projects from the packs that ship."""
    return ProjectGenerator(PackLibrary(PACKS))


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all projects: what mypy knows of the standard library is the same in each."""
    return tmp_path_factory.mktemp("mypy-cache")


@pytest.fixture
def make_project(generator: ProjectGenerator, tmp_path: Path) -> MakeProject:
    """Generates a project and writes it to a folder."""

    def make(pack: str, **answers: object) -> Project:
        made = generator.generate(pack, answers, defaults={"ci": "github"})
        for file in made.files:
            target = tmp_path / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.content)
            target.chmod(file.mode & 0o777)
        return Project(folder=tmp_path, made=made)

    return make
