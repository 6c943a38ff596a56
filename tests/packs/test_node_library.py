"""The project that node-library makes."""

from __future__ import annotations

import json

import pytest
import yaml

from bot.errors import UserError
from bot.generation.generator import ProjectGenerator
from tests.packs.conftest import MakeProject


@pytest.mark.parametrize("scope", ["acme", "@acme"])
def test_a_scope_stands_before_its_name(make_project: MakeProject, scope: str) -> None:
    project = make_project("node-library", name="ui", scope=scope)
    assert json.loads(project.read("package.json"))["name"] == "@acme/ui"
    assert json.loads(project.read("package-lock.json"))["packages"][""]["name"] == "@acme/ui"
    assert 'from "@acme/ui"' in project.read("README.md")
    assert "npm install @acme/ui" in project.read("README.md")


@pytest.mark.parametrize("scope", ["@", "Acme", "a/b", "@@a", "-a", "é"])
def test_what_is_no_scope_is_refused(generator: ProjectGenerator, scope: str) -> None:
    with pytest.raises(UserError, match="`scope`"):
        generator.generate("node-library", {"name": "ui", "scope": scope, "ci": "none"})


def test_within_a_scope_a_name_may_be_that_of_a_tool(make_project: MakeProject) -> None:
    project = make_project("node-library", name="http", scope="acme")
    assert json.loads(project.read("package.json"))["name"] == "@acme/http"


@pytest.mark.parametrize(
    ("node", "language", "versions"),
    [
        ("20", "es2023", ["20", "22", "24", "26"]),
        ("22", "es2024", ["22", "24", "26"]),
        ("26", "es2025", ["26"]),
    ],
)
def test_it_is_tried_on_every_node_from_the_oldest_on(
    make_project: MakeProject, node: str, language: str, versions: list[str]
) -> None:
    project = make_project("node-library", name="ui", node=node, ci="both")
    assert json.loads(project.read("package.json"))["engines"] == {"node": f">={node}"}
    assert json.loads(project.read("tsconfig.json"))["compilerOptions"]["target"] == language
    pipeline = yaml.safe_load(project.read(".gitlab-ci.yml"))
    assert pipeline["check"]["parallel"]["matrix"] == [{"NODE": versions}]
    steps = yaml.safe_load(project.read(".github/workflows/ci.yml"))["jobs"]["check"]
    if len(versions) > 1:
        assert steps["strategy"]["matrix"]["node"] == versions
    else:
        assert steps["steps"][1]["with"]["node-version"] == versions[0]


def test_a_release_is_published_with_provenance_and_without_a_token(
    make_project: MakeProject,
) -> None:
    project = make_project("node-library", name="ui")
    workflow = yaml.safe_load(project.read(".github/workflows/release.yml"))
    assert workflow["permissions"] == {"contents": "read"}
    job = workflow["jobs"]["publish"]
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert job["steps"][-1]["run"] == "npm publish --provenance --access public"
    assert "secrets." not in project.read(".github/workflows/release.yml")


PUBLISHERS = {
    "github": (True, False),
    "gitlab": (False, True),
    # Two forges that publish the same version would stand in one another's way.
    "both": (True, False),
    "none": (False, False),
}


@pytest.mark.parametrize(("ci", "expected"), PUBLISHERS.items())
def test_one_forge_publishes(
    make_project: MakeProject, ci: str, expected: tuple[bool, bool]
) -> None:
    project = make_project("node-library", name="ui", ci=ci)
    pipeline = project.folder / ".gitlab-ci.yml"
    by_github = (project.folder / ".github/workflows/release.yml").exists()
    by_gitlab = pipeline.exists() and "publish" in yaml.safe_load(pipeline.read_text())
    assert (by_github, by_gitlab) == expected
    assert ("release.yml" in project.read("README.md")) == by_github
    assert ("The job `publish`" in project.read("README.md")) == by_gitlab


def test_what_is_published_has_types_and_only_modules(make_project: MakeProject) -> None:
    told = json.loads(make_project("node-library", name="ui").read("package.json"))
    assert told["exports"]["."] == {
        "types": "./dist/index.d.ts",
        "default": "./dist/index.js",
    }
    assert "main" not in told
    assert "dependencies" not in told
