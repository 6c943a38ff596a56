"""From a sentence in a thread to a project whose own tests pass, by the model that is a program."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bot.core.runs import StepStatus
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from bot.sandbox.bubblewrap import Bubblewrap
from tests import toolchain
from tests.jobs.test_local import Disk
from tests.sdlc import Told
from tests.spine import SHIPPED_PACKS

COUNTS = "/generate into=demo/tally -- a small command for writers that counts words"
CONVERTS = "/generate into=demo/units -- a library that converts miles to kilometres"
#: Of the checks of the packs, those that are quick and that tell a right project from a wrong one.
CHECKS = {"lint", "tests"}


@pytest.fixture(scope="session")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packs of Python with fewer checks."""
    folder = tmp_path_factory.mktemp("packs")
    for name in ("_shared", "python-cli", "python-package"):
        shutil.copytree(SHIPPED_PACKS / name, folder / name)
    for manifest in folder.glob("*/pack.yaml"):
        data = yaml.safe_load(manifest.read_text())
        data["checks"] = [check for check in data["checks"] if check["name"] in CHECKS]
        manifest.write_text(yaml.safe_dump(data, sort_keys=False))
    return folder


@pytest.fixture
def disk(tmp_path: Path, spine_database: Path, packs: Path) -> Iterator[Disk]:
    made = Disk(tmp_path, spine_database)
    generator = ProjectGenerator(PackLibrary(packs))
    made.services = replace(made.services, models=Told(), generator=generator)
    yield made
    made.store.database.close()


@pytest.fixture(scope="session")
def tools(packs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of toolchains with what the packs' checks need."""
    folder = tmp_path_factory.mktemp("toolchains")
    toolchain.place_at(folder, PackLibrary(packs).get("python-cli"))
    return folder


@pytest.fixture
def sandboxed(disk: Disk, tools: Path) -> Disk:
    """With a sandbox, and the tools."""
    disk.services.settings.toolchains_dir.symlink_to(tools)
    disk.services = replace(disk.services, sandbox=Bubblewrap())
    return disk


def told(disk: Disk) -> Told:
    models = disk.services.models
    assert isinstance(models, Told)
    return models


def statuses(disk: Disk) -> Mapping[str, StepStatus]:
    (run,) = disk.store.runs.recent(limit=1)
    return {step.id: step.status for step in run.steps}


def checks(disk: Disk, step: str) -> dict[str, str]:
    (run,) = disk.store.runs.recent(limit=1)
    found = (run.step(step).outputs or {})["checks"]
    assert isinstance(found, list)
    return {check["name"]: check["result"] for check in found}


def paths(disk: Disk, name: str) -> set[str]:
    repository = disk.forge.repository(name)
    assert repository is not None
    return {file.path for file in disk.people.files_of(repository, "main")}


@pytest.mark.needs("bwrap")
def test_a_question_is_answered_and_what_a_failed_test_shows_is_mended(sandboxed: Disk) -> None:
    thread = sandboxed.open(CONVERTS)
    (living,) = sandboxed.answers(thread)
    assert "For whom is it?" in living
    assert "/revise -- YOUR ANSWER" in living
    assert "Whoever may write `generate` here can answer" in living
    sandboxed.say(thread, "/revise -- people who run")
    living, noted = sandboxed.answers(thread)
    assert "goes on with this answer" in noted
    assert "### ✅ miles-to-kilometres is ready in demo/units" in living
    assert checks(sandboxed, "checks") == {"lint": "passed", "tests": "failed"}
    assert checks(sandboxed, "checks-2") == {"lint": "passed", "tests": "passed"}
    assert checks(sandboxed, "final") == {"lint": "passed", "tests": "passed"}
    assert statuses(sandboxed)["repair-2"] is StepStatus.SKIPPED
    files = paths(sandboxed, "demo/units")
    assert {"src/miles_to_kilometres/conversion.py", "tests/test_conversion.py"} <= files
    assert not {path for path in files if "greeting" in path}


@pytest.mark.needs("bwrap")
def test_another_request_gives_another_project_whose_tests_pass_at_once(sandboxed: Disk) -> None:
    thread = sandboxed.open(COUNTS)
    (living,) = sandboxed.answers(thread)
    assert "### ✅ word-count is ready in demo/tally" in living
    assert checks(sandboxed, "final") == {"lint": "passed", "tests": "passed"}
    assert statuses(sandboxed)["repair"] is StepStatus.SKIPPED
    assert [task.purpose for task in told(sandboxed).asked].count("code") == 2
