"""The project that react-app makes."""

from __future__ import annotations

import html
import json
import re

import pytest
import yaml

from tests.packs.conftest import MakeProject

CONTAINER_FILES = {"Dockerfile", ".dockerignore", "nginx.conf"}


def test_with_a_container_it_is_built_small_and_served_without_rights(
    make_project: MakeProject,
) -> None:
    project = make_project("react-app", name="shop", node="26", ci="both")
    assert {file.path for file in project.made.files} >= CONTAINER_FILES
    lines = project.read("Dockerfile").splitlines()
    stages = [line for line in lines if line.startswith("FROM")]
    assert stages == [
        "FROM node:26-slim AS build",
        "FROM nginxinc/nginx-unprivileged:stable-alpine",
    ]
    assert any(line.startswith("HEALTHCHECK") for line in lines)
    assert project.read(".dockerignore").splitlines()[1] == "*"
    assert "container" in yaml.safe_load(project.read(".github/workflows/ci.yml"))["jobs"]
    assert "container" in yaml.safe_load(project.read(".gitlab-ci.yml"))
    assert "docker" in project.read(".github/dependabot.yml")


def test_without_a_container_nothing_speaks_of_one(make_project: MakeProject) -> None:
    project = make_project("react-app", name="shop", container="no", ci="both")
    assert not {file.path for file in project.made.files} & CONTAINER_FILES
    for file in project.made.files:
        if not file.path.startswith(".firstcommit/"):
            assert not re.search("docker|nginx", file.text or "", re.IGNORECASE), file.path


def test_it_is_served_under_a_strict_content_security_policy(make_project: MakeProject) -> None:
    conf = make_project("react-app", name="shop").read("nginx.conf")
    policy = re.search(r'Content-Security-Policy "([^"]+)" always;', conf)
    assert policy
    directives = dict(part.strip().split(" ", 1) for part in policy[1].split(";"))
    assert directives.pop("default-src") == "'none'"
    assert set(directives.values()) == {"'self'", "'none'"}
    # A header set further in would take away those of the server.
    assert conf.count("add_header") == conf.count("\n  add_header")


def test_its_page_says_what_was_answered(make_project: MakeProject) -> None:
    title, description = 'Tom & "Jerry" <b>', "It's <i>ünïcode</i>"
    page = make_project("react-app", name="shop", title=title, description=description).read(
        "index.html"
    )
    assert f"<title>{html.escape(title).replace('&quot;', '&#34;')}</title>" in page
    assert "<i>" not in page
    assert "<script>" not in page
    assert "style=" not in page


def test_its_title_is_made_of_its_name(make_project: MakeProject) -> None:
    project = make_project("react-app", name="my-shop2")
    assert "<title>My shop2</title>" in project.read("index.html")
    assert project.read("README.md").startswith("# My shop2\n")


@pytest.mark.parametrize(
    ("node", "engine"), [("20", ">=20.19"), ("22", ">=22.12"), ("24", ">=24"), ("26", ">=26")]
)
def test_it_is_built_by_the_node_that_was_chosen(
    make_project: MakeProject, node: str, engine: str
) -> None:
    project = make_project("react-app", name="shop", node=node, ci="both")
    assert json.loads(project.read("package.json"))["engines"] == {"node": engine}
    steps = yaml.safe_load(project.read(".github/workflows/ci.yml"))["jobs"]["check"]["steps"]
    assert steps[1]["with"]["node-version"] == node
    assert yaml.safe_load(project.read(".gitlab-ci.yml"))["check"]["image"] == f"node:{node}-slim"
