"""The bed itself: the App, its tokens and rights have to be what GitHub documents."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.e2e.bed import GitHubServer
from tests.e2e.publishing import done, is_a, new_repository

pytestmark = [pytest.mark.e2e, pytest.mark.needs("node")]

HANDBOOK = "acme/handbook"
SECOND = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")


def test_the_app_shows_itself_and_where_it_is_installed(shared_app: httpx.Client) -> None:
    shown = done(shared_app.get("/app"), 200)
    is_a("Integration", shown)
    assert shown["slug"] == "firstcommit"
    installations = done(shared_app.get("/app/installations"), 200)
    assert [each["account"]["login"] for each in installations] == ["acme", "olga"]
    for each in installations:
        is_a("Installation", each)
    on_repository = done(shared_app.get(f"/repos/{HANDBOOK}/installation"), 200)
    is_a("Installation", on_repository)
    assert on_repository["id"] == 9001
    assert shared_app.get("/repos/globex/vault/installation").status_code == 404
    assert done(shared_app.get("/orgs/acme/installation"), 200)["id"] == 9001
    assert done(shared_app.get("/users/olga/installation"), 200)["id"] == 9002


def test_accounts_of_people_and_organisations_share_no_id(shared: GitHubServer) -> None:
    owner = shared.as_user("olga").repository(HANDBOOK)
    assert owner is not None
    ids = {(shared.site.user(login) or {})["id"] for login in shared.world.people}
    assert owner["owner"]["id"] not in ids


@pytest.mark.parametrize("life_s", [-30, 700])
def test_a_jwt_that_is_over_or_lasts_too_long_is_refused(shared: GitHubServer, life_s: int) -> None:
    with shared.client(shared.jwt(life_s=life_s)) as client:
        assert client.get("/app").status_code == 401


def test_a_token_is_narrowed_and_reaches_no_further(github_server: GitHubServer) -> None:
    with github_server.client(github_server.jwt()) as app:
        wanted = {"repositories": ["handbook"], "permissions": {"issues": "write"}}
        got = done(app.post("/app/installations/9001/access_tokens", json=wanted))
        is_a("InstallationToken", got)
        more = {"permissions": {"secrets": "write"}}
        path = "/app/installations/9001/access_tokens"
        assert app.post(path, json=more).status_code == 422
        assert app.post(path, json={"repositories": ["nothing"]}).status_code == 422
    assert SECOND.match(got["expires_at"])
    assert got["permissions"] == {"issues": "write", "metadata": "read"}
    assert [each["full_name"] for each in got["repositories"]] == [HANDBOOK]
    with github_server.client(got["token"]) as narrow:
        done(narrow.post(f"/repos/{HANDBOOK}/issues", json={"title": "may"}))
        blob = narrow.post(f"/repos/{HANDBOOK}/git/blobs", json={"content": "x"})
        assert blob.status_code == 403
        assert blob.json()["message"] == "Resource not accessible by integration"
        listed = done(narrow.get("/installation/repositories"), 200)
        assert [each["full_name"] for each in listed["repositories"]] == [HANDBOOK]


def test_a_narrowed_token_does_not_cover_a_repository_made_since(
    github_server: GitHubServer, bot: httpx.Client
) -> None:
    token = github_server.installation_token(repositories=["handbook"])
    new_repository(bot)
    with github_server.client(token) as narrow:
        assert narrow.get("/repos/acme/orders").status_code == 404


@pytest.mark.parametrize("token", ["ghs_unknown", "personal-token-of-nobody"])
def test_an_unknown_token_is_refused(shared: GitHubServer, token: str) -> None:
    with shared.client(token) as client:
        assert client.get(f"/repos/{HANDBOOK}").status_code == 401


def test_tokens_expire_when_a_test_says_so(github_server: GitHubServer, bot: httpx.Client) -> None:
    done(bot.get(f"/repos/{HANDBOOK}"), 200)
    github_server.site.expire_tokens()
    assert bot.get(f"/repos/{HANDBOOK}").status_code == 401


def test_a_suspended_installation_gives_no_tokens_and_says_so(
    github_server: GitHubServer, app: httpx.Client, bot: httpx.Client
) -> None:
    told = github_server.suspend()
    assert (told.event, told.action) == ("installation", "suspend")
    assert app.post("/app/installations/9001/access_tokens").status_code == 403
    assert bot.get(f"/repos/{HANDBOOK}").status_code == 403
    assert done(app.get("/app/installations/9001"), 200)["suspended_at"]
    github_server.as_user("olga").create_issue(HANDBOOK, "unheard")
    github_server.unsuspend()
    done(bot.get(f"/repos/{HANDBOOK}"), 200)
    assert "unheard" not in [
        each.payload.get("issue", {}).get("title") for each in github_server.deliveries
    ]


def test_an_uninstalled_app_is_gone(github_server: GitHubServer, app: httpx.Client) -> None:
    github_server.uninstall()
    assert app.post("/app/installations/9001/access_tokens").status_code == 404
    assert [each["id"] for each in done(app.get("/app/installations"), 200)] == [9002]


@pytest.mark.parametrize(
    ("repo", "login", "permission", "role"),
    [
        (HANDBOOK, "olga", "admin", "admin"),
        (HANDBOOK, "mia", "read", "read"),
        (HANDBOOK, "will", "write", "write"),
        (HANDBOOK, "rita", "read", "read"),
        (HANDBOOK, "nina", "none", "none"),
        ("acme/site", "nina", "read", "read"),
    ],
)
def test_permission_is_what_github_would_say(
    shared_bot: httpx.Client, repo: str, login: str, permission: str, role: str
) -> None:
    got = done(shared_bot.get(f"/repos/{repo}/collaborators/{login}/permission"), 200)
    is_a("RepositoryCollaboratorPermission", got)
    assert (got["permission"], got["role_name"]) == (permission, role)


@pytest.mark.parametrize(
    ("invited_as", "permission"), [("triage", "read"), ("maintain", "write"), ("admin", "admin")]
)
def test_finer_roles_fold_into_the_four_permissions(
    github_server: GitHubServer, bot: httpx.Client, invited_as: str, permission: str
) -> None:
    github_server.as_user("olga").invite(HANDBOOK, "nina", invited_as)
    got = done(bot.get(f"/repos/{HANDBOOK}/collaborators/nina/permission"), 200)
    assert (got["permission"], got["role_name"]) == (permission, invited_as)


def test_nobody_has_a_permission_who_does_not_exist(shared_bot: httpx.Client) -> None:
    assert shared_bot.get(f"/repos/{HANDBOOK}/collaborators/ghosty/permission").status_code == 404


def test_membership_tells_owners_members_and_strangers_apart(shared_bot: httpx.Client) -> None:
    def role(login: str) -> str:
        got = done(shared_bot.get(f"/orgs/acme/memberships/{login}"), 200)
        is_a("OrgMembership", got)
        return str(got["role"])

    assert (role("olga"), role("mia")) == ("admin", "member")
    assert shared_bot.get("/orgs/acme/memberships/nina").status_code == 404
    assert shared_bot.get("/orgs/globex/memberships/nina").status_code == 403


def test_membership_needs_its_permission(shared: GitHubServer) -> None:
    token = shared.installation_token(permissions={"issues": "write"})
    with shared.client(token) as narrow:
        assert narrow.get("/orgs/acme/memberships/olga").status_code == 403


def test_what_one_may_not_see_does_not_exist(
    shared: GitHubServer, shared_bot: httpx.Client
) -> None:
    assert shared_bot.get("/repos/globex/vault").status_code == 404
    assert shared_bot.get("/repos/olga/diary").status_code == 404
    assert shared.as_user("rita").repository("globex/vault") is None
