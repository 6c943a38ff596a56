"""The bed itself: what tests make go wrong, and the record of the calls."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.e2e.bed import GitHubServer, github
from tests.e2e.publishing import change_wanted, commit_on_branch, done, new_repository
from tests.e2e.world import PERMISSIONS, Installation, World

pytestmark = [pytest.mark.e2e, pytest.mark.needs("node")]

HANDBOOK = "acme/handbook"


def test_a_lost_answer_leaves_its_effect_behind(
    github_server: GitHubServer, bot: httpx.Client
) -> None:
    github_server.faults.fail_next("POST", "^/orgs/acme/repos$", after=True)
    assert bot.post("/orgs/acme/repos", json={"name": "orders"}).status_code == 502
    done(bot.get("/repos/acme/orders"), 200)


def test_a_failure_before_the_effect_leaves_nothing(
    github_server: GitHubServer, bot: httpx.Client
) -> None:
    headers = {"retry-after": "7"}
    github_server.faults.fail_next("POST", "/repos$", status=403, headers=headers, times=2)
    for _ in range(2):
        got = bot.post("/orgs/acme/repos", json={"name": "orders"})
        assert (got.status_code, got.headers["retry-after"]) == (403, "7")
    assert bot.get("/repos/acme/orders").status_code == 404
    assert github_server.faults.waiting == 0


@pytest.mark.parametrize("after", [True, False])
def test_a_connection_is_dropped(
    github_server: GitHubServer, bot: httpx.Client, after: bool
) -> None:
    github_server.faults.fail_next("POST", "/issues$", drop=True, after=after)
    with pytest.raises(httpx.TransportError):
        bot.post(f"/repos/{HANDBOOK}/issues", json={"title": "lost"})
    found = done(bot.get(f"/repos/{HANDBOOK}/issues"), 200)
    assert [each["title"] for each in found] == (["lost"] if after else [])


def test_a_new_repository_hides_for_a_while(github_server: GitHubServer, bot: httpx.Client) -> None:
    github_server.faults.hide_new_repositories(times=2)
    new_repository(bot)
    assert github_server.as_user("olga").repository("acme/orders") is not None
    statuses = [bot.get("/repos/acme/orders").status_code for _ in range(3)]
    assert statuses == [404, 404, 200]


def test_a_slow_answer_is_still_the_answer(github_server: GitHubServer, bot: httpx.Client) -> None:
    github_server.faults.delay_next("GET", "^/repos/acme/site$", delay_s=0.3)
    with pytest.raises(httpx.ReadTimeout):
        bot.get("/repos/acme/site", timeout=0.05)
    done(bot.get("/repos/acme/site"), 200)


def test_faults_meet_the_product_and_not_people(
    github_server: GitHubServer, bot: httpx.Client
) -> None:
    github_server.faults.fail_next("GET", f"^/repos/{HANDBOOK}$")
    assert github_server.as_user("olga").repository(HANDBOOK) is not None
    assert bot.get(f"/repos/{HANDBOOK}").status_code == 502


def test_calls_are_recorded_and_publishing_is_counted(
    github_server: GitHubServer, bot: httpx.Client
) -> None:
    github_server.as_user("mia").create_issue("acme/site", "Please")
    commit_on_branch(bot)
    done(bot.post("/repos/acme/site/pulls", json=change_wanted()))
    done(bot.post("/repos/acme/site/issues/1/comments", json={"body": "Done"}))
    assert [
        (call.method, call.path.rsplit("/", 1)[1]) for call in github_server.calls.publishing
    ] == [
        ("POST", "trees"),
        ("POST", "commits"),
        ("POST", "refs"),
        ("POST", "pulls"),
    ]
    commented = github_server.calls.matching("POST", "/comments$")
    assert [(call.who, call.status) for call in commented] == [("installation 9001", 201)]
    assert json.loads(commented[0].body) == {"body": "Done"}


def test_a_world_with_fewer_permissions_can_be_made(node_path: Path) -> None:
    few = {k: v for k, v in PERMISSIONS.items() if k != "administration"}
    installation = Installation(installation_id=7, account="acme", permissions=few)
    with github(node_path, World(installations=(installation,))) as server:
        with server.client(server.installation_token()) as client:
            assert client.post("/orgs/acme/repos", json={"name": "x"}).status_code == 403
        with server.client(server.jwt()) as app:
            shown = done(app.get("/orgs/acme/installation"), 200)
            assert "administration" not in shown["permissions"]
