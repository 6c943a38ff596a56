"""Logs of failed jobs and reviews, where the emulator cannot show the case."""

from __future__ import annotations

import json

import httpx
import pytest

from bot.core.identity import Actor
from bot.core.reviews import ChangeDetails, Remark
from bot.errors import UserError
from tests.forges.github_script import GRANTED, REPOSITORY, GitHubScript, answer, refusal

COMMIT = "a" * 40
RUNS = rf"/repos/acme/orders/commits/{COMMIT}/check-runs"
LOGS = r"/repos/acme/orders/actions/jobs/399444496/logs"
CHANGE = ChangeDetails(
    number=7,
    url="https://github.com/acme/orders/pull/7",
    title="Add",
    text="",
    author=Actor(forge="github", account_id="1", login="olga"),
    branch="firstcommit/3f9a1c2b",
    base="main",
    head=COMMIT,
)


def check_run(**fields: object) -> dict[str, object]:
    """https://docs.github.com/rest/checks/runs#list-check-runs-for-a-git-reference"""
    return {
        "id": 399444496,
        "name": "tests",
        "status": "completed",
        "conclusion": "failure",
        "html_url": "https://github.com/acme/orders/runs/399444496",
        "output": {"title": None, "summary": None, "text": None, "annotations_count": 0},
        "app": {"slug": "github-actions"},
        **fields,
    }


def listed(*runs: dict[str, object]) -> httpx.Response:
    return answer({"total_count": len(runs), "check_runs": list(runs)})


@pytest.fixture
def github() -> GitHubScript:
    return GitHubScript()


def test_the_log_of_a_job_is_read_where_github_sends_for_it(github: GitHubScript) -> None:
    github.on("GET", RUNS, listed(check_run()))
    elsewhere = "https://logs.example.net/399444496?signature=x"
    github.on("GET", LOGS, answer(status=302, location=elsewhere))
    github.on("GET", "/399444496", httpx.Response(200, text="…\nE  assert 1 == 2\n"))
    (failed,) = github.forge().failed_checks(REPOSITORY, COMMIT, most_characters=100)
    assert (failed.name, failed.log) == ("tests", "…\nE  assert 1 == 2\n")
    (fetched,) = github.sent("GET", "/399444496")
    assert fetched.url.host == "logs.example.net"
    assert "authorization" not in fetched.headers


@pytest.mark.parametrize("refused", [refusal(403, "Resource not accessible"), refusal(404, "Gone")])
def test_without_its_log_a_check_says_what_it_says_of_itself(
    github: GitHubScript, refused: httpx.Response
) -> None:
    output = {"title": "2 failed", "summary": "See below", "text": None, "annotations_count": 1}
    github.on("GET", RUNS, listed(check_run(output=output)))
    github.on("GET", LOGS, refused)
    note = {"path": "src/add.py", "start_line": 2, "message": "It subtracts.", "title": "tests"}
    github.on("GET", r"/repos/acme/orders/check-runs/399444496/annotations", answer([note]))
    (failed,) = github.forge().failed_checks(REPOSITORY, COMMIT, most_characters=100)
    assert failed.log == "2 failed\n\nSee below"
    (said,) = failed.annotations
    assert (said.path, said.line, said.message) == ("src/add.py", 2, "It subtracts.")


def test_what_passed_or_still_runs_or_was_skipped_has_not_failed(github: GitHubScript) -> None:
    endings = ["success", "neutral", "cancelled", "skipped", "stale", None]
    github.on("GET", RUNS, listed(*(check_run(conclusion=ending) for ending in endings)))
    assert not github.forge().failed_checks(REPOSITORY, COMMIT, most_characters=100)


def test_the_token_for_logs_can_write_nothing(github: GitHubScript) -> None:
    github.on("GET", RUNS, listed())
    github.on(
        "GET",
        r"/app/installations/9",
        answer(
            {
                "id": 9,
                "account": {"login": "acme", "id": 77, "type": "Organization"},
                "permissions": {**GRANTED, "actions": "read"},
                "suspended_at": None,
            }
        ),
    )
    github.forge().failed_checks(REPOSITORY, COMMIT, most_characters=100)
    (asked,) = github.sent("POST", r"/app/installations/9/access_tokens")
    granted = json.loads(asked.content)["permissions"]
    assert granted == {"actions": "read", "checks": "read", "metadata": "read"}


def test_a_review_neither_approves_nor_refuses(github: GitHubScript) -> None:
    github.on("POST", r"/repos/acme/orders/pulls/7/reviews", answer({"id": 80}))
    remark = Remark(path="src/add.py", line=2, body="It subtracts.")
    made = github.forge().review(REPOSITORY, CHANGE, body="One finding.", remarks=[remark])
    (sent,) = github.sent("POST", r"/repos/acme/orders/pulls/7/reviews")
    assert made == "80"
    assert json.loads(sent.content) == {
        "commit_id": COMMIT,
        "event": "COMMENT",
        "body": "One finding.",
        "comments": [
            {"path": "src/add.py", "line": 2, "side": "RIGHT", "body": "It subtracts."},
        ],
    }


def test_a_line_that_the_change_does_not_show_any_more_is_told_as_that(
    github: GitHubScript,
) -> None:
    refused = refusal(422, "Unprocessable Entity", ["Line could not be resolved"])
    github.on("POST", r"/repos/acme/orders/pulls/7/reviews", refused)
    with pytest.raises(UserError, check=lambda error: error.reason == "bad_remark"):
        github.forge().review(
            REPOSITORY, CHANGE, body="", remarks=[Remark(path="a", line=1, body="b")]
        )


def test_a_change_of_a_deleted_fork_is_foreign(github: GitHubScript) -> None:
    pull = {
        "number": 7,
        "html_url": CHANGE.url,
        "title": "Add",
        "body": None,
        "user": None,
        "state": "open",
        "head": {"ref": "main", "sha": COMMIT, "repo": None},
        "base": {"ref": "main", "repo": {"id": 1296269}},
    }
    github.on("GET", r"/repos/acme/orders/pulls/7", answer(pull))
    change = github.forge().change(REPOSITORY, 7)
    assert change is not None
    assert change.is_foreign
    assert (change.text, change.author.login) == ("", "ghost")
