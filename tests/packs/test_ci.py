"""What the projects' CI does, on both forges: the pack's checks and nothing that surprises."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
import yaml

from bot.generation.files import GeneratedProjectFiles
from bot.generation.generator import ProjectGenerator
from tests.packs.combination import PLACE, Combination, all_combinations, only_in_ci

CASES = pytest.mark.parametrize("combination", all_combinations(), ids=str)
#: The job that runs the pack's checks, on either forge.
CHECK = "check"
INSTALLING = ("python -m pip install ", "npm ci", "npm install ")
PINNED = re.compile(r"[\w.-]+/[\w./-]+@(?:v\d+(?:\.\d+)*|release/v\d+|[0-9a-f]{40})")
MATRIX = re.compile(r"\$\{\{\s*matrix\.(\w+)")
GITLAB_KEYWORDS = {"workflow", "default", "variables", "include", "stages"}

Workflow = Mapping[str, Any]


@pytest.fixture(scope="module")
def make(generator: ProjectGenerator) -> Any:
    """Makes the files of a combination."""

    def files(combination: Combination) -> GeneratedProjectFiles:
        return generator.generate(combination.pack, combination.answers, defaults=PLACE)

    return files


@CASES
def test_ci_runs_exactly_the_checks_of_the_pack(
    make: Any, generator: ProjectGenerator, combination: Combination
) -> None:
    checks = {shlex.join(check.run) for check in generator.library.get(combination.pack).checks}
    made = make(combination)
    for jobs in (*map(github_jobs, workflows(made)), gitlab_jobs(made)):
        if CHECK in jobs:
            ran = {spelled_out(made, line) for line in commands(jobs[CHECK])}
            assert ran - only_in_ci(combination.pack) == checks


@CASES
def test_ci_is_there_where_it_was_asked_for(make: Any, combination: Combination) -> None:
    made = make(combination)
    ci = made.answers["ci"]
    assert any(CHECK in flow["jobs"] for flow in workflows(made)) == (ci in ("github", "both"))
    assert (CHECK in gitlab_jobs(made)) == (ci in ("gitlab", "both"))


@CASES
def test_a_workflow_asks_for_no_more_than_it_needs(make: Any, combination: Combination) -> None:
    for flow in workflows(make(combination)):
        assert flow["permissions"] in ({}, {"contents": "read"})
        for job in flow["jobs"].values():
            assert job["timeout-minutes"] <= 30
            for step in job["steps"]:
                if step.get("uses", "").startswith("actions/checkout@"):
                    assert step["with"]["persist-credentials"] is False


@CASES
def test_a_workflow_holds_together(make: Any, combination: Combination) -> None:
    for flow in workflows(make(combination)):
        for job in flow["jobs"].values():
            needs = job.get("needs", [])
            assert {needs} if isinstance(needs, str) else set(needs) <= set(flow["jobs"])
            matrix = job.get("strategy", {}).get("matrix", {})
            assert set(MATRIX.findall(yaml.safe_dump(job))) <= set(matrix)
            for step in job["steps"]:
                assert ("uses" in step) != ("run" in step), step
                assert "uses" not in step or is_pinned(step["uses"]), step
                assert "${{" not in step.get("run", ""), "a shell reads what others wrote"


@CASES
def test_a_pipeline_holds_together(make: Any, combination: Combination) -> None:
    jobs = gitlab_jobs(make(combination))
    for job in jobs.values():
        assert job["script"]
        assert set(job.get("needs", ())) <= set(jobs)


def workflows(made: GeneratedProjectFiles) -> Iterator[Workflow]:
    for file in made.files:
        if file.path.startswith(".github/workflows/"):
            flow = yaml.safe_load(file.text or "")
            # To YAML 1.1 the word "on" is a truth value.
            assert flow.keys() & {"on", True}
            yield flow


def github_jobs(flow: Workflow) -> Mapping[str, Workflow]:
    return flow["jobs"]  # type: ignore[no-any-return]


def gitlab_jobs(made: GeneratedProjectFiles) -> Mapping[str, Workflow]:
    file = made.files.get(".gitlab-ci.yml")
    pipeline = yaml.safe_load(file.text or "") if file else {}
    return {
        name: job
        for name, job in pipeline.items()
        if name not in GITLAB_KEYWORDS and not name.startswith(".")
    }


def commands(job: Workflow) -> Sequence[str]:
    """The lines that a job runs, but for those that install."""
    scripts = job.get("script") or [step["run"] for step in job["steps"] if "run" in step]
    lines = [line.strip() for script in scripts for line in script.splitlines()]
    return [line for line in lines if line and not line.startswith(INSTALLING)]


def spelled_out(made: GeneratedProjectFiles, line: str) -> str:
    """What a line runs, if it is the name of a script of the project's manifest."""
    named = re.fullmatch(r"npm (?:run )?([\w:-]+)", line)
    manifest = made.files.get("package.json")
    if not named or not manifest:
        return line
    scripts: Mapping[str, str] = json.loads(manifest.text or "")["scripts"]
    return scripts[named[1]]


def is_pinned(uses: str) -> bool:
    return uses.startswith("./") or bool(PINNED.fullmatch(uses))
