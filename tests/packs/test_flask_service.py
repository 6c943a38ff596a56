"""The project that flask-service makes."""

from __future__ import annotations

import tomllib

import yaml

from tests.packs.conftest import MakeProject

CONTAINER_FILES = {"Dockerfile", ".dockerignore"}


def test_with_a_container_it_is_built_small_and_runs_without_rights(
    make_project: MakeProject,
) -> None:
    project = make_project("flask-service", name="orders", python="3.13", ci="both")
    assert {file.path for file in project.made.files} >= CONTAINER_FILES
    lines = project.read("Dockerfile").splitlines()
    stages = [line for line in lines if line.startswith("FROM")]
    assert stages == ["FROM python:3.13-slim AS build", "FROM python:3.13-slim"]
    assert "USER 10001" in lines
    assert any(line.startswith("HEALTHCHECK") for line in lines)
    assert project.read(".dockerignore").splitlines()[1] == "*"
    assert "container" in yaml.safe_load(project.read(".github/workflows/ci.yml"))["jobs"]
    assert "container" in yaml.safe_load(project.read(".gitlab-ci.yml"))
    assert "docker" in project.read(".github/dependabot.yml")
    assert "make image" in project.read("README.md")


def test_without_a_container_nothing_speaks_of_one(make_project: MakeProject) -> None:
    project = make_project("flask-service", name="orders", container="no", ci="both")
    assert not {file.path for file in project.made.files} & CONTAINER_FILES
    for file in project.made.files:
        if not file.path.startswith((".firstcommit/", "gunicorn.conf.py")):
            assert "docker" not in (file.text or "").lower(), file.path


def test_it_names_its_own_app_wherever_a_server_looks(make_project: MakeProject) -> None:
    project = make_project("flask-service", name="my-shop2")
    assert 'wsgi_app = "my_shop2:create_app()"' in project.read("gunicorn.conf.py")
    assert "flask --app my_shop2 run" in project.read("Makefile")


def test_it_runs_on_the_python_that_was_chosen(make_project: MakeProject) -> None:
    project = make_project("flask-service", name="orders", python="3.14", ci="both")
    assert tomllib.loads(project.read("pyproject.toml"))["project"]["requires-python"] == ">=3.14"
    jobs = yaml.safe_load(project.read(".github/workflows/ci.yml"))["jobs"]
    assert jobs["check"]["strategy"]["matrix"]["python"] == ["3.14"]
    matrix = yaml.safe_load(project.read(".gitlab-ci.yml"))["check"]["parallel"]["matrix"]
    assert matrix == [{"PYTHON": ["3.14"]}]
