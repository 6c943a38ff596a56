"""``docs/workflows.md``: every field stands in it, and its examples do what they say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from bot.core.api_values import ApiAnswer, ApiRequest
from bot.core.identity import Permission
from bot.core.kinds import INPUT_KINDS, PARTS, Kind
from bot.core.policy import Approval, Policy, Verify
from bot.core.runs import Run, RunStatus
from bot.core.workflow_schema import schema
from bot.sealing import seal, secret_place
from bot.steps import registry
from bot.workflows import gated, load_workflow, look_through, read_file
from tests.packages import install_example
from tests.parts import ROOT
from tests.spine import Bot

PAGE = (ROOT / "docs" / "workflows.md").read_text("utf-8")
FILE = re.compile(r"```yaml\n# (\S+/(\w+)\.yaml)\n(.*?)```", re.DOTALL)
EXAMPLES = {name: (path, text) for path, name, text in FILE.findall(PAGE)}
ORIGIN = "https://catalogue.example.com"


@dataclass
class Catalogue:
    """An API that answers every call the same, and what it was sent."""

    sent: list[ApiRequest] = field(default_factory=list)

    def send(self, request: ApiRequest, *, poll: Callable[[], object] = bool) -> ApiAnswer:
        self.sent.append(request)
        headers = {"content-type": "application/json"}
        return ApiAnswer(status=201, headers=headers, body=b'{"number": 17}')


@pytest.fixture
def organisation(bot: Bot, package_path: Path) -> Bot:
    """Acme with all the examples in its repository for such things."""
    install_example(package_path)
    home = bot.forge.people.add_repository("acme/.github", private=False)
    for path, text in EXAMPLES.values():
        bot.commit(path, text.encode(), where=home)
    bot.forge.people.add_person("olga", {"acme/shop": Permission.ADMIN}, owner_of=["acme"])
    return bot


def done(bot: Bot, command: str) -> Run:
    run = bot.do(command, author="olga")
    assert run.status is RunStatus.COMPLETED, run.failure
    return run


def test_there_are_three() -> None:
    assert sorted(EXAMPLES) == ["library", "licensed", "registered"]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_is_right_and_can_be_gated(name: str, package_path: Path) -> None:
    install_example(package_path)
    path, text = EXAMPLES[name]
    assert path == f".github/firstcommit/workflows/{name}.yaml"
    workflow, problems = look_through(text, source=path, name=name)
    assert workflow is not None, problems
    strict = gated(workflow, Policy(approval=Approval.ALWAYS, verify=Verify.REQUIRE))
    assert {"verify", "approval"} <= {step.uses for step in strict.steps}


def test_what_is_shown_of_a_wrong_file_is_what_is_told() -> None:
    text = EXAMPLES["library"][1].replace("uses: commit", "uses: comit")
    text = text.replace("steps.files.project", "steps.file.project", 1)
    _, problems = look_through(text, source="library.yaml", name="library")
    shown = PAGE.partition("$ firstcommit workflows check library.yaml\n")[2].partition("```")[0]
    assert [str(problem) for problem in problems] == shown.splitlines()


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_command_beside_an_example_names_it(name: str) -> None:
    commands = re.findall(r"`(/generate [^`]*)`", PAGE)
    assert any(f"workflow={name} " in command for command in commands)


def test_a_library_and_what_is_left_to_do(organisation: Bot) -> None:
    run = done(organisation, "/generate library workflow=library name=orders into=acme/orders")
    issues = [issue.title for issue in organisation.forge.people.issues(organisation.shop)]
    assert "acme/orders: Describe what it is for" in issues
    assert "acme/orders: Publish it" in issues
    assert run.outputs is not None
    assert run.outputs["repository"] == "https://forge.example/acme/orders"
    titles = [entry["title"] for listed in run.outputs["issues"] for entry in listed]  # type: ignore[attr-defined]
    assert titles == ["acme/orders: Describe what it is for", "acme/orders: Publish it"]
    milestones = organisation.forge.people.milestones(organisation.shop)
    assert [milestone.title for milestone in milestones] == ["First release"]


def test_a_service_that_is_registered_first(organisation: Bot) -> None:
    catalogue = Catalogue()
    organisation.change(api=catalogue)
    place = secret_place("github", "acme", "CATALOGUE_TOKEN", ORIGIN)
    sealed = seal(organisation.services.keys, "t0ken-of-acme", bound_to=place)
    organisation.store.secrets.put(
        "github", "acme", "CATALOGUE_TOKEN", origin=ORIGIN, sealed=sealed
    )
    command = "/generate library workflow=registered name=billing into=acme/billing tier=gold"
    run = done(organisation, command)
    (sent,) = catalogue.sent
    assert sent.headers["Authorization"] == "Bearer t0ken-of-acme"
    assert b'"on_call": true' in sent.body or b'"on_call":true' in sent.body
    assert "t0ken-of-acme" not in repr(run)
    said = "\n".join(comment.body for comment in organisation.comments)
    assert "is number 17 of the catalogue" in said


def test_a_step_of_ones_own(organisation: Bot) -> None:
    organisation.post("/generate library workflow=licensed name=orders", author="olga")
    organisation.drain()
    assert organisation.run.status is RunStatus.WAITING
    plan = organisation.store.plans.of_run(organisation.run.id)[0]
    organisation.post(f"/approve {plan.digest[:12]}", author="olga")
    organisation.drain()
    assert organisation.run.status is RunStatus.COMPLETED, organisation.run.failure
    (change,) = organisation.forge.people.changes(organisation.shop)
    files = organisation.forge.people.files(organisation.shop, change.branch)
    assert any(content.startswith(b"# SPDX-License-Identifier") for content in files.values())


def test_the_first_example_is_the_one_that_ships() -> None:
    text = PAGE.partition("```yaml\n")[2].partition("```")[0]
    shipped = load_workflow("generate")
    shown = read_file(text, source="docs")
    assert shown.steps == shipped.steps
    assert shown.inputs == shipped.inputs


def fields_of(name: str) -> set[str]:
    """The fields of a part of the format, as its schema has them."""
    whole = schema(registry.fields())
    step = whole["$defs"]["step"]  # type: ignore[index]
    return set(
        {
            "workflow": whole,
            "input": whole["properties"]["inputs"]["additionalProperties"],  # type: ignore[index]
            "step": step,
            "retry": step["properties"]["retry"],
        }[name]["properties"]
    )


@pytest.mark.parametrize(
    ("part", "begin", "end"),
    [
        ("workflow", "## The file", "### Inputs"),
        ("input", "### Inputs", "### Steps"),
        ("step", "### Steps", "**Order.**"),
        ("retry", "**retry.**", "Waiting for our own"),
    ],
)
def test_every_field_of_the_format_is_told(part: str, begin: str, end: str) -> None:
    told = PAGE[PAGE.index(begin) : PAGE.index(end)]
    for name in fields_of(part):
        assert f"| `{name}` |" in told, f"{begin} lacks {name}"


def test_every_type_and_part_is_told() -> None:
    for kind in INPUT_KINDS:
        assert f"| `{kind}` |" in PAGE
    for kind in (Kind.DESTINATION, Kind.PROJECT):
        for part in PARTS[kind]:
            assert f"`{part}`" in PAGE, f"{kind} has the part {part}"


def test_the_package_shown_is_the_one_that_is_tested() -> None:
    project = (ROOT / "tests" / "example_step" / "pyproject.toml").read_text("utf-8")
    shown = PAGE.partition("```toml\n")[2].partition("```")[0]
    assert shown.strip() in project


def test_no_yaml_of_the_page_is_broken() -> None:
    for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL):
        assert isinstance(yaml.safe_load(text), dict)
