"""Projects over the API: made, listed, renamed, put away and dropped."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.access_scopes import Scope
from bot.core.identity import Permission
from bot.core.runs import RunStatus
from tests.web.api.server import Server

ORDERS: dict[str, Any] = {"pack": "library", "answers": {"name": "orders"}}


def make(server: Server, body: object = None, *, by: str | None = "mia", **headers: str) -> Any:
    """A project that somebody asks for, with all that workers make of it."""
    answer = server.post("/projects", body or ORDERS, by=by, headers=headers)
    assert answer.status_code == 202, answer.json
    server.bot.drain()
    return answer.json


def reason(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["reason"]


def test_without_a_destination_the_files_stay_here(server: Server) -> None:
    made = make(server)
    assert made["status"] == "pending"
    project = server.get(f"/projects/{made['id']}", by="mia").json
    assert project["status"] == "completed"
    assert project["total_files"] > 0
    run = server.get(f"/runs/{project['run_id']}", by="mia").json
    skipped = {step["uses"] for step in run["steps"] if step["status"] == "skipped"}
    assert skipped == {"approval", "repo_creation", "commit", "open_change"}


def test_a_project_of_ones_own_is_nobody_elses(server: Server) -> None:
    made = make(server)
    assert reason(server.get(f"/projects/{made['id']}", by="olga")) == (404, "unknown_project")
    assert server.get("/projects", by="olga").json["items"] == []
    assert [one["id"] for one in server.get("/projects", by=None).json["items"]] == [made["id"]]


def test_a_new_repository_is_made_and_its_readers_see_the_project(server: Server) -> None:
    made = make(server, {**ORDERS, "into": "github:acme/orders"}, by="olga")
    assert server.bot.repository("acme/orders") is not None
    project = server.get(f"/projects/{made['id']}", by="olga").json
    assert project["status"] == "completed"
    server.bot.forge.people.add_person("ann", {"acme/orders": Permission.READ})
    seen = server.get(f"/projects/{made['id']}", by="ann")
    assert seen.status_code == 200


def test_a_change_is_opened_on_a_repository_that_exists(server: Server) -> None:
    into = {"repository": "github:acme/shop", "existing": True, "path": "libs/orders"}
    made = make(server, {**ORDERS, "into": into}, by="ann")
    run = server.get(f"/runs/{made['run_id']}", by="ann").json
    assert run["status"] == "completed", run["failure"]
    assert run["repository"] == "github:acme/shop"
    change = next(step for step in run["steps"] if step["uses"] == "open_change")
    assert change["outputs"]["number"]


@pytest.mark.parametrize(
    ("body", "by", "expected"),
    [
        ({**ORDERS, "into": "github:acme/orders"}, "ann", (403, "may_not_create")),
        ({**ORDERS, "into": "github:acme/shop"}, "ann", (409, "repository_exists")),
        ({**ORDERS, "into": "github:acme/shop"}, "rita", (403, "no_write")),
        ({**ORDERS, "into": "github:acme/shop"}, "eve", (403, "may_not_create")),
        ({**ORDERS, "into": "."}, "ann", (422, "bad_destination")),
        ({**ORDERS, "into": "local:demo/orders"}, "ann", (409, "forge_not_configured")),
        ({**ORDERS, "into": "nowhere"}, "ann", (422, "bad_destination")),
        ({**ORDERS, "into": "github:acme/orders"}, None, (403, "foreign_forge")),
        ({**ORDERS, "plan": True}, "mia", (422, "key_not_fitting")),
        (ORDERS, "eve", (403, "no_membership")),
        ({"pack": "nothing"}, "mia", (404, "unknown_pack")),
        ({"answers": {}}, "mia", (422, "missing_pack")),
        ({"pack": "library", "answers": {"into": "x"}}, "mia", (422, "key_not_fitting")),
        ({**ORDERS, "workflow": "nothing"}, "mia", (404, "unknown_workflow")),
        ({"workflow": "export", "answers": {"project": "x"}}, "mia", (422, "bad_input")),
        ({"pack": 1}, "mia", (422, "does_not_fit")),
        ({**ORDERS, "more": 1}, "mia", (422, "does_not_fit")),
    ],
)
def test_what_cannot_be_made_is_refused_with_its_reason(
    server: Server, body: object, by: str | None, expected: tuple[int, str]
) -> None:
    assert reason(server.post("/projects", body, by=by)) == expected
    assert server.bot.runs == []


def test_the_same_key_makes_one_project(server: Server) -> None:
    first = make(server, **{"Idempotency-Key": "k"})
    again = make(server, **{"Idempotency-Key": "k"})
    assert again["id"] == first["id"]
    assert len(server.bot.runs) == 1
    other = {"pack": "library", "answers": {"name": "parcels"}}
    refused = server.post("/projects", other, by="mia", headers={"Idempotency-Key": "k"})
    assert reason(refused) == (409, "key_used_otherwise")
    assert make(server, other, by="olga", **{"Idempotency-Key": "k"})["id"] != first["id"]


def test_a_plan_waits_until_somebody_approves_its_digest(server: Server) -> None:
    body = {**ORDERS, "into": "github:acme/orders", "plan": True}
    made = make(server, body, by="olga")
    run = server.get(f"/runs/{made['run_id']}", by="olga").json
    assert run["status"] == "waiting"
    digest = run["plans"][0]["digest"]
    address = f"/runs/{made['run_id']}/approve"
    assert reason(server.post(address, {"digest": "0" * 12}, by="olga")) == (409, "wrong_digest")
    assert reason(server.post(address, {"digest": digest[:12]}, by=None)) == (403, "no_right")
    said = server.post(address, {"digest": digest[:12]}, by="olga")
    assert (said.status_code, said.json["reason"]) == (200, "approved")
    server.bot.drain()
    assert server.bot.run.status is RunStatus.COMPLETED
    assert server.bot.repository("acme/orders") is not None


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_words_do_not_do_what_the_tokens_scope_leaves_out(server: Server, verb: str) -> None:
    made = make(server, {**ORDERS, "into": "github:acme/orders", "plan": True}, by="olga")
    digest = server.get(f"/runs/{made['run_id']}", by="olga").json["plans"][0]["digest"]
    body = {"text": f"/{verb} {digest[:12]}", "repository": "github:acme/shop"}
    usual = frozenset({Scope.READ, Scope.WRITE})
    refused = server.call("POST", "/commands", by="olga", scopes=usual, json=body)
    assert reason(refused) == (403, "scope_missing")
    assert "approve" in refused.json["detail"]
    assert server.bot.run.status is RunStatus.WAITING
    both = [f"/{verb} {digest[:12]}", "/firstcommit help"]
    told = server.call(
        "POST", "/commands", by="olga", scopes=usual, json={**body, "text": "\n".join(both)}
    )
    assert reason(told) == (403, "scope_missing")
    allowed = frozenset({*usual, Scope.APPROVE})
    said = server.call("POST", "/commands", by="olga", scopes=allowed, json=body)
    assert reason(said) != (403, "scope_missing")


def test_lists_are_filtered_and_go_on(server: Server) -> None:
    names = ["orders", "parcels", "orders-two"]
    made = [make(server, {"pack": "library", "answers": {"name": name}}) for name in names]
    first = server.get("/projects", by="mia", limit=2).json
    assert [one["name"] for one in first["items"]] == ["orders-two", "parcels"]
    rest = server.get("/projects", by="mia", limit=2, after=first["next"]).json
    assert ([one["name"] for one in rest["items"]], rest["next"]) == (["orders"], None)
    found = server.get("/projects", by="mia", text="ORDER").json["items"]
    assert [one["name"] for one in found] == ["orders-two", "orders"]
    assert server.get("/projects", by="mia", text="%").json["items"] == []
    assert server.get("/projects", by="mia", pack="other").json["items"] == []
    assert len(server.get("/projects", by="mia", status="completed").json["items"]) == len(made)
    assert server.get("/projects", by="mia", organisation="x").json["items"] == []
    assert reason(server.get("/projects", by="mia", after="v1.AAAA")) == (404, "unknown_page")
    runs = server.get("/runs", by="mia", limit=1).json
    assert reason(server.get("/projects", by="mia", after=runs["next"])) == (404, "unknown_page")


def test_an_archived_project_is_listed_where_it_is_asked_for(server: Server) -> None:
    address = f"/projects/{make(server)['id']}"
    put_away = server.call("PATCH", address, by="mia", json={"archived": True, "name": "old"})
    assert (put_away.json["status"], put_away.json["name"]) == ("archived", "old")
    assert server.get("/projects", by="mia").json["items"] == []
    assert len(server.get("/projects", by="mia", status="archived").json["items"]) == 1
    again = server.call("PATCH", address, by="mia", json={"archived": False})
    assert again.json["status"] == "completed"
    for wrong in ({}, {"name": " "}, {"name": "a\nb"}, {"status": "failed"}):
        refused = server.call("PATCH", address, by="mia", json=wrong)
        assert reason(refused) == (422, "does_not_fit"), wrong


def test_a_project_is_dropped_with_all_that_is_its_own(server: Server) -> None:
    made = make(server)
    address = f"/projects/{made['id']}"
    assert server.call("DELETE", address, by="mia").status_code == 204
    for gone in (address, f"{address}/files", f"{address}/exports", f"{address}/tree"):
        assert reason(server.get(gone, by="mia")) == (404, "unknown_project")
    run = server.get(f"/runs/{made['run_id']}", by="mia").json
    assert run["project_id"] is None


def test_what_a_run_works_on_is_not_taken_away(server: Server) -> None:
    answer = server.post("/projects", ORDERS, by="mia").json
    for method, more in (("DELETE", {}), ("PATCH", {"json": {"archived": True}})):
        refused = server.call(method, f"/projects/{answer['id']}", by="mia", **more)
        assert reason(refused) == (409, "under_way")


def test_whoever_may_only_read_changes_nothing(server: Server) -> None:
    into = {"repository": "github:acme/shop", "existing": True}
    made = make(server, {**ORDERS, "into": into}, by="ann")
    address = f"/projects/{made['id']}"
    assert server.get(address, by="rita").status_code == 200
    renamed = server.call("PATCH", address, by="rita", json={"name": "mine"})
    assert reason(renamed) == (403, "no_write")
    assert reason(server.call("DELETE", address, by="rita")) == (403, "no_write")
    assert server.call("PATCH", address, by="pia", json={"name": "ours"}).status_code == 200


def test_what_is_known_already_is_not_sent_again(server: Server) -> None:
    make(server)
    first = server.get("/projects", by="mia", limit=1)
    known = {"If-None-Match": first.headers["ETag"]}
    again = server.call("GET", "/projects?limit=1", by="mia", headers=known)
    assert (again.status_code, again.data) == (304, b"")
    make(server, {"pack": "library", "answers": {"name": "parcels"}})
    assert server.call("GET", "/projects?limit=1", by="mia", headers=known).status_code == 200


def test_a_project_is_changed_by_whoever_names_what_they_saw(server: Server) -> None:
    address = f"/projects/{make(server)['id']}"
    seen = server.get(address, by="mia").headers["ETag"]
    body = {"name": "one", "archived": True}
    done = server.call("PATCH", address, by="mia", json=body, headers={"If-Match": seen})
    assert (done.status_code, done.json["name"], done.json["status"]) == (200, "one", "archived")
    for method, more in (("PATCH", {"json": {"name": "two"}}), ("DELETE", {})):
        late = server.call(method, address, by="mia", headers={"If-Match": seen}, **more)
        assert reason(late) == (412, "precondition_failed")
    assert server.get(address, by="mia").json["name"] == "one"
    gone = server.call("DELETE", address, by="mia", headers={"If-Match": "*"})
    assert gone.status_code == 204


def test_no_condition_is_passed_over(server: Server) -> None:
    hook = server.post("/hooks", {"url": "https://hooks.example/one"}, by="mia").json
    address = f"/hooks/{hook['id']}"
    told = server.call("DELETE", address, by="mia", headers={"If-Match": '"stale"'})
    assert reason(told) == (422, "does_not_fit")
    assert server.get(address, by="mia").status_code == 200


@pytest.mark.parametrize(
    ("body", "expected", "remedy"),
    [
        ({"answers": {}}, "missing_pack", "GET /api/v1/packs"),
        ({**ORDERS, "into": "github:acme/shop"}, "repository_exists", '"existing": true'),
        ({**ORDERS, "into": "nowhere"}, "bad_destination", "FORGE:OWNER/NAME"),
        ({**ORDERS, "workflow": "nothing"}, "unknown_workflow", "GET /api/v1/workflows"),
    ],
)
def test_a_remedy_is_one_for_programs(
    server: Server, body: object, expected: str, remedy: str
) -> None:
    told = server.post("/projects", body, by="ann").json
    assert told["reason"] == expected
    assert remedy in told["remedy"]
    assert "@" not in told["remedy"]
    assert "--" not in told["remedy"]
    assert "into=" not in told["remedy"]


def test_every_answer_that_is_wrong_is_told_by_itself(server: Server) -> None:
    body = {"pack": "library", "answers": {"name": "NO NAME", "nmae": "x"}}
    told = server.post("/projects", body, by="mia")
    assert reason(told) == (422, "unknown_answer")
    errors = {each["at"]: each["message"] for each in told.json["errors"]}
    assert set(errors) == {"body.answers.name", "body.answers.nmae"}
    assert "\n" not in told.json["detail"]
    assert all(message in told.json["detail"] for message in errors.values())
    assert "GET /api/v1/packs/{name}/schema" in told.json["remedy"]
    line = {"text": "/generate library name=NO!", "repository": "github:acme/shop"}
    written = server.post("/commands", line, by="mia").json
    assert [each["at"] for each in written["errors"]] == ["name"]
    assert "key=value" in written["remedy"]


PLAIN = b"""\
name: plain
inputs:
  pack: {type: string}
  answers: {type: object, default: {}}
  note: {type: string, default: ""}
  into: {type: destination, default: "."}
steps:
  - id: files
    uses: file_generation
    with: {pack: "${{ inputs.pack }}", answers: "${{ inputs.answers }}"}
"""


def test_the_inputs_of_a_workflow_are_given_as_its_file_has_them(server: Server) -> None:
    bot = server.bot
    home = bot.forge.people.add_repository("acme/.github")
    bot.commit(".github/firstcommit/workflows/plain.yaml", PLAIN, where=home)
    into = {"repository": "github:acme/shop", "existing": True}
    inputs = {"pack": "library", "answers": {"name": "wfx"}, "note": "n"}
    asked = {"workflow": "plain", "answers": inputs, "into": into}
    made = make(server, asked, by="ann")
    assert (made["name"], made["pack"]) == ("wfx", "library")
    beside = {"workflow": "plain", "pack": "library", "answers": {"name": "wfy"}, "into": into}
    assert make(server, beside, by="ann")["name"] == "wfy"
    twice = {**asked, "answers": {**inputs, "name": "other"}}
    assert reason(server.post("/projects", twice, by="ann")) == (422, "bad_input")


def test_a_forge_that_this_server_has_not_is_not_a_matter_of_signing_in(server: Server) -> None:
    told = server.post("/projects", {**ORDERS, "into": "gitlab:acme/x"}, by=None)
    assert reason(told) == (409, "forge_not_configured")
    assert told.json["detail"] == "gitlab is not configured on this server."
