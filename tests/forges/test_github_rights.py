"""Who may do what, who we are and what `doctor` says, where the emulator cannot show it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from bot.core.identity import Permission, Standing
from bot.errors import Transient, UserError
from bot.forges.port import Finding, Grant
from tests.forges.github_script import (
    GRANTED,
    NOW,
    OLGA,
    REPOSITORY,
    THREAD,
    GitHubScript,
    answer,
    installation,
    refusal,
)

PERMISSION = r"/repos/acme/orders/collaborators/olga/permission"
MEMBERSHIP = r"/orgs/acme/memberships/olga"
ME = r"/users/firstcommit%5Bbot%5D|/users/firstcommit\[bot\]"
USER = {"login": "olga", "id": 101, "type": "User"}
#: https://docs.github.com/rest/apps/apps#get-the-authenticated-app
APP = {
    "id": 1,
    "slug": "firstcommit",
    "name": "Firstcommit",
    "events": ["issue_comment", "issues", "pull_request", "repository"],
    "permissions": GRANTED,
}


@pytest.fixture
def github() -> GitHubScript:
    github = GitHubScript()
    github.on("GET", r"/app", answer(APP))
    github.on("GET", r"/app/installations", answer([installation()]))
    github.on("GET", r"/orgs/.*/installation", refusal(404, "Not Found"))
    github.on("GET", r"/users/.*/installation", refusal(404, "Not Found"))
    github.on("GET", r"/orgs/acme/installation", answer(installation()))
    return github


# --- permission ---------------------------------------------------------------------------


# https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user
@pytest.mark.parametrize(
    ("permission", "role", "expected"),
    [
        ("admin", "admin", Permission.ADMIN),
        ("write", "maintain", Permission.MAINTAIN),
        ("write", "write", Permission.WRITE),
        ("read", "triage", Permission.TRIAGE),
        ("read", "read", Permission.READ),
        ("none", "", Permission.NONE),
        ("write", "security-lead", Permission.WRITE),
        ("read", "support", Permission.READ),
        ("new-word", "new-word", Permission.NONE),
    ],
)
def test_a_role_is_read_and_an_own_one_by_what_it_is_based_on(
    github: GitHubScript, permission: str, role: str, expected: Permission
) -> None:
    github.on(
        "GET", PERMISSION, answer({"permission": permission, "role_name": role, "user": USER})
    )
    assert github.forge().permission(REPOSITORY, OLGA) == expected


def test_an_old_server_that_knows_no_roles(github: GitHubScript) -> None:
    github.on("GET", PERMISSION, answer({"permission": "write", "user": USER}))
    assert github.forge().permission(REPOSITORY, OLGA) == Permission.WRITE


@pytest.mark.parametrize("user", [None, {"login": "olga", "id": 102}, {"login": "olga"}])
def test_an_answer_about_somebody_else_is_nothing(github: GitHubScript, user: object) -> None:
    github.on(
        "GET", PERMISSION, answer({"permission": "admin", "role_name": "admin", "user": user})
    )
    assert github.forge().permission(REPOSITORY, OLGA) == Permission.NONE


@pytest.mark.parametrize("status", [403, 404])
def test_what_cannot_be_read_is_nothing(github: GitHubScript, status: int) -> None:
    github.on("GET", PERMISSION, refusal(status, "No"))
    assert github.forge().permission(REPOSITORY, OLGA) == Permission.NONE


@pytest.mark.parametrize("given", [refusal(502, "Bad"), httpx.ConnectError("away")])
def test_no_answer_is_not_taken_for_no_permission(
    github: GitHubScript, given: httpx.Response | Exception
) -> None:
    github.on("GET", PERMISSION, given)
    with pytest.raises(Transient):
        github.forge().permission(REPOSITORY, OLGA)


@pytest.mark.parametrize("login", ["", "../acme", "a/b", "a?b", "a b", "olga\n"])
def test_a_login_that_is_none_is_not_asked_for(github: GitHubScript, login: str) -> None:
    assert github.forge().permission(REPOSITORY, replace(OLGA, login=login)) == Permission.NONE
    assert github.forge().owner(login, OLGA) is None
    assert not github.requests


# --- owner --------------------------------------------------------------------------------


# https://docs.github.com/rest/orgs/members#get-organization-membership-for-a-user
@pytest.mark.parametrize(
    ("membership", "expected"),
    [
        ({"state": "active", "role": "admin", "user": USER}, Standing.OWNER),
        ({"state": "active", "role": "member", "user": USER}, Standing.MEMBER),
        ({"state": "active", "role": "billing_manager", "user": USER}, Standing.MEMBER),
        ({"state": "pending", "role": "admin", "user": USER}, Standing.NONE),
        ({"state": "active", "role": "admin", "user": {**USER, "id": 5}}, Standing.NONE),
        ({"state": "active", "role": "admin"}, Standing.NONE),
    ],
)
def test_standing_needs_an_active_membership_of_the_same_account(
    github: GitHubScript, membership: dict[str, object], expected: Standing
) -> None:
    github.on("GET", MEMBERSHIP, answer(membership))
    owner = github.forge().owner("acme", OLGA)
    assert owner is not None
    assert owner.standing == expected


@pytest.mark.parametrize("status", [403, 404])
def test_a_membership_that_cannot_be_read_is_none(github: GitHubScript, status: int) -> None:
    github.on("GET", MEMBERSHIP, refusal(status, "No"))
    owner = github.forge().owner("acme", OLGA)
    assert owner is not None
    assert owner.standing == Standing.NONE


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"suspended_at": "2026-01-01T00:00:00Z"}, "suspended"),
        ({"permissions": {"metadata": "read"}}, "administration: write"),
        ({"permissions": {**GRANTED, "administration": "read"}}, "administration: write"),
    ],
)
def test_an_obstacle_is_a_sentence(
    github: GitHubScript, fields: dict[str, object], words: str
) -> None:
    github.on("GET", r"/orgs/acme/installation", answer(installation(**fields)))
    github.on("GET", MEMBERSHIP, refusal(404, "Not Found"))
    owner = github.forge().owner("acme", OLGA)
    assert owner is not None
    assert words in owner.obstacle
    with pytest.raises(UserError):
        github.forge().create_repository(owner, "new", private=True, description="")
    assert not github.sent("POST", r"/orgs/acme/repos")


def test_an_account_without_us_is_asked_for_under_another_installation(
    github: GitHubScript,
) -> None:
    github.on("GET", r"/users/globex", answer({"login": "Globex", "id": 5, "type": "Organization"}))
    owner = github.forge().owner("globex", OLGA)
    assert owner is not None
    assert (owner.login, owner.installation) == ("Globex", "")
    assert "not installed" in owner.obstacle
    (asked,) = github.sent("GET", r"/users/globex")
    assert asked.headers["authorization"].startswith("token ")


# https://docs.github.com/rest/repos/repos#create-an-organization-repository
@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a b", "x" * 101, "a.git"])
def test_a_name_that_no_repository_has_is_refused(github: GitHubScript, name: str) -> None:
    github.on("GET", MEMBERSHIP, answer({"state": "active", "role": "admin", "user": USER}))
    owner = github.forge().owner("acme", OLGA)
    assert owner is not None
    with pytest.raises(UserError) as refused:
        github.forge().create_repository(owner, name, private=True, description="")
    assert refused.value.reason == "invalid_name"


def test_a_renamed_repository_is_found_under_its_new_name(github: GitHubScript) -> None:
    """https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api"""
    moved = "https://api.github.com/repositories/1296269"
    document = {
        "id": 1296269,
        "name": "new-name",
        "owner": {"login": "acme", "id": 77, "type": "Organization"},
        "private": True,
        "default_branch": "trunk",
        "description": None,
        "html_url": "https://github.com/acme/new-name",
    }
    old = "/repos/acme/old-name"
    github.on("GET", f"{old}/installation", answer({}, 301, location=f"{moved}/installation"))
    github.on("GET", r"/repositories/1296269/installation", answer(installation()))
    github.on("GET", old, answer({}, 301, location=moved))
    github.on("GET", r"/repositories/1296269", answer(document))
    repository = github.forge().repository("acme/old-name")
    assert repository is not None
    assert repository.full_name == "acme/new-name"
    assert (repository.installation, repository.default_branch) == ("9", "trunk")


# --- me -----------------------------------------------------------------------------------


def test_our_account_is_asked_for_once(github: GitHubScript, redis_url: str) -> None:
    github.on("GET", ME, answer({"login": "firstcommit[bot]", "id": 900, "type": "Bot"}))
    for _ in range(2):
        me = github.forge(redis_url=redis_url).me()
        assert (me.account_id, me.login, me.is_bot) == ("900", "firstcommit[bot]", True)
    assert len(github.sent("GET", r"/app")) == 1


def test_a_server_that_does_not_show_bots_still_knows_our_comments(github: GitHubScript) -> None:
    github.on("GET", ME, refusal(404, "Not Found"))
    rows = [
        {
            "id": number,
            "user": {"login": login, "id": 900 + number, "type": kind},
            "body": "",
            "created_at": "2026-11-22T12:00:00Z",
        }
        for number, (login, kind) in enumerate(
            [("firstcommit[bot]", "Bot"), ("firstcommit", "User"), ("other[bot]", "Bot")]
        )
    ]
    github.on("GET", r"/repos/acme/orders/issues/5/comments", answer(rows))
    forge = github.forge()
    ours = [comment.author.is_same_as(forge.me()) for comment in forge.comments(THREAD)]
    assert ours == [True, False, False]


def test_a_comment_of_a_deleted_account_is_nobodys(github: GitHubScript) -> None:
    row = {"id": 1, "user": None, "body": None, "created_at": "2026-11-22T12:00:00Z"}
    github.on("GET", r"/repos/acme/orders/issues/5/comments", answer([row]))
    (comment,) = github.forge().comments(THREAD)
    assert (comment.author.account_id, comment.body) == ("", "")


# --- doctor -------------------------------------------------------------------------------


def by_name(findings: object) -> dict[str, Finding]:
    assert isinstance(findings, list)
    return {finding.name: finding for finding in findings}


def hook_answers(github: GitHubScript, **config: object) -> None:
    """https://docs.github.com/rest/apps/webhooks"""
    whole = {
        "url": "https://bot.example/webhooks/github",
        "content_type": "json",
        "insecure_ssl": "0",
        "secret": "********",
    }
    github.on("GET", r"/app/hook/config", answer({**whole, **config}))
    rows = [
        {"id": 1, "status": "OK", "status_code": 202, "delivered_at": "2026-11-22T11:00:00Z"},
        {"id": 2, "status": "timed out", "status_code": 0, "delivered_at": "2026-11-22T10:00:00Z"},
    ]
    github.on("GET", r"/app/hook/deliveries", answer(rows[:1]), answer(rows))


def test_doctor_finds_nothing_where_all_is_well(github: GitHubScript) -> None:
    hook_answers(github)
    findings = github.forge().diagnose()
    assert all(finding.ok for finding in findings)
    assert "workflows" in " ".join(finding.detail for finding in findings)


def test_doctor_counts_deliveries_that_failed(github: GitHubScript) -> None:
    hook_answers(github)
    forge = github.forge()
    forge.diagnose()
    finding = by_name(forge.diagnose())["GitHub deliveries"]
    assert not finding.ok
    assert "1 of the last 2" in finding.detail


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"url": ""}, "nowhere"),
        ({"secret": None}, "secret"),
        ({"content_type": "form"}, "forms"),
        ({"insecure_ssl": "1"}, "certificates"),
    ],
)
def test_doctor_sees_what_is_wrong_with_the_webhook(
    github: GitHubScript, config: dict[str, object], words: str
) -> None:
    hook_answers(github, **config)
    finding = by_name(github.forge().diagnose())["GitHub webhook"]
    assert not finding.ok
    assert words in finding.detail
    assert finding.remedy


def test_doctor_names_events_and_permissions_that_are_missing(github: GitHubScript) -> None:
    hook_answers(github)
    github.on("GET", r"/app", answer({**APP, "events": ["issues"]}))
    few = {"metadata": "read", "issues": "write", "contents": "read"}
    rows = [installation(permissions=few), installation(id=8, suspended_at="2026-01-01T00:00:00Z")]
    github.on("GET", r"/app/installations", answer(rows))
    findings = github.forge().diagnose()
    bad = {f"{finding.name}: {finding.detail}" for finding in findings if not finding.ok}
    assert any("issue_comment" in text and "pull_request" in text for text in bad)
    assert any("contents: write" in text and "checks: write" in text for text in bad)
    assert any("suspended" in text for text in bad)
    assert all(finding.remedy for finding in findings if not finding.ok)


@pytest.mark.parametrize(("seconds", "ok"), [(0, True), (-20, True), (45, False), (-400, False)])
def test_doctor_compares_clocks(github: GitHubScript, seconds: int, ok: bool) -> None:
    theirs = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    github.on("GET", r"/app", refusal(401, "'Expiration time' claim is too far", date=theirs))
    findings = by_name(github.forge().diagnose())
    assert not findings["GitHub App"].ok
    assert findings["Clock"].ok is ok


@pytest.mark.parametrize("given", [httpx.ConnectError("away"), httpx.Response(200, text="<html>")])
def test_doctor_never_raises(github: GitHubScript, given: httpx.Response | Exception) -> None:
    github.on("GET", r"/app", given)
    github.on("GET", r"/app/.*", given)
    (finding,) = github.forge().diagnose()
    assert not finding.ok
    assert finding.remedy
    (finding,) = github.forge().diagnose(REPOSITORY)
    assert not finding.ok


def test_doctor_in_a_thread_tells_only_of_its_own_account(github: GitHubScript) -> None:
    findings = github.forge().diagnose(REPOSITORY)
    assert {finding.name for finding in findings} == {"GitHub: acme"}
    assert not github.sent("GET", r"/app/hook/.*")
    assert not github.sent("GET", r"/app/installations")


def test_events_are_read_as_githubs(github: GitHubScript) -> None:
    forge = github.forge()
    assert forge.read_event("star", {"action": "created"}) is None
    with pytest.raises(UserError) as refused:
        forge.read_event("issues", {"action": "opened"})
    assert refused.value.reason == "unreadable_payload"


def test_a_time_with_a_zone_of_its_own_is_understood(github: GitHubScript) -> None:
    row = {"created_at": "2026-11-22T13:00:00+01:00"}
    github.on("GET", r"/repos/acme/orders", answer(row))
    assert github.forge().created_at(REPOSITORY) == datetime(2026, 11, 22, 12, tzinfo=UTC)


# --- grant --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suspended_at", "suspended"), [(None, False), ("2026-01-01T00:00:00Z", True)]
)
def test_a_grant_is_told_as_it_is_now(
    github: GitHubScript, suspended_at: str | None, suspended: bool
) -> None:
    github.on("GET", r"/app/installations/9", answer(installation(suspended_at=suspended_at)))
    forge = github.forge()
    for _ in range(2):
        found = forge.grant("9")
        assert found == Grant(login="acme", account_id="77", is_person=False, suspended=suspended)
    assert len(github.sent("GET", r"/app/installations/9")) == 2


def test_a_grant_that_was_taken_back_is_gone(github: GitHubScript) -> None:
    github.on("GET", r"/app/installations/9", refusal(404, "Not Found"))
    assert github.forge().grant("9") is None


def test_a_grant_of_which_github_says_nothing_is_not_gone(github: GitHubScript) -> None:
    github.on("GET", r"/app/installations/9", refusal(502, "Bad Gateway"))
    with pytest.raises(Transient):
        github.forge().grant("9")
