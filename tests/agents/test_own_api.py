"""Our own API from within: in the asking person's name, as far as the run goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.agents.passes import Passes
from bot.core.access_scopes import Scope
from bot.core.passes import Asker
from bot.core.runs import Run
from bot.errors import ApiFailed
from bot.services import AgentApi
from bot.web import create_app
from tests.agents.inside import Inside
from tests.spine import GENERATE, Bot

NOBODYS = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def inside(bot: Bot) -> Inside:
    return Inside(bot)


@pytest.fixture
def run(inside: Inside) -> Run:
    return inside.bot.do(GENERATE)


def failure(act: Callable[[], object]) -> ApiFailed:
    with pytest.raises(ApiFailed) as caught:
        act()
    return caught.value


def test_a_step_does_what_agents_do_most(inside: Inside, run: Run) -> None:
    api, project = inside.of(run), str(run.project_id)
    assert "README.md" in [file["path"] for file in api.project_files(project)]
    assert api.read_file(project, "src/orders/__init__.py")
    export = api.request_export(project, "zip")
    assert (export["type"], export["created_by"]) == ("zip", "github:ann")
    made = api.start_generation("library", {"name": "other"}, into="acme/shop", plan=True)
    assert (made["name"], made["status"]) == ("other", "pending")
    inside.bot.drain()
    assert api.call("GET", f"/runs/{made['run_id']}").status == 200


def test_the_description_has_what_the_person_may_ask_for_and_no_more(
    inside: Inside, run: Run
) -> None:
    both, reading = inside.of(run), inside.of(run, scopes=frozenset({Scope.READ}))
    names = both.document("firstcommit").names
    assert {"create_project", "list_files", "create_export"} <= set(names)
    assert "create_project" not in reading.document("firstcommit").names
    never = {"approve_run", "create_token", "list_deliveries", "create_command", "create_hook"}
    assert not never & set(names)


@pytest.mark.parametrize(
    ("method", "path", "data"),
    [
        ("POST", "/tokens", {"name": "mine", "scopes": ["read"]}),
        ("GET", "/tokens", None),
        ("GET", "/deliveries", None),
        ("POST", "/hooks", {"url": "https://evil.example/"}),
        ("POST", "/commands", {"text": "/approve 123456", "repository": "github:acme/shop"}),
        ("POST", "/dry-runs", {"text": "/generate x", "repository": "github:acme/shop"}),
    ],
)
def test_what_gives_rights_away_is_refused_whatever_is_asked(
    inside: Inside, run: Run, method: str, path: str, data: object
) -> None:
    refused = failure(lambda: inside.of(run).call(method, path, data))
    assert refused.status == 403
    assert refused.reason in ("not_for_runs", "scope_missing")


def test_a_run_neither_approves_nor_operates(inside: Inside, run: Run) -> None:
    with pytest.raises(ValueError, match="approves"):
        inside.of(run, scopes=frozenset(Scope)).call("GET", "/me")


def test_another_home_of_the_same_person_is_not_seen(inside: Inside, run: Run) -> None:
    """Who may read both must not have one told in the other."""
    elsewhere = inside.of(run, homes=frozenset({"repository:github:999"}))
    assert failure(lambda: elsewhere.project_files(str(run.project_id))).status == 404
    assert inside.of(run, by="ann").call("GET", f"/projects/{run.project_id}").status == 200


def test_who_may_not_see_it_is_told_what_everybody_is(inside: Inside, run: Run) -> None:
    api = inside.of(run, by="eve")
    hidden = failure(lambda: api.project_files(str(run.project_id)))
    absent = failure(lambda: api.project_files(NOBODYS))
    assert (hidden.status, hidden.reason, hidden.remedy) == (404, "unknown_project", absent.remedy)


@pytest.mark.parametrize("into", ["acme/brand-new", "pia/notes"])
def test_a_run_publishes_nowhere_else(inside: Inside, run: Run, into: str) -> None:
    api = inside.of(run)
    refused = failure(lambda: api.start_generation("library", {"name": "other"}, into=into))
    assert refused.reason in ("foreign_destination", "unknown_repository")


def test_a_reader_cannot_write(inside: Inside, run: Run) -> None:
    api = inside.of(run, by="rita")
    refused = failure(lambda: api.call("PATCH", f"/projects/{run.project_id}", {"name": "stolen"}))
    assert refused.status in (403, 404)


def test_packs_of_other_repositories_are_not_told(inside: Inside, run: Run) -> None:
    api = inside.of(run, homes=frozenset({"repository:github:999"}))
    params = {"repository": "github:acme/shop"}
    assert failure(lambda: api.call("GET", "/workflows", params=params)).status == 404


# The pass.


def test_a_pass_is_worth_nothing_at_the_door(inside: Inside, run: Run) -> None:
    """The same token, while it is good within, over HTTP: no such token."""
    outside = create_app(inside.bot.services).test_client()
    asker = _asker(inside, run)
    with inside.passes.lent(asker) as token:
        headers = {"Authorization": f"Bearer {token}"}
        assert outside.get("/api/v1/me", headers=headers).status_code == 401
        within = create_app(inside.bot.services, passes=inside.passes.holder).test_client()
        assert within.get("/api/v1/me", headers=headers).status_code == 200
    assert within.get("/api/v1/me", headers=headers).status_code == 401


def test_a_pass_ends_after_five_minutes(inside: Inside, run: Run) -> None:
    with inside.passes.lent(_asker(inside, run)) as token:
        inside.bot.clock.now += timedelta(minutes=4, seconds=59)
        assert inside.passes.holder(token) is not None
        inside.bot.clock.now += timedelta(seconds=1)
        assert inside.passes.holder(token) is None


def test_a_pass_is_kept_nowhere_in_the_clear(inside: Inside, run: Run) -> None:
    passes = Passes(inside.bot.clock)
    with passes.lent(_asker(inside, run)) as token:
        assert token not in repr(vars(passes))
        assert inside.bot.store.tokens.everybodys() == []


def test_pages_do_not_know_passes(inside: Inside, run: Run) -> None:
    within = create_app(inside.bot.services, passes=inside.passes.holder).test_client()
    with inside.passes.lent(_asker(inside, run)) as token:
        answer = within.get("/", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code in (302, 401, 303)


@pytest.mark.parametrize("name", ["Authorization", "cookie", "X-Firstcommit-Token", "Host"])
def test_a_step_does_not_say_who_it_is(inside: Inside, run: Run, name: str) -> None:
    refused = failure(lambda: inside.of(run).call("GET", "/me", headers={name: "somebody"}))
    assert refused.reason == "bad_header"


# Paths.


def test_a_file_outside_of_its_project_is_none(inside: Inside, run: Run) -> None:
    api = inside.of(run)
    for path in ("../../tokens", "..", "a/../../b", "a//b"):
        assert failure(lambda path=path: api.read_file(str(run.project_id), path)).reason in (
            "bad_endpoint",
            "unknown_file",
        )


# Once.


def test_the_same_call_of_a_step_that_is_done_again_does_nothing_again(
    inside: Inside, run: Run
) -> None:
    """A worker was killed: the step begins anew, and asks for what it had asked for."""
    first = inside.of(run).request_export(str(run.project_id), "zip")
    again = inside.of(run).request_export(str(run.project_id), "zip")
    assert first["id"] == again["id"]


def test_a_call_that_is_meant_twice_is_done_twice(inside: Inside, run: Run) -> None:
    api = inside.of(run)
    first = api.request_export(str(run.project_id), "zip")
    second = api.request_export(str(run.project_id), "zip")
    assert first["id"] != second["id"]


def test_a_run_that_a_run_has_asked_for_is_known(inside: Inside, run: Run) -> None:
    made = inside.of(run).start_generation("library", {"name": "other"}, into="acme/shop")
    child = inside.bot.store.runs.get(str(made["run_id"]))
    assert child is not None
    commands = inside.bot.store.commands
    assert commands.is_asked_by_run(str(child.command_id))
    assert not commands.is_asked_by_run(str(run.command_id))


# Failures.


def test_an_error_says_what_to_do_and_what_was_said(inside: Inside, run: Run) -> None:
    refused = failure(lambda: inside.of(run).request_export(str(run.project_id), "rar"))
    assert (refused.status, refused.reason) == (422, "does_not_fit")
    assert "body.type" in refused.message
    assert "openapi.json" in refused.remedy
    assert "does_not_fit" in refused.excerpt
    assert "fc_" not in refused.message + refused.excerpt + refused.remedy


def test_tracking_without_a_place_says_so(inside: Inside, run: Run) -> None:
    api: AgentApi = inside.of(run)
    assert failure(lambda: api.track_story("Sign in")).reason == "not_available"
    assert failure(lambda: api.track_milestone("First")).reason == "not_available"


def _asker(inside: Inside, run: Run) -> Asker:
    asker = Asker(
        run_id=run.id,
        step_id="agent",
        actor=inside.bot.person("ann"),
        homes=frozenset({run.home}),
        scopes=frozenset({Scope.READ}),
    )
    return replace(asker, call="1")
