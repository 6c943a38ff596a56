"""Projects made by the packs that ship, written to disk and checked with their own tools."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.generation.files import GeneratedProjectFiles
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from tests.packs import proof
from tests.packs.combination import PACKS, PLACE


@dataclass(frozen=True, kw_only=True)
class Project:
    """A generated project in a folder."""

    folder: Path
    made: GeneratedProjectFiles

    def read(self, path: str) -> str:
        """The text of a file."""
        return (self.folder / path).read_text()


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
        made = generator.generate(pack, answers, defaults=PLACE)
        return Project(folder=proof.write(made, tmp_path), made=made)

    return make
