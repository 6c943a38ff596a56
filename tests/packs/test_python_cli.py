"""The project that python-cli makes."""

from __future__ import annotations

import argparse
import tomllib

import pytest
import yaml

from tests.packs.conftest import MakeProject


def test_the_command_is_called_like_the_project(make_project: MakeProject) -> None:
    project = make_project("python-cli", name="my-tool2")
    metadata = tomllib.loads(project.read("pyproject.toml"))["project"]
    assert metadata["scripts"] == {"my-tool2": "my_tool2.cli:main"}
    assert metadata["dependencies"] == []


DESCRIPTIONS = [
    'Ends in """',
    "back\\slash\\",
    "x" * 300,
    "漢字" * 60,
    "100% %(prog)d",
    "50%",
    "a " * 80,
    "x" * 47 + '\\"' * 9,
]


@pytest.mark.parametrize("description", DESCRIPTIONS)
def test_any_description_is_shown_by_help(make_project: MakeProject, description: str) -> None:
    code = make_project("python-cli", name="tool", description=description).read("src/tool/cli.py")
    start = code.index("DESCRIPTION =")
    values: dict[str, str] = {}
    exec(code[start : code.index("STDIN =")], values)
    # What is longer than a line is broken where there is no space, too.
    parser = argparse.ArgumentParser(prog="tool", description=values["DESCRIPTION"])
    shown = parser.format_help().partition("\n\n")[2].rpartition("\n\noptions:")[0]
    assert "".join(shown.split()) == "".join(description.split())
    assert max(map(len, code.splitlines())) <= 100


@pytest.mark.parametrize("pack", ["python-cli", "python-package"])
def test_a_tag_publishes_without_a_password_and_from_one_forge(
    make_project: MakeProject, pack: str
) -> None:
    project = make_project(pack, name="my-tool2", ci="both")
    flow = yaml.safe_load(project.read(".github/workflows/publish.yml"))
    assert flow["jobs"]["publish"]["permissions"] == {"id-token": "write"}
    assert "permissions" not in flow["jobs"]["build"]
    assert "publish" not in yaml.safe_load(project.read(".gitlab-ci.yml"))
    assert "workflow `publish.yml`" in project.read("README.md")


@pytest.mark.parametrize("pack", ["python-cli", "python-package"])
def test_a_tag_publishes_from_gitlab(make_project: MakeProject, pack: str) -> None:
    project = make_project(pack, name="my-tool2", ci="gitlab")
    pipeline = yaml.safe_load(project.read(".gitlab-ci.yml"))
    assert pipeline["publish"]["id_tokens"] == {"PYPI_ID_TOKEN": {"aud": "pypi"}}
    assert {"if": "$CI_COMMIT_TAG"} in pipeline["workflow"]["rules"]
    assert "pipeline file `.gitlab-ci.yml`" in project.read("README.md")


@pytest.mark.parametrize("answers", [{"licence": "none"}, {"ci": "none"}, {"publish": "no"}])
@pytest.mark.parametrize("pack", ["python-cli", "python-package"])
def test_nothing_is_published_unasked(
    make_project: MakeProject, pack: str, answers: dict[str, str]
) -> None:
    project = make_project(pack, name="my-tool2", **answers)
    for file in project.made.files:
        if not file.path.startswith(".firstcommit/"):
            assert "trusted" not in (file.text or ""), file.path
