"""Workflows over HTTP: what there is, what one does under policy, and whether a file is one."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from bot.core.identity import Permission, Repository
from bot.core.workflow_reading import read_workflow
from bot.located_yaml import read_yaml
from bot.steps.registry import fields
from tests.spine import Bot
from tests.web.api.server import Server

SHOP = "github:acme/shop"
FOLDER = ".github/firstcommit/workflows"
OWN = """\
name: release
summary: Tell of a release
inputs:
  version: {type: string, help: which}
  loud: {type: boolean, default: false}
steps:
  - {id: told, uses: notify, if: "${{ inputs.loud }}", with: {message: "${{ inputs.version }}"}}
"""


@pytest.fixture
def home(bot: Bot) -> Repository:
    """Where acme keeps what is its own, for its members alone."""
    made = bot.forge.people.add_repository("acme/.github")
    bot.commit(f"{FOLDER}/release.yaml", OWN.encode(), where=made)
    for login in ("ann", "olga", "mia"):
        bot.forge.permissions["acme/.github", login] = Permission.READ
    return made


#: In the order in which they are listed.
SHIPPED = ["export", "fix", "generate", "review", "revise", "sdlc"]


def names(server: Server, *, by: str | None = "ann", **query: Any) -> list[str]:
    return [each["name"] for each in server.get("/workflows", by=by, **query).json["items"]]


def test_workflows_that_ship_are_listed_page_by_page(server: Server) -> None:
    first = server.get("/workflows", limit=1).json
    assert [each["name"] for each in first["items"]] == ["export"]
    skipped = server.get("/workflows", limit=1, after=first["next"]).json
    assert [each["name"] for each in skipped["items"]] == ["fix"]
    second = server.get("/workflows", limit=1, after=skipped["next"]).json
    assert [each["name"] for each in second["items"]] == ["generate"]
    assert second["items"][0]["source"]["kind"] == "shipped"
    assert second["items"][0]["inputs"] == ["pack", "answers", "into", "plan"]


def test_an_owners_own_are_told_to_who_may_read_them(server: Server, home: Repository) -> None:
    with_theirs = sorted([*SHIPPED, "release"])
    assert names(server, repository=SHOP) == with_theirs
    assert names(server, by=None, repository=SHOP) == with_theirs
    assert names(server) == SHIPPED


def test_whoever_may_not_read_the_owners_repository_sees_none_of_its_workflows(
    server: Server, bot: Bot, home: Repository
) -> None:
    bot.commit(f"{FOLDER}/generate.yaml", OWN.replace("release", "generate").encode(), where=home)
    theirs = [name for name in SHIPPED if name != "generate"]
    assert names(server, by="tom", repository=SHOP) == theirs
    for name in ("release", "generate", "nothing"):
        refused = server.get(f"/workflows/{name}", by="tom", repository=SHOP)
        assert refused.status_code == 404
        assert "version" not in refused.text


@pytest.mark.parametrize(
    "repository", [SHOP, "github:acme/none", "github:none/none", "github:a.b/..", "github:pia/x"]
)
def test_a_repository_that_one_may_not_see_is_as_one_that_is_not_there(
    server: Server, home: Repository, repository: str
) -> None:
    for address in ("/workflows", "/workflows/generate"):
        refused = server.get(address, by="eve", repository=repository)
        assert (refused.status_code, refused.json["reason"]) == (404, "unknown_repository")
        assert refused.json["detail"] == "There is no such repository that you may see."


def test_that_everybody_may_read_a_repository_shows_nobody_its_owners_workflows(
    server: Server, bot: Bot, home: Repository
) -> None:
    site = bot.forge.people.add_repository("acme/site", private=False)
    bot.forge.permissions["acme/site", "rita"] = Permission.READ
    assert (
        server.get("/workflows", by="rita", repository=f"github:{site.full_name}").status_code
        == 404
    )
    assert (
        server.get("/workflows", by="mia", repository=f"github:{site.full_name}").status_code == 200
    )


def test_a_faulty_workflow_is_listed_with_what_is_wrong(
    server: Server, bot: Bot, home: Repository
) -> None:
    bot.commit(f"{FOLDER}/broken.yaml", b"name: broken\nsteps: 3\n", where=home)
    listed = server.get("/workflows", repository=SHOP).json["items"]
    (broken,) = [each for each in listed if each["name"] == "broken"]
    assert "is no workflow" in broken["problem"]
    refused = server.get("/workflows/broken", repository=SHOP)
    assert (refused.status_code, refused.json["reason"]) == (409, "bad_workflow")
    (wrong,) = refused.json["errors"]
    assert wrong["at"] == f"{FOLDER}/broken.yaml:2:8"
    assert "list" in wrong["message"]
    assert wrong["message"] in broken["problem"]
    assert "\n" not in refused.json["detail"]
    told = server.get("/workflows/broken", by="tom", repository=SHOP)
    assert told.status_code in (404, 409)
    assert "list" not in told.text
    asked = {"workflow": "broken", "into": {"repository": SHOP, "existing": True}}
    for by, words in (("mia", True), ("ada", False)):
        refused = server.post("/projects", asked, by=by)
        assert (refused.status_code, refused.json["reason"]) == (409, "bad_workflow")
        assert ("list" in refused.text) is words


def test_a_workflow_tells_its_inputs_steps_and_text(server: Server, home: Repository) -> None:
    told = server.get("/workflows/release", repository=SHOP).json
    assert told["source"]["repository"] == "acme/.github"
    assert told["inputs"][0] == {
        "name": "version",
        "type": "string",
        "help": "which",
        "choices": [],
        "required": True,
        "default": None,
    }
    assert told["steps"][0]["if"] == "${{ inputs.loud }}"
    assert told["steps"][0]["with"] == {"message": "${{ inputs.version }}"}
    read = read_workflow(read_yaml(told["text"], reason="x"), fields(), source="")
    assert read.name == "release"


def test_a_workflow_has_the_gates_that_policy_puts_in(
    server: Server, bot: Bot, home: Repository
) -> None:
    plain = server.get("/workflows/export").json
    bot.commit(".github/firstcommit.yml", b"version: 1\nverify: require\n", where=home)
    bot.commit(
        f"{FOLDER}/release.yaml",
        b"""\
name: release
inputs: {pack: {type: string}, into: {type: destination, default: "."}}
steps:
  - {id: files, uses: file_generation, with: {pack: "${{ inputs.pack }}"}}
  - id: commit
    uses: commit
    with: {project: "${{ steps.files.project }}", into: "${{ inputs.into }}"}
""",
        where=home,
    )
    told = server.get("/workflows/release", repository=SHOP).json
    assert [step["id"] for step in told["steps"] if step["inserted"]] == ["policy-verify"]
    assert "Put in by policy" in told["text"]
    assert [step for step in plain["steps"] if step["inserted"]] == []


def test_an_unknown_workflow_is_told_of(server: Server) -> None:
    told = server.get("/workflows/generat")
    assert (told.status_code, told.json["reason"]) == (404, "unknown_workflow")


def test_the_schema_is_one(server: Server) -> None:
    jsonschema_rs.meta.validate(server.get("/workflows/schema").json)


def test_a_file_is_checked_and_every_problem_has_its_place(server: Server) -> None:
    told = server.post("/workflow-checks", {"text": OWN}).json
    assert told == {"valid": True, "name": "release", "steps": 1, "problems": [], "more": 0}
    wrong = OWN.replace("notify", "notfy").replace("boolean", "bool")
    told = server.post("/workflow-checks", {"text": wrong}).json
    assert told["valid"] is False
    assert [(each["line"], each["place"]) for each in told["problems"]] == [
        (5, "inputs.loud.type"),
        (7, "step told, uses"),
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [("name: x\nsteps: [\n", (3, 1)), ("name: &b x\n", (1, 7)), ("a: !x y\n", (1, 4))],
)
def test_what_is_no_yaml_has_its_place_too(
    server: Server, text: str, place: tuple[int, int]
) -> None:
    (wrong,) = server.post("/workflow-checks", {"text": text}).json["problems"]
    assert (wrong["line"], wrong["column"]) == place
    assert not wrong["message"][0].isdigit()


@pytest.mark.parametrize(
    "text",
    ["", "[" * 60_000, "\x01", "a: &b 1", "x: " + "1" * 65_000, "[" + "1," * 32_000 + "1]"],
)
def test_whatever_is_sent_as_a_file_gets_an_answer(server: Server, text: str) -> None:
    told = server.post("/workflow-checks", {"text": text})
    assert told.status_code == 200
    assert told.json["valid"] is False
    assert told.json["problems"]


def test_step_types_tell_what_they_take_give_and_need(server: Server) -> None:
    types = {each["name"]: each for each in server.get("/step-types").json["items"]}
    commit = types["commit"]
    assert commit["publishes"] is True
    assert commit["rights"] == "write"
    assert {each["name"] for each in commit["inputs"]} >= {"project", "into"}
    assert types["api_call"]["inputs"]
