"""The project that terraform-module makes."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from tests.packs.conftest import MakeProject, Project
from tests.packs.terraform import Module, layout_problems, refusals

PROVIDERS = ("aws", "azurerm", "google")
EVERY_PROVIDER = pytest.mark.parametrize("provider", PROVIDERS)


def table(project: Project, heading: str) -> dict[str, list[str]]:
    """The cells behind each name in a table of the manual."""
    lines = project.read("README.md").split(f"## {heading}\n")[1].split("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return {row[0].strip("`"): row[1:] for row in rows if row and row[0].startswith("`")}


def plain(value: object) -> object:
    return value.strip('"') if isinstance(value, str) else value


def module(project: Project) -> Module:
    return Module.of(project.made)


@EVERY_PROVIDER
def test_its_files_parse_and_name_only_what_is_there(
    make_project: MakeProject, provider: str
) -> None:
    project = make_project("terraform-module", name="bucket", provider=provider)
    assert list(module(project).problems()) == []
    assert module(project).resources


@EVERY_PROVIDER
def test_every_input_and_output_is_typed_and_told(make_project: MakeProject, provider: str) -> None:
    made = module(make_project("terraform-module", name="bucket", provider=provider))
    for block in made.variables.values():
        assert block["description"]
        assert block["type"]
    assert all(block["description"] for block in made.outputs.values())
    assert any("validation" in block for block in made.variables.values())


@EVERY_PROVIDER
def test_its_manual_lists_every_input_and_output(make_project: MakeProject, provider: str) -> None:
    project = make_project("terraform-module", name="bucket", provider=provider)
    made = module(project)
    inputs = table(project, "Inputs")
    assert set(inputs) == set(made.variables)
    for name, block in made.variables.items():
        kind, default, meaning = inputs[name]
        assert kind.strip("`") == str(block["type"]).removeprefix("${").removesuffix("}")
        assert (default == "") == (name in made.required)
        assert default == "" or json.loads(default.strip("`")) == plain(block["default"])
        assert meaning == plain(block["description"])
    assert {name: told for name, (told,) in table(project, "Outputs").items()} == {
        name: plain(block["description"]) for name, block in made.outputs.items()
    }


@EVERY_PROVIDER
def test_it_is_tested_without_an_account(make_project: MakeProject, provider: str) -> None:
    project = make_project("terraform-module", name="bucket", provider=provider, ci="both")
    tests = module(project).parsed["tests/module.tftest.hcl"]
    assert [list(entry) for entry in tests["mock_provider"]] == [[f'"{provider}"']]
    runs = [block for entry in tests["run"] for block in entry.values()]
    assert all(block["command"] == "plan" for block in runs)
    assert any("expect_failures" in block for block in runs)
    assert all("assert" in block or "expect_failures" in block for block in runs)


@pytest.mark.needs("terraform")
@EVERY_PROVIDER
def test_its_variables_refuse_what_they_should(make_project: MakeProject, provider: str) -> None:
    outcome = refusals(module(make_project("terraform-module", name="bucket", provider=provider)))
    assert outcome.passed, outcome.output


@EVERY_PROVIDER
def test_nothing_holds_credentials(make_project: MakeProject, provider: str) -> None:
    project = make_project("terraform-module", name="bucket", provider=provider, ci="both")
    made = module(project)
    assert not [path for path in made.texts if "/" not in path and "provider" in made.parsed[path]]
    for file in project.made.files:
        assert not re.search(
            r"secret|access_key\s*=|password|credentials\s*=|client_secret", file.text or ""
        ) or file.path in ("LICENSE", ".gitignore"), file.path


def test_what_it_needs_is_said_everywhere_alike(make_project: MakeProject) -> None:
    project = make_project("terraform-module", name="bucket", provider="google", ci="both")
    wanted = module(project).parsed["versions.tf"]
    for example in ("minimal", "complete"):
        assert (
            module(project).parsed[f"examples/{example}/main.tf"]["terraform"]
            == (wanted["terraform"])
        )
    assert "| provider `hashicorp/google` | `>= 7.0, < 8.0` |" in project.read("README.md")


@EVERY_PROVIDER
def test_the_complete_example_shows_everything_that_can_be_set(
    make_project: MakeProject, provider: str
) -> None:
    made = module(make_project("terraform-module", name="bucket", provider=provider))
    given = made.blocks("examples/complete/main.tf", "module")["example"]
    assert set(made.variables) <= set(given)


def test_both_forges_try_the_oldest_and_the_newest(make_project: MakeProject) -> None:
    project = make_project("terraform-module", name="bucket", ci="both")
    jobs = yaml.safe_load(project.read(".github/workflows/ci.yml"))["jobs"]
    versions = jobs["check"]["strategy"]["matrix"]["terraform"]
    pipeline = yaml.safe_load(project.read(".gitlab-ci.yml"))
    assert pipeline["check"]["parallel"]["matrix"] == [{"TERRAFORM": versions}]
    assert versions[0].startswith("1.9")
    updates = yaml.safe_load(project.read(".github/dependabot.yml"))["updates"]
    assert updates[0]["package-ecosystem"] == "terraform"


@pytest.mark.parametrize(
    "text",
    [
        "a = 1\nlonger = 2\n",
        "b {\n    a = 1\n}\n",
        "b {\n  a = 1 \n}\n",
        "b {\n\ta = 1\n}\n",
    ],
)
def test_what_terraform_would_lay_out_otherwise_is_seen(text: str) -> None:
    assert list(layout_problems(text))
