"""What holds for every project that is installed from a lock file and may run in a container."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml

from tests.packs.combination import PACKS
from tests.packs.conftest import MakeProject

SERVICES = sorted(
    path.parent.parent.name
    for path in PACKS.glob("*/toolchain/runtime.in")
    if (path.parents[1] / "files" / "Dockerfile").exists()
)
CONTAINER_FILES = {"Dockerfile", ".dockerignore"}

services = pytest.mark.parametrize("pack", SERVICES)


@services
def test_what_is_installed_is_what_the_project_asks_for(
    make_project: MakeProject, pack: str
) -> None:
    project = make_project(pack, name="orders")
    asked = tomllib.loads(project.read("pyproject.toml"))["project"]["dependencies"]
    wanted = (PACKS / pack / "toolchain" / "runtime.in").read_text().splitlines()
    assert asked == wanted
    locked = project.read("requirements.txt")
    for requirement in wanted:
        name = requirement.split("[")[0].split(">")[0]
        assert f"\n{name}==" in f"\n{locked}".replace("[binary]", "")
    assert "http" not in locked.replace("httptools", "")


@services
def test_with_a_container_it_is_built_small_and_runs_without_rights(
    make_project: MakeProject, pack: str
) -> None:
    project = make_project(pack, name="orders", python="3.13", ci="both")
    assert {file.path for file in project.made.files} >= CONTAINER_FILES
    lines = project.read("Dockerfile").splitlines()
    stages = [line for line in lines if line.startswith("FROM")]
    assert stages == ["FROM python:3.13-slim AS build", "FROM python:3.13-slim"]
    assert lines.index("USER 10001") > lines.index(stages[1])
    listens = any(line.startswith("EXPOSE") for line in lines)
    assert any(line.startswith("HEALTHCHECK") for line in lines) == listens
    assert any("--require-hashes" in line for line in lines)
    assert project.read(".dockerignore").splitlines()[1] == "*"
    assert "container" in yaml.safe_load(project.read(".github/workflows/ci.yml"))["jobs"]
    assert "container" in yaml.safe_load(project.read(".gitlab-ci.yml"))
    assert "docker" in project.read(".github/dependabot.yml")
    assert "make image" in project.read("README.md")


@services
def test_what_the_container_takes_is_let_in_and_there(make_project: MakeProject, pack: str) -> None:
    project = make_project(pack, name="orders")
    let_in = {
        line.removeprefix("!")
        for line in project.read(".dockerignore").splitlines()
        if line.startswith("!")
    }
    for path in let_in:
        assert Path(project.folder / path).exists(), path
    assert {"pyproject.toml", "requirements.txt", "README.md", "LICENSE", "src"} <= let_in


@services
def test_without_a_container_nothing_speaks_of_one(make_project: MakeProject, pack: str) -> None:
    project = make_project(pack, name="orders", container="no", ci="both")
    assert not {file.path for file in project.made.files} & CONTAINER_FILES
    for file in project.made.files:
        if not file.path.startswith((".firstcommit/", "gunicorn.conf.py")):
            assert "docker" not in (file.text or "").lower(), file.path


@services
def test_it_runs_on_the_python_that_was_chosen(make_project: MakeProject, pack: str) -> None:
    project = make_project(pack, name="orders", python="3.14", ci="both")
    assert tomllib.loads(project.read("pyproject.toml"))["project"]["requires-python"] == ">=3.14"
    jobs = yaml.safe_load(project.read(".github/workflows/ci.yml"))["jobs"]
    assert jobs["check"]["strategy"]["matrix"]["python"] == ["3.14"]
    matrix = yaml.safe_load(project.read(".gitlab-ci.yml"))["check"]["parallel"]["matrix"]
    assert matrix == [{"PYTHON": ["3.14"]}]
