"""Teams, milestones and issues on GitHub, where the emulator cannot show it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from bot.core.git_values import Issue, Milestone
from bot.core.pace import PaceLimits
from bot.errors import Transient, UserError
from bot.pace import ProcessPace
from tests.forges.github_script import (
    GRANTED,
    NOW,
    OLGA,
    REPOSITORY,
    GitHubScript,
    answer,
    installation,
    refusal,
)

ISSUES = r"/repos/acme/orders/issues"
MILESTONES = r"/repos/acme/orders/milestones"
MEMBERSHIP = r"/orgs/acme/memberships/olga"
TEAM = r"/orgs/acme/teams/platform/memberships/olga"
MARK = "<!-- ours:1 -->"
BOT = {"login": "firstcommit[bot]", "id": 900, "type": "Bot"}
USER = {"login": "olga", "id": 101, "type": "User"}
FIRST = Milestone(number=7, title="First version", url="https://github.com/acme/orders/milestone/7")


@pytest.fixture
def github() -> GitHubScript:
    github = GitHubScript()
    github.on("GET", r"/app", answer({"id": 1, "slug": "firstcommit", "permissions": GRANTED}))
    github.on("GET", r"/app/installations", answer([installation()]))
    github.on("GET", r"/users/firstcommit.*", answer(BOT))
    github.on("GET", r"/orgs/acme/installation", answer(installation()))
    github.on("GET", MEMBERSHIP, answer({"state": "active", "role": "member", "user": USER}))
    return github


def issue(number: int = 3, **fields: object) -> dict[str, object]:
    """https://docs.github.com/rest/issues/issues#list-repository-issues"""
    return {
        "number": number,
        "title": f"Story {number}",
        "body": f"Text\n{MARK}\n",
        "html_url": f"https://github.com/acme/orders/issues/{number}",
        "user": BOT,
        "state": "open",
        **fields,
    }


def milestone(number: int = 7, **fields: object) -> dict[str, object]:
    """https://docs.github.com/rest/issues/milestones#list-milestones"""
    return {
        "number": number,
        "title": "First version",
        "html_url": f"https://github.com/acme/orders/milestone/{number}",
        "state": "open",
        **fields,
    }


# --- teams --------------------------------------------------------------------------------


# https://docs.github.com/rest/teams/members#get-team-membership-for-a-user
@pytest.mark.parametrize(
    ("state", "expected"), [("active", True), ("pending", False), ("odd", False)]
)
def test_only_an_active_member_is_in_a_team(
    github: GitHubScript, state: str, expected: bool
) -> None:
    github.on("GET", TEAM, answer({"state": state, "role": "member", "url": "https://api"}))
    assert github.forge().in_team("acme", "platform", OLGA) is expected


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("route", [TEAM, MEMBERSHIP])
def test_what_cannot_be_read_is_no_membership(
    github: GitHubScript, status: int, route: str
) -> None:
    github.on("GET", TEAM, answer({"state": "active"}))
    github.on("GET", route, refusal(status, "No"))
    assert not github.forge().in_team("acme", "platform", OLGA)


@pytest.mark.parametrize(
    "given",
    [
        refusal(502, "Bad"),
        httpx.ConnectError("away"),
        refusal(403, "You have exceeded a secondary rate limit", retry_after="60"),
        answer([]),
    ],
)
@pytest.mark.parametrize("route", [TEAM, MEMBERSHIP, r"/orgs/acme/installation"])
def test_no_answer_is_not_taken_for_no_membership(
    github: GitHubScript, given: httpx.Response | Exception, route: str
) -> None:
    github.on("GET", TEAM, answer({"state": "active"}))
    github.on("GET", route, given)
    with pytest.raises(Transient):
        github.forge().in_team("acme", "platform", OLGA)


def test_whoever_took_a_login_over_is_not_in_its_teams(github: GitHubScript) -> None:
    github.on("GET", TEAM, answer({"state": "active", "role": "member"}))
    assert not github.forge().in_team("acme", "platform", replace(OLGA, account_id="102"))
    assert not github.sent("GET", TEAM)


def test_an_account_of_a_person_has_no_teams(github: GitHubScript) -> None:
    own = installation(account={"login": "olga", "id": 101, "type": "User"})
    github.on("GET", r"/orgs/olga/installation", refusal(404, "Not Found"))
    github.on("GET", r"/users/olga/installation", answer(own))
    assert not github.forge().in_team("olga", "platform", OLGA)


def test_where_we_are_not_installed_nobody_is_in_a_team(github: GitHubScript) -> None:
    for kind in ("orgs", "users"):
        github.on("GET", rf"/{kind}/globex/installation", refusal(404, "Not Found"))
    assert not github.forge().in_team("globex", "platform", OLGA)


@pytest.mark.parametrize("team", ["", "..", "a/b", "a b", "?x", "platform\n", "@acme/platform"])
def test_what_cannot_be_a_team_is_not_asked_for(github: GitHubScript, team: str) -> None:
    assert not github.forge().in_team("acme", team, OLGA)
    assert not github.requests


# --- milestones ---------------------------------------------------------------------------


def test_a_milestone_is_found_on_a_later_page_and_whatever_its_state(github: GitHubScript) -> None:
    first = [milestone(number, title=f"Other {number}") for number in range(100, 200)]
    github.on("GET", MILESTONES, answer(first), answer([milestone(state="closed")]))
    found = github.forge().find_milestone(REPOSITORY, "First version")
    assert found == replace(FIRST, is_open=False)
    asked = [dict(request.url.params) for request in github.sent("GET", MILESTONES)]
    assert [(one["state"], one["page"]) for one in asked] == [("all", "1"), ("all", "2")]


def test_a_milestone_is_made_with_its_words(github: GitHubScript) -> None:
    github.on("POST", MILESTONES, answer(milestone(), 201))
    made = github.forge().create_milestone(REPOSITORY, "First version", description="Run 1")
    assert made == FIRST
    (sent,) = github.bodies("POST", MILESTONES)
    assert sent == {"title": "First version", "description": "Run 1"}


def test_a_title_that_is_taken_is_told_apart(github: GitHubScript) -> None:
    errors = [{"resource": "Milestone", "code": "already_exists", "field": "title"}]
    github.on("POST", MILESTONES, refusal(422, "Validation Failed", errors))
    with pytest.raises(UserError, check=lambda error: error.reason == "milestone_exists"):
        github.forge().create_milestone(REPOSITORY, "First version")


# --- issues -------------------------------------------------------------------------------


def test_an_issue_is_sent_as_it_was_asked_for(github: GitHubScript) -> None:
    github.on("POST", ISSUES, answer(issue(), 201))
    made = github.forge().create_issue(
        REPOSITORY, "Story 3", "Grüße", milestone=FIRST, labels=["a", "b c"]
    )
    assert made == Issue(number=3, title="Story 3", url="https://github.com/acme/orders/issues/3")
    (sent,) = github.bodies("POST", ISSUES)
    assert sent == {"title": "Story 3", "body": "Grüße", "labels": ["a", "b c"], "milestone": 7}


def test_ours_are_told_from_changes_and_from_other_peoples(github: GitHubScript) -> None:
    listed = [
        issue(1, pull_request={"url": "https://api"}),
        issue(2, user=USER),
        issue(3, user={"login": "firstcommit[bot]", "id": 901, "type": "Bot"}),
        issue(4, user=None),
        issue(5, body=None),
        issue(6, body=f"{MARK}\nquoted"),
        issue(8),
        issue(9),
    ]
    github.on("GET", ISSUES, answer(listed))
    found = github.forge().find_issue(REPOSITORY, MARK)
    assert found is not None
    assert found.number == 8


def test_an_issue_that_was_closed_since_is_found(github: GitHubScript) -> None:
    github.on("GET", ISSUES, answer([issue(state="closed")]))
    since = NOW - timedelta(minutes=2)
    assert github.forge().find_issue(REPOSITORY, MARK, since=since) is not None
    (asked,) = github.sent("GET", ISSUES)
    assert asked.url.params["state"] == "all"
    assert asked.url.params["since"] == "2026-11-22T11:58:00Z"
    assert (asked.url.params["sort"], asked.url.params["direction"]) == ("created", "asc")


@pytest.mark.parametrize("status", [404, 410])
def test_a_repository_without_issues_says_how_to_get_them(
    github: GitHubScript, status: int
) -> None:
    given = refusal(status, "Issues has been disabled in this repository.")
    github.on("POST", ISSUES, given)
    github.on("GET", ISSUES, given)
    forge = github.forge()
    for ask in (
        lambda: forge.create_issue(REPOSITORY, "One", "Text"),
        lambda: forge.find_issue(REPOSITORY, MARK),
    ):
        with pytest.raises(UserError, check=lambda error: error.reason == "issues_disabled") as no:
            ask()
        assert "Features" in no.value.remedy


def test_a_milestone_that_is_gone_is_told_apart(github: GitHubScript) -> None:
    errors = [{"value": 7, "resource": "Issue", "field": "milestone", "code": "invalid"}]
    github.on("POST", ISSUES, refusal(422, "Validation Failed", errors))
    with pytest.raises(UserError, check=lambda error: error.reason == "unknown_milestone"):
        github.forge().create_issue(REPOSITORY, "One", "Text", milestone=FIRST)


def test_a_lacking_permission_is_named(github: GitHubScript) -> None:
    github.on("POST", ISSUES, refusal(403, "Resource not accessible by integration"))
    with pytest.raises(UserError, check=lambda error: error.reason == "no_access") as refused:
        github.forge().create_issue(REPOSITORY, "One", "Text")
    assert "issues: write" in refused.value.remedy


# --- pace ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [ISSUES, MILESTONES])
def test_a_rate_limit_is_waited_for_and_nothing_is_sent_meanwhile(
    github: GitHubScript, path: str
) -> None:
    limit = refusal(403, "You have exceeded a secondary rate limit", retry_after="60")
    github.on("POST", path, limit)
    forge = github.forge()
    for _ in range(2):
        with pytest.raises(Transient) as limited:
            if path == ISSUES:
                forge.create_issue(REPOSITORY, "One", "Text")
            else:
                forge.create_milestone(REPOSITORY, "One")
        assert (limited.value.reason, limited.value.retry_after_s) == ("rate_limited", 60)
    assert len(github.sent("POST", path)) == 1


def test_a_write_is_sent_once_whatever_happens(github: GitHubScript) -> None:
    github.on("POST", ISSUES, refusal(502, "Bad"))
    with pytest.raises(Transient):
        github.forge().create_issue(REPOSITORY, "One", "Text")
    assert len(github.sent("POST", ISSUES)) == 1


def test_issues_and_milestones_draw_on_the_write_budget(github: GitHubScript) -> None:
    github.on("POST", MILESTONES, answer(milestone(), 201))
    github.on("POST", ISSUES, answer(issue(), 201))
    # One write, beside the reserve that only first words may draw on.
    limits = PaceLimits(burst=1, per_second=0.001, per_minute=1, per_hour=1, reserve=0)
    forge = github.forge(pace=ProcessPace(limits))
    forge.create_milestone(REPOSITORY, "First version")
    with pytest.raises(Transient) as used_up:
        forge.create_issue(REPOSITORY, "One", "Text")
    assert used_up.value.reason == "pace"
    assert not github.sent("POST", ISSUES)
