"""The project that github-action makes."""

from __future__ import annotations

import pytest
import yaml

from bot.errors import UserError
from bot.generation.generator import ProjectGenerator
from tests.packs.conftest import MakeProject


def test_its_metadata_says_what_was_answered(make_project: MakeProject) -> None:
    title, description = 'Tom & "Jerry": it\'s', "Says: # hello \\ ünd *"
    project = make_project("github-action", name="greet", title=title, description=description)
    told = yaml.safe_load(project.read("action.yml"))
    assert (told["name"], told["description"]) == (title, description)
    assert told["runs"] == {"using": "node24", "main": "dist/index.js"}


def test_its_manual_shows_how_it_is_used(make_project: MakeProject) -> None:
    project = make_project("github-action", name="greet", owner="acme-corp")
    manual = project.read("README.md")
    assert "uses: acme-corp/greet@v1" in manual
    assert "${{ steps.greet.outputs.greeting }}" in manual


@pytest.mark.parametrize("owner", ["a/b", "-a", "a b", "é", "a" * 40])
def test_what_is_no_account_is_refused(generator: ProjectGenerator, owner: str) -> None:
    with pytest.raises(UserError, match="`owner`"):
        generator.generate("github-action", {"name": "greet", "owner": owner, "ci": "none"})


def test_its_bundle_is_kept_and_the_same_whatever_is_answered(make_project: MakeProject) -> None:
    first = make_project("github-action", name="greet").read("dist/index.js")
    second = make_project("github-action", name="other", ci="none", licence="none")
    assert second.read("dist/index.js") == first
    assert "dist/" not in second.read(".gitignore").splitlines()
    assert "dist/** linguist-generated=true" in second.read(".gitattributes").splitlines()


def test_ci_tries_the_action_itself_on_every_system(make_project: MakeProject) -> None:
    project = make_project("github-action", name="greet")
    job = yaml.safe_load(project.read(".github/workflows/ci.yml"))["jobs"]["try"]
    assert len(job["strategy"]["matrix"]["system"]) == 3
    assert "./" in [step.get("uses") for step in job["steps"]]


def test_only_a_release_may_write_and_no_token_is_kept(make_project: MakeProject) -> None:
    project = make_project("github-action", name="greet")
    workflow = yaml.safe_load(project.read(".github/workflows/release.yml"))
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["jobs"]["tags"]["permissions"] == {"contents": "write"}
    assert "secrets." not in project.read(".github/workflows/release.yml")
    # What others name reaches the shell as a variable and is looked at before it is used.
    assert '[[ "$TAG" =~ ^v[0-9]+' in workflow["jobs"]["tags"]["steps"][0]["run"]
