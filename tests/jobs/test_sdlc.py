"""From a sentence in a thread to a project whose own tests pass, by the model that is a program."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bot.agents.models.pretended import PretendedModels
from bot.agents.scripted import respond
from bot.build import build_models
from bot.core.model_calls import ModelName, ModelTask
from bot.core.runs import StepStatus
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from bot.sandbox.bubblewrap import Bubblewrap
from tests import toolchain
from tests.jobs.test_local import Disk
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


@pytest.fixture(scope="session")
def generator(packs: Path) -> ProjectGenerator:
    return ProjectGenerator(PackLibrary(packs))


@pytest.fixture
def disk(tmp_path: Path, spine_database: Path, generator: ProjectGenerator) -> Iterator[Disk]:
    made = Disk(tmp_path, spine_database)
    made.services = replace(made.services, models=pretended(), generator=generator)
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


def pretended(*, wrong: Mapping[str, object] | None = None) -> PretendedModels:
    """The model that is a program, in this process.

    Args:
        wrong: What is answered instead, by what is asked for.
    """

    def answer(task: ModelTask, since: Sequence[str]) -> object:
        if wrong is not None and task.purpose in wrong:
            return wrong[task.purpose]
        return respond(task.prompt, task.instructions, task.schema, task.purpose)

    return PretendedModels(answer)


def asked(disk: Disk) -> list[str]:
    models = disk.services.models
    assert isinstance(models, PretendedModels)
    return [task.purpose for task in models.asked]


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
    # Through the process that models are asked from, as on a server.
    settings = replace(
        sandboxed.services.settings, model=(ModelName(provider="scripted", name="demo"),)
    )
    sandboxed.services = replace(sandboxed.services, models=build_models(settings))
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
    assert asked(sandboxed).count("code") == 2


def test_two_requests_give_two_projects_where_nothing_can_be_run(disk: Disk) -> None:
    disk.open(COUNTS)
    thread = disk.open("/generate name=distance into=demo/units -- convert feet to metres for all")
    assert "### ✅ distance is ready in demo/units" in disk.answers(thread)[0]
    counting, converting = paths(disk, "demo/tally"), paths(disk, "demo/units")
    assert "src/word_count/counting_words.py" in counting
    assert "src/distance/conversion.py" in converting
    assert statuses(disk)["repair"] is StepStatus.SKIPPED
    projects = {project.name for project in disk.store.projects.recent()}
    assert projects == {"word-count", "distance"}


def test_a_plan_waits_and_is_published_as_it_was_shown(disk: Disk) -> None:
    thread = disk.open(f"/plan track=yes {COUNTS.removeprefix('/generate ')}")
    (living,) = disk.answers(thread)
    assert "planned, and waiting for approval" in living
    assert "**Opens 1 issue** under the milestone `word-count`" in living
    (line,) = [line for line in living.splitlines() if line.startswith("/approve ")]
    disk.say(thread, line)
    assert "is ready in demo/tally" in disk.answers(thread)[0]
    assert asked(disk).count("architecture") == 1


@pytest.mark.parametrize(
    ("purpose", "answer", "told"),
    [
        ("requirements", {"summary": "It"}, "There are no requirements"),
        ("architecture", {}, "Field required"),
        ("code", {"content": ""}, "is empty"),
        ("review", {"summary": ""}, "`summary` is empty"),
    ],
)
def test_what_is_never_fit_ends_the_run_with_what_was_wrong(
    disk: Disk, purpose: str, answer: object, told: str
) -> None:
    disk.services = replace(disk.services, models=pretended(wrong={purpose: answer}))
    (living,) = disk.answers(disk.open(COUNTS))
    assert "Reason: `model_answer`" in living
    assert told in living
    assert disk.forge.repository("demo/tally") is None


def finding(severity: str) -> dict[str, object]:
    found = {"severity": severity, "path": "README.md", "line": 1, "message": "It says nothing."}
    return {"summary": "It is not done.", "findings": [found]}


def repairing(path: str, content: str) -> dict[str, object]:
    return {"cause": "Nobody thought of it.", "files": [{"path": path, "content": content}]}


def test_what_a_reviewer_finds_blocking_is_mended(disk: Disk) -> None:
    mended = repairing("README.md", "# A command that counts words\n")
    models = pretended(wrong={"review": finding("blocking"), "repair": mended})
    disk.services = replace(disk.services, models=models)
    (living,) = disk.answers(disk.open(COUNTS))
    assert "is ready in demo/tally" in living
    assert asked(disk).count("repair") == 1
    assert statuses(disk)["mended"] is StepStatus.COMPLETED
    assert statuses(disk)["repair-2"] is StepStatus.SKIPPED


def test_what_a_reviewer_merely_dislikes_is_left_to_people(disk: Disk) -> None:
    disk.services = replace(disk.services, models=pretended(wrong={"review": finding("major")}))
    disk.open(COUNTS)
    assert statuses(disk)["repair"] is StepStatus.SKIPPED


def test_repairs_end_after_two_rounds_and_the_run_says_what_is_left(disk: Disk) -> None:
    rounds = iter("ab")

    def answer(task: ModelTask, since: Sequence[str]) -> object:
        if task.purpose == "review":
            return finding("blocking")
        if task.purpose == "repair":
            return repairing("Dockerfile", f"# {next(rounds)}\nRUN true\n")
        return respond(task.prompt, task.instructions, task.schema, task.purpose)

    disk.services = replace(disk.services, models=PretendedModels(answer))
    (living,) = disk.answers(disk.open(COUNTS))
    assert asked(disk).count("repair") == 2
    assert "**Findings of the verification:**" in living
    assert "`Dockerfile" in living
    assert "is ready in demo/tally" in living


def test_a_second_answer_and_an_answer_to_nothing_are_told(disk: Disk) -> None:
    thread = disk.open(CONVERTS)
    disk.say(thread, "/revise")
    assert "`missing_text`" in disk.answers(thread)[-1]
    disk.say(thread, "/revise -- people who run")
    disk.say(thread, "/revise -- people who swim")
    assert "`nothing_to_revise`" in disk.answers(thread)[-1]
    living = disk.answers(thread)[0]
    assert "**Asked:** For whom is it?" in living
    assert "**Answered** by you: people who run" in living
