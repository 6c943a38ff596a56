"""Which workflow is taken, the organisation's own or a shipped one, and what is wrong with it."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from bot.core.identity import Repository
from bot.core.policy import Approval, Policy, Verify
from bot.core.workflow import to_data
from bot.errors import ConfigurationError, Transient, UserError
from bot.workflows import (
    Found,
    available,
    checked,
    find_workflow,
    gated,
    load_workflow,
    look_through,
    read_file,
    shipped_names,
)
from tests.spine import Bot

FOLDER = ".github/firstcommit/workflows"
OWN = """\
name: {name}
summary: Ours
inputs:
  pack: {{type: string}}
  into: {{type: destination, default: "."}}
steps:
  - id: files
    uses: file_generation
    with: {{pack: "${{{{ inputs.pack }}}}"}}
  - id: commit
    uses: commit
    with: {{project: "${{{{ steps.files.project }}}}", into: "${{{{ inputs.into }}}}"}}
"""


@pytest.fixture
def home(bot: Bot) -> Repository:
    """The repository in which acme keeps what holds for all of its own."""
    return bot.forge.people.add_repository("acme/.github", private=False)


def push(bot: Bot, home: Repository, path: str, text: str, **more: Any) -> str:
    return bot.commit(f"{FOLDER}/{path}", text.encode(), where=home, **more)


def found(bot: Bot, name: str) -> Found:
    return find_workflow(bot.services, name, bot.shop)


def reads(bot: Bot) -> list[str]:
    """What the forge was asked for a workflow, in order, and then forget it."""
    asked = [call.method for call in bot.forge.script.all]
    bot.forge.script.all.clear()
    return asked


def test_without_an_organisations_own_the_shipped_one_is_taken(bot: Bot) -> None:
    assert found(bot, "generate") == Found(
        workflow=load_workflow("generate"), source={"kind": "shipped"}
    )


def test_an_organisations_own_is_taken_from_its_default_branch(bot: Bot, home: Repository) -> None:
    commit = push(bot, home, "deploy.yaml", OWN.format(name="deploy"))
    push(bot, home, "deploy.yaml", "name: else", branch="feature")
    own = found(bot, "deploy")
    assert own.workflow.summary == "Ours"
    assert own.source == {
        "kind": "organisation",
        "forge": "github",
        "repository": "acme/.github",
        "commit": commit,
        "path": f"{FOLDER}/deploy.yaml",
    }


def test_it_comes_before_a_shipped_one_of_the_same_name(bot: Bot, home: Repository) -> None:
    push(bot, home, "generate.yml", OWN.format(name="generate"))
    assert found(bot, "generate").workflow.summary == "Ours"


def test_what_can_be_named_is_what_ships_and_the_owners_own(bot: Bot, home: Repository) -> None:
    push(bot, home, "deploy.yaml", OWN.format(name="deploy"))
    push(bot, home, "generate.yml", OWN.format(name="generate"))
    bot.commit(f"{FOLDER}/old/less.yaml", OWN.format(name="less").encode(), where=home)
    commit = push(bot, home, "notes.md", "No workflow.")
    listed = available(bot.services, bot.shop)
    assert [one.name for one in listed] == sorted({"deploy", *shipped_names()})
    own = {one.name: one for one in listed if one.source["kind"] == "organisation"}
    assert sorted(own) == ["deploy", "generate"]
    assert own["deploy"].source["commit"] == commit
    for one in listed:
        assert one.problem == ""
        assert one.workflow == found(bot, one.name).workflow
        assert one.workflow is not None
        assert one.summary == one.workflow.summary


def test_where_the_owner_has_none_only_those_that_ship_are_listed(bot: Bot) -> None:
    assert [one.name for one in available(bot.services, bot.shop)] == list(shipped_names())


def test_a_faulty_one_is_listed_with_what_is_wrong(bot: Bot, home: Repository) -> None:
    push(bot, home, "broken.yaml", "name: broken\nsteps: []\nstpes: []\n")
    push(bot, home, "Loud.yaml", OWN.format(name="Loud"))
    listed = {one.name: one for one in available(bot.services, bot.shop)}
    assert listed["broken"].workflow is None
    assert "did you mean 'steps'?" in listed["broken"].problem
    assert "No command can name it" in listed["Loud"].problem


def test_a_list_asks_for_no_file_twice(bot: Bot, home: Repository) -> None:
    push(bot, home, "listed.yaml", OWN.format(name="listed"))
    available(bot.services, bot.shop)
    reads(bot)
    available(bot.services, bot.shop)
    assert reads(bot) == ["repository", "head"]


def test_a_list_that_cannot_be_read_is_never_an_empty_one(bot: Bot, home: Repository) -> None:
    push(bot, home, "deploy.yaml", OWN.format(name="deploy"))
    bot.fail("paths", UserError("Not for you.", reason="no_access"))
    with pytest.raises(Transient) as failure:
        available(bot.services, bot.shop)
    assert failure.value.reason == "workflow_unreadable"


def test_a_new_commit_is_seen_at_once(bot: Bot, home: Repository) -> None:
    push(bot, home, "deploy.yaml", OWN.format(name="deploy"))
    found(bot, "deploy")
    push(bot, home, "deploy.yaml", OWN.format(name="deploy").replace("Ours", "Newer"))
    assert found(bot, "deploy").workflow.summary == "Newer"


def test_looking_costs_one_question_where_the_owner_has_no_such_repository(bot: Bot) -> None:
    reads(bot)
    found(bot, "generate")
    assert reads(bot) == ["repository"]


def test_a_file_is_read_once_for_each_commit(bot: Bot, home: Repository) -> None:
    push(bot, home, "once.yaml", OWN.format(name="once"))
    reads(bot)
    found(bot, "once")
    assert reads(bot) == ["repository", "head", "read_file"]
    found(bot, "once")
    assert reads(bot) == ["repository", "head"]


def test_a_wrong_file_is_told_of_and_not_passed_over(bot: Bot, home: Repository) -> None:
    text = OWN.format(name="generate").replace("uses: commit", "uses: comit")
    push(bot, home, "generate.yaml", text.replace("summary: Ours", "sumary: Ours"))
    with pytest.raises(UserError) as caught:
        found(bot, "generate")
    assert caught.value.reason == "bad_workflow"
    said = caught.value.message
    assert f"`{FOLDER}/generate.yaml` of acme/.github" in said
    assert "line 2, column 1: " in said
    assert "did you mean 'summary'?" in said
    assert "line 11, column 11: step commit, uses: unknown step type 'comit'" in said
    assert "workflows check" in caught.value.remedy


def test_what_a_private_file_says_is_not_quoted_elsewhere(bot: Bot, home: Repository) -> None:
    push(bot, home, "deploy.yaml", OWN.format(name="deploy").replace("Ours", "Ours\nsecret: x"))
    bot.change(forges={"github": Elsewhere(bot, replace(home, private=True))})
    with pytest.raises(UserError) as caught:
        found(bot, "deploy")
    assert "line 3, column 1" in caught.value.message
    assert "secret" not in caught.value.message


def test_a_file_that_says_another_name_is_wrong(bot: Bot, home: Repository) -> None:
    push(bot, home, "deploy.yaml", OWN.format(name="generate"))
    with pytest.raises(UserError, match="name: must be 'deploy', as the file is called"):
        found(bot, "deploy")


@pytest.mark.parametrize("method", ["repository", "head", "read_file"])
def test_what_cannot_be_read_is_no_reason_to_take_another(
    bot: Bot, home: Repository, method: str
) -> None:
    push(bot, home, "generate.yaml", OWN.format(name="generate") + f"# {method}\n")
    for problem in (Transient("Later."), UserError("Not you.", reason="no_access")):
        bot.fail(method, problem)
        with pytest.raises(Transient):
            found(bot, "generate")


class Elsewhere:
    """A forge on which the organisation's repository is told of as another one."""

    def __init__(self, bot: Bot, told: Repository) -> None:
        self._forge = bot.forge
        self._told = told

    def repository(self, full_name: str) -> Repository:
        return self._told

    def __getattr__(self, name: str) -> Any:
        return getattr(self._forge, name)


@pytest.mark.parametrize("change", [{"owner_id": "666", "owner": "evil"}, {"name": "old-github"}])
def test_a_repository_that_a_name_only_leads_to_is_not_the_owners(
    bot: Bot, home: Repository, change: dict[str, Any]
) -> None:
    push(bot, home, "generate.yaml", OWN.format(name="generate"))
    bot.change(forges={"github": Elsewhere(bot, replace(home, **change))})
    assert found(bot, "generate").source == {"kind": "shipped"}


@pytest.mark.parametrize("name", ["generat", "Generate", "../generate", "", "a" * 200, "a/b"])
def test_a_name_that_is_none_is_refused_with_those_that_are(bot: Bot, name: str) -> None:
    with pytest.raises(UserError) as caught:
        found(bot, name)
    assert caught.value.reason == "unknown_workflow"
    assert "These ship: " in caught.value.remedy
    assert "generate" in caught.value.remedy
    assert f"acme/.github, in `{FOLDER}/`" in caught.value.remedy


def test_the_nearest_name_is_told(bot: Bot) -> None:
    with pytest.raises(UserError, match="did you mean 'generate'"):
        found(bot, "generat")


@pytest.mark.parametrize("name", shipped_names())
def test_a_shipped_one_reads_back_from_its_snapshot(name: str) -> None:
    workflow = load_workflow(name)
    assert checked(to_data(workflow), source="run") == workflow


def test_a_snapshot_is_checked_again_when_it_says_something_else() -> None:
    data = to_data(load_workflow("generate"))
    checked(data, source="run")
    wrong: dict[str, Any] = copy.deepcopy(data)
    wrong["steps"][0]["uses"] = "hologram"
    with pytest.raises(ConfigurationError, match="unknown step type 'hologram'"):
        checked(wrong, source="run")


def test_a_snapshot_keeps_which_gates_policy_put_in() -> None:
    workflow = gated(
        read_file(OWN.format(name="mine"), source="mine.yaml"),
        Policy(approval=Approval.ALWAYS, verify=Verify.REQUIRE),
    )
    again = checked(to_data(workflow), source="run")
    assert [step.id for step in again.steps if step.inserted] == ["policy-verify", "policy-gate"]


def test_a_file_may_not_call_its_own_gate_one_of_policys() -> None:
    text = OWN.format(name="mine").replace("uses: commit", "uses: commit\n    inserted: true")
    with pytest.raises(UserError, match="inserted"):
        read_file(text, source="mine.yaml")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("steps: [", "w.yaml:1:9: not YAML: "),
        ("x: 1\nx: 2\n", "w.yaml:2:1: the name 'x' stands here twice"),
        (b"name: \xff", "w.yaml:1: the file is not in UTF-8"),
        ("x" * 70_000, "w.yaml: the file has 70000 bytes"),
    ],
)
def test_a_file_that_is_no_yaml_is_told_of_with_its_place(text: str | bytes, shown: str) -> None:
    workflow, problems = look_through(text, source="w.yaml")
    assert workflow is None
    assert str(problems[0]).startswith(shown)


def test_policys_gates_are_those_of_a_file_that_has_them() -> None:
    shipped = load_workflow("generate")
    made = gated(shipped, Policy(approval=Approval.ALWAYS))
    assert [step.id for step in made.steps] == [step.id for step in shipped.steps]
    assert made.step("gate").condition is None
    assert gated(shipped, Policy()) == shipped
