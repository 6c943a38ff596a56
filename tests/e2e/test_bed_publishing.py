"""The bed itself: repositories, git data, changes and checks as GitHub documents them."""

from __future__ import annotations

import hashlib

import httpx
import pytest

from tests.e2e.bed import GitHubServer
from tests.e2e.publishing import FILES, change_wanted, commit_on_branch, done, is_a, new_repository

pytestmark = [pytest.mark.e2e, pytest.mark.needs("node")]

HANDBOOK = "acme/handbook"


def test_a_repository_of_the_organisation_is_made_and_described(bot: httpx.Client) -> None:
    made = new_repository(bot)
    is_a("FullRepository", made)
    assert (made["private"], made["default_branch"]) == (True, "main")
    commits = done(bot.get("/repos/acme/orders/commits"), 200)
    assert [each["parents"] for each in commits] == [[]]
    edited = done(bot.patch("/repos/acme/orders", json={"description": "Orders"}), 200)
    assert edited["description"] == "Orders"
    assert done(bot.delete("/repos/acme/orders"), 204) is None
    assert bot.get("/repos/acme/orders").status_code == 404


@pytest.mark.parametrize("name", ["handbook", "Handbook"])
def test_a_name_that_is_taken_is_refused_as_github_does(
    shared_bot: httpx.Client, name: str
) -> None:
    got = shared_bot.post("/orgs/acme/repos", json={"name": name})
    assert got.status_code == 422
    assert got.json()["errors"][0]["message"] == "name already exists on this account"


def test_only_administration_makes_repositories_and_never_for_a_person(
    shared: GitHubServer,
) -> None:
    narrow = shared.installation_token(permissions={"contents": "write"})
    with shared.client(narrow) as client:
        assert client.post("/orgs/acme/repos", json={"name": "x"}).status_code == 403
        assert client.patch(f"/repos/{HANDBOOK}", json={"description": "x"}).status_code == 403
    with shared.client(shared.installation_token("olga")) as client:
        assert client.post("/user/repos", json={"name": "x"}).status_code == 403
        assert client.post("/orgs/acme/repos", json={"name": "x"}).status_code == 403


def test_visibility_alone_makes_a_repository_private(bot: httpx.Client) -> None:
    made = done(bot.post("/orgs/acme/repos", json={"name": "quiet", "visibility": "private"}))
    assert made["private"]


def test_names_are_found_in_any_case_and_follow_a_renaming(
    github_server: GitHubServer, bot: httpx.Client
) -> None:
    assert done(bot.get("/repos/ACME/Handbook"), 200)["full_name"] == HANDBOOK
    github_server.as_user("olga").edit_repository(HANDBOOK, name="book")
    moved = bot.get(f"/repos/{HANDBOOK}")
    assert moved.status_code == 301
    followed = done(bot.get(f"/repos/{HANDBOOK}", follow_redirects=True), 200)
    assert followed["full_name"] == "acme/book"


def test_the_organisation_lists_what_one_may_see(shared: GitHubServer) -> None:
    assert shared.as_user("olga").repositories("acme") == [
        "acme/empty",
        "acme/handbook",
        "acme/site",
    ]
    assert shared.as_user("nina").repositories("acme") == ["acme/site"]


def test_a_new_repository_gets_one_commit_of_ours(
    github_server: GitHubServer, bot: httpx.Client
) -> None:
    repo = "/repos/acme/orders"
    new_repository(bot)
    tree = done(bot.post(f"{repo}/git/trees", json={"tree": FILES}))
    is_a("GitTree", tree)
    # No parents at all, which GitHub takes for none.
    commit = done(bot.post(f"{repo}/git/commits", json={"message": "One", "tree": tree["sha"]}))
    is_a("GitCommit", commit)
    assert commit["verification"]["verified"]
    ref = f"{repo}/git/refs/heads/main"
    assert bot.patch(ref, json={"sha": commit["sha"]}).status_code == 422
    is_a("GitRef", done(bot.patch(ref, json={"sha": commit["sha"], "force": True}), 200))
    person = github_server.as_user("olga")
    assert [each["sha"] for each in person.commits("acme/orders")] == [commit["sha"]]
    assert person.branches("acme/orders") == {"main": commit["sha"]}
    assert person.tree("acme/orders")["bin/run"][0] == "100755"
    assert person.file("acme/orders", "README.md") == "# Grüße\n".encode()
    assert person.tree_id("acme/orders") == tree["sha"]


def test_ids_are_those_of_git(shared_bot: httpx.Client) -> None:
    text = b"#!/bin/sh\n"
    blob = hashlib.sha1(b"blob %d\0" % len(text) + text)
    entry = b"100755 run\0" + blob.digest()
    inner = hashlib.sha1(b"tree %d\0" % len(entry) + entry)
    entry = b"40000 bin\0" + inner.digest()
    root = hashlib.sha1(b"tree %d\0" % len(entry) + entry)
    tree = done(shared_bot.post("/repos/acme/site/git/trees", json={"tree": FILES[1:]}))
    assert tree["sha"] == root.hexdigest()


def test_a_tree_grows_from_its_base_and_loses_what_is_null(
    github_server: GitHubServer, bot: httpx.Client
) -> None:
    commit = commit_on_branch(bot)
    person = github_server.as_user("olga")
    assert set(person.tree("acme/site", commit)) == {"README.md", "bin/run"}
    gone = {"path": "README.md", "mode": "100644", "type": "blob", "sha": None}
    wanted = {"base_tree": person.tree_id("acme/site", commit), "tree": [gone]}
    tree = done(bot.post("/repos/acme/site/git/trees", json=wanted))
    assert [each["path"] for each in tree["tree"]] == ["bin"]


def test_a_branch_shows_its_whole_commit(shared_bot: httpx.Client) -> None:
    shown = done(shared_bot.get("/repos/acme/site/branches/main"), 200)
    is_a("BranchWithProtection", shown)
    assert shown["commit"]["commit"]["tree"]["sha"]
    assert shared_bot.get("/repos/acme/site/branches/none").status_code == 404


def test_a_branch_with_a_slash_is_listed_and_made_once(bot: httpx.Client) -> None:
    commit = commit_on_branch(bot)
    found = done(bot.get("/repos/acme/site/branches"), 200)
    assert [each["name"] for each in found] == ["firstcommit/1", "main"]
    ref = {"ref": "refs/heads/firstcommit/1", "sha": commit}
    again = bot.post("/repos/acme/site/git/refs", json=ref)
    assert (again.status_code, again.json()["message"]) == (422, "Reference already exists")


def test_an_empty_repository_refuses_git_data(shared_bot: httpx.Client) -> None:
    repo = "/repos/acme/empty"
    assert shared_bot.post(f"{repo}/git/trees", json={"tree": FILES}).status_code == 409
    assert shared_bot.post(f"{repo}/git/blobs", json={"content": "x"}).status_code == 409
    assert shared_bot.get(f"{repo}/git/ref/heads/main").status_code == 409
    assert done(shared_bot.get(f"{repo}/branches"), 200) == []


def test_workflow_files_need_their_permission(shared: GitHubServer) -> None:
    token = shared.installation_token(permissions={"contents": "write"})
    file = {"path": ".github/workflows/ci.yml", "mode": "100644", "content": "on: push\n"}
    with shared.client(token) as narrow:
        assert narrow.post("/repos/acme/site/git/trees", json={"tree": [file]}).status_code == 403
    with shared.client(shared.installation_token()) as whole:
        done(whole.post("/repos/acme/site/git/trees", json={"tree": [file]}))


def test_a_draft_change_is_opened_once_and_found_by_its_branch(bot: httpx.Client) -> None:
    commit = commit_on_branch(bot)
    opened = done(bot.post("/repos/acme/site/pulls", json=change_wanted()))
    is_a("PullRequest", opened)
    assert (opened["draft"], opened["user"]["login"]) == (True, "firstcommit[bot]")
    assert opened["head"]["sha"] == commit
    again = bot.post("/repos/acme/site/pulls", json=change_wanted())
    assert again.status_code == 422
    message = "A pull request already exists for acme:firstcommit/1."
    assert again.json()["errors"][0]["message"] == message
    found = done(bot.get("/repos/acme/site/pulls?head=acme:firstcommit/1&state=all"), 200)
    assert [each["number"] for each in found] == [opened["number"]]


def test_a_change_follows_its_branch(github_server: GitHubServer, bot: httpx.Client) -> None:
    commit_on_branch(bot)
    number = done(bot.post("/repos/acme/site/pulls", json=change_wanted()))["number"]
    more = github_server.as_user("olga").commit_files(
        "acme/site", {"more": "more\n"}, branch="firstcommit/1"
    )
    assert done(bot.get(f"/repos/acme/site/pulls/{number}"), 200)["head"]["sha"] == more


def test_no_change_from_nowhere_or_without_commits(
    github_server: GitHubServer, bot: httpx.Client
) -> None:
    github_server.as_user("olga").create_branch("acme/site", "same")
    for branch, field in (("nowhere", "head"), ("same", None)):
        got = bot.post("/repos/acme/site/pulls", json=change_wanted(branch))
        assert got.status_code == 422
        assert got.json()["errors"][0].get("field") == field
    assert set(github_server.as_user("olga").branches("acme/site")) == {"main", "same"}


def test_a_change_is_an_issue_too(bot: httpx.Client) -> None:
    commit_on_branch(bot)
    number = done(bot.post("/repos/acme/site/pulls", json=change_wanted()))["number"]
    issue = done(bot.get(f"/repos/acme/site/issues/{number}"), 200)
    is_a("Issue", issue)
    assert issue["pull_request"]["url"].endswith(f"/pulls/{number}")


def test_check_runs_and_statuses_stand_on_a_commit(
    github_server: GitHubServer, bot: httpx.Client
) -> None:
    commit = commit_on_branch(bot)
    output = {"title": "Working", "summary": "1 of 3"}
    wanted = {"name": "Firstcommit", "head_sha": commit, "status": "in_progress"}
    path = "/repos/acme/site/check-runs"
    run = done(bot.post(path, json={**wanted, "output": output}))
    is_a("CheckRun", run)
    assert run["app"]["slug"] == "firstcommit"
    done(
        bot.patch(f"{path}/{run['id']}", json={"conclusion": "success", "status": "completed"}), 200
    )
    shown = github_server.as_user("olga").checks("acme/site", "firstcommit/1")
    assert [(each["name"], each["conclusion"]) for each in shown] == [("Firstcommit", "success")]
    assert bot.post(path, json={**wanted, "head_sha": "0" * 40}).status_code == 422
    status = {"state": "success", "context": "firstcommit"}
    is_a("Status", done(bot.post(f"/repos/acme/site/statuses/{commit}", json=status)))
    listed = done(bot.get(f"/repos/acme/site/commits/{commit}/statuses"), 200)
    assert [each["context"] for each in listed] == ["firstcommit"]
