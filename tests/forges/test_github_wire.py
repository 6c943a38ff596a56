"""What GitHub's refusals become, how tokens are kept, and what is sent how often."""

from __future__ import annotations

from datetime import timedelta, timezone

import httpx
import pytest
import redis

from bot.core.git_values import Reaction
from bot.core.pace import PaceLimits
from bot.errors import BotError, ConfigurationError, NotSupported, Transient, UserError
from bot.forges.github.failures import BadCredentials, NotFound, Rejected
from bot.pace import ProcessPace
from tests.forges.github_script import (
    GRANTED,
    NOW,
    REPOSITORY,
    THREAD,
    GitHubScript,
    answer,
    installation,
    private_key,
    refusal,
    told,
)

COMMENTS = r"/repos/acme/orders/issues/5/comments"
COMMENT = {
    "id": 11,
    "user": {"login": "olga", "id": 101, "type": "User"},
    "body": "text",
    "created_at": "2026-11-22T12:00:00Z",
    "html_url": "https://github.com/acme/orders/issues/5#issuecomment-11",
}


@pytest.fixture
def github() -> GitHubScript:
    return GitHubScript()


# --- errors -------------------------------------------------------------------------------


# https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api and, for the
# limits, https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
@pytest.mark.parametrize(
    ("given", "kind", "reason"),
    [
        (refusal(400, "Problems parsing JSON"), Rejected, "rejected"),
        (refusal(401, "Bad credentials"), BadCredentials, "no_access"),
        (refusal(403, "Resource not accessible by integration"), UserError, "no_access"),
        (refusal(403, "This installation has been suspended"), UserError, "suspended"),
        (refusal(403, "slow down", retry_after="7"), Transient, "rate_limited"),
        (refusal(403, "API rate limit exceeded for installation"), Transient, "rate_limited"),
        (refusal(403, "You have exceeded a secondary rate limit"), Transient, "rate_limited"),
        (refusal(429, "Too many requests"), Transient, "rate_limited"),
        (refusal(404, "Not Found"), NotFound, "no_access"),
        (refusal(409, "Git Repository is empty."), Rejected, "repository_empty"),
        (refusal(410, "Issues has been disabled"), NotFound, "no_access"),
        (refusal(422, "Validation Failed"), Rejected, "rejected"),
        (refusal(451, "Repository access blocked"), UserError, "no_access"),
        (refusal(500, "Server Error"), Transient, "forge_unavailable"),
        (httpx.Response(502, text="<html>Bad gateway"), Transient, "forge_unavailable"),
        (refusal(501, "Not implemented"), NotSupported, "not_supported"),
        (httpx.ConnectError("refused"), Transient, "forge_unavailable"),
        (httpx.ReadTimeout("slow"), Transient, "forge_unavailable"),
        (httpx.RemoteProtocolError("cut"), Transient, "forge_unavailable"),
    ],
)
def test_a_refused_write_is_sent_once_and_sorted(
    github: GitHubScript, given: httpx.Response | Exception, kind: type[BotError], reason: str
) -> None:
    github.on("POST", COMMENTS, given)
    with pytest.raises(BotError) as refused:
        github.forge().add_comment(THREAD, "the secret body")
    assert type(refused.value) is kind
    assert refused.value.reason == reason
    # Only where nothing can have happened is a write sent again.
    assert len(github.sent("POST", COMMENTS)) == (2 if kind is BadCredentials else 1)
    assert "secret" not in told(refused.value)
    assert "acme" not in told(refused.value)


@pytest.mark.parametrize(
    ("given", "wait_s"),
    [
        (refusal(403, "slow down", retry_after="7"), 7),
        (refusal(429, "slow down", retry_after="0"), 1),
        (refusal(429, "slow down"), 60),
        (refusal(403, "You have exceeded a secondary rate limit. Wait."), 60),
        (refusal(429, "slow down", retry_after="Wed, 21 Oct 2026 07:28:00 GMT"), 60),
        (refusal(403, "limit", x_ratelimit_remaining="0", x_ratelimit_reset="1"), 1),
    ],
)
def test_a_rate_limit_says_how_long(
    github: GitHubScript, given: httpx.Response, wait_s: float
) -> None:
    github.on("GET", COMMENTS, given)
    with pytest.raises(Transient) as refused:
        github.forge().comments(THREAD)
    assert refused.value.retry_after_s == wait_s


def test_after_a_rate_limit_nothing_is_sent_until_it_is_over(github: GitHubScript) -> None:
    forge = github.forge()
    github.on("GET", COMMENTS, refusal(403, "slow down", retry_after="30"), answer([]))
    for _ in range(2):
        with pytest.raises(Transient) as refused:
            forge.comments(THREAD)
        assert refused.value.reason == "rate_limited"
        assert refused.value.retry_after_s == 30
    assert len(github.sent("GET", COMMENTS)) == 1
    github.now += timedelta(seconds=31)
    assert forge.comments(THREAD) == []


def test_a_missing_permission_is_named_as_github_names_it(github: GitHubScript) -> None:
    named = refusal(
        403,
        "Resource not accessible by integration",
        x_accepted_github_permissions="issues=write; pull_requests=write",
    )
    github.on("POST", COMMENTS, named)
    with pytest.raises(UserError) as refused:
        github.forge().add_comment(THREAD, "x")
    assert "issues: write" in refused.value.remedy


def test_what_github_says_is_quoted_but_not_at_length(github: GitHubScript) -> None:
    errors = [{"resource": "Issue", "field": "body", "code": "invalid"}, "as\ntext", "y" * 500]
    github.on("POST", COMMENTS, refusal(422, "Validation Failed", errors))
    with pytest.raises(Rejected) as refused:
        github.forge().add_comment(THREAD, "x")
    assert "body invalid; as text" in refused.value.message
    assert len(refused.value.message) < 300


@pytest.mark.parametrize("broken", ["not json", '{"id": 1}', "[1]", "null", '"text"'])
def test_an_answer_of_another_shape_is_transient(github: GitHubScript, broken: str) -> None:
    github.on("POST", COMMENTS, httpx.Response(201, text=broken))
    with pytest.raises(Transient) as refused:
        github.forge().add_comment(THREAD, "x")
    assert refused.value.reason == "forge_unavailable"


def test_a_write_that_a_redirect_turned_into_a_read_is_no_success(github: GitHubScript) -> None:
    elsewhere = "https://api.github.com/repositories/1/issues/5/comments"
    github.on("POST", COMMENTS, answer({}, 301, location=elsewhere))
    github.on("GET", r"/repositories/1/issues/5/comments", answer(COMMENT))
    with pytest.raises(NotFound):
        github.forge().add_comment(THREAD, "x")


def test_a_write_follows_a_redirect_that_keeps_it_a_write(github: GitHubScript) -> None:
    """https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api"""
    elsewhere = "https://api.github.com/repositories/1/issues/5/comments"
    github.on("POST", COMMENTS, answer({}, 307, location=elsewhere))
    github.on("POST", r"/repositories/1/issues/5/comments", answer(COMMENT, 201))
    assert github.forge().add_comment(THREAD, "x").id == "11"


def test_a_redirect_to_another_host_does_not_get_the_token(github: GitHubScript) -> None:
    github.on("GET", COMMENTS, answer({}, 302, location="https://evil.example/x"))
    github.on("GET", r"/x", answer([]))
    github.forge().comments(THREAD)
    assert "authorization" not in github.sent("GET", "/x")[0].headers


@pytest.mark.parametrize("failures", [1, 2])
def test_a_read_is_tried_again(github: GitHubScript, failures: int) -> None:
    broken = [httpx.ConnectError("refused"), refusal(503, "busy")][:failures]
    github.on("GET", COMMENTS, *broken, answer([COMMENT]))
    (comment,) = github.forge().comments(THREAD)
    assert comment.body == "text"
    assert len(github.slept) == failures


def test_a_read_is_not_tried_for_ever(github: GitHubScript) -> None:
    github.on("GET", COMMENTS, refusal(503, "busy"))
    with pytest.raises(Transient):
        github.forge().comments(THREAD)
    assert len(github.sent("GET", COMMENTS)) == 3


def test_a_reaction_that_a_server_does_not_know_is_silence(github: GitHubScript) -> None:
    path = r"/repos/acme/orders/issues/comments/11/reactions"
    github.on("POST", path, refusal(501, "no"), refusal(404, "Not Found"))
    forge = github.forge()
    forge.react(THREAD, "11", Reaction.SEEN)
    forge.react(THREAD, "11", Reaction.SEEN)


def test_comments_are_read_page_by_page_from_a_time_on(github: GitHubScript) -> None:
    """https://docs.github.com/rest/issues/comments#list-issue-comments"""
    github.on("GET", COMMENTS, answer([COMMENT] * 100), answer([COMMENT]))
    since = NOW.astimezone(timezone(timedelta(hours=2)))
    assert len(github.forge().comments(THREAD, since=since)) == 101
    asked = [dict(request.url.params) for request in github.sent("GET", COMMENTS)]
    same = {"since": "2026-11-22T12:00:00Z", "per_page": "100"}
    assert asked == [{**same, "page": "1"}, {**same, "page": "2"}]


# --- tokens -------------------------------------------------------------------------------


def test_a_token_is_narrowed_and_asks_for_no_more_than_was_granted(github: GitHubScript) -> None:
    granted = {"metadata": "read", "issues": "read", "contents": "write"}
    github.on("GET", r"/app/installations/9", answer(installation(permissions=granted)))
    github.on("GET", COMMENTS, answer([]))
    github.forge().comments(THREAD)
    assert github.bodies("POST", r"/app/.*/access_tokens") == [
        {"permissions": {"issues": "read", "metadata": "read"}, "repository_ids": [1296269]}
    ]
    assert github.sent("GET", COMMENTS)[0].headers["authorization"] == "token ghs_secret1"


def test_a_token_is_kept_until_five_minutes_before_its_end(
    github: GitHubScript, redis_url: str
) -> None:
    github.on("GET", COMMENTS, answer([]))
    for _ in range(3):
        github.forge(redis_url=redis_url).comments(THREAD)
    assert len(github.sent("POST", r"/app/.*/access_tokens")) == 1


def test_a_token_about_to_end_is_not_kept(github: GitHubScript) -> None:
    soon = (NOW + timedelta(minutes=4)).isoformat()
    github.on("POST", r"/app/.*/access_tokens", answer({"token": "t", "expires_at": soon}, 201))
    github.on("GET", COMMENTS, answer([]))
    forge = github.forge()
    forge.comments(THREAD)
    forge.comments(THREAD)
    assert len(github.sent("POST", r"/app/.*/access_tokens")) == 2


def test_another_server_or_app_does_not_get_our_tokens(
    github: GitHubScript, redis_url: str
) -> None:
    github.on("GET", r"(/api/v3)?" + COMMENTS, answer([]))
    github.on("GET", r"/api/v3/app/installations/9", answer(installation()))
    github.on("POST", r"/api/v3/app/installations/9/access_tokens", github._token)
    github.forge(redis_url=redis_url).comments(THREAD)
    github.forge(redis_url=redis_url, app_id=2).comments(THREAD)
    enterprise = github.forge(redis_url=redis_url, api_url="https://ghe.example/api/v3")
    enterprise.comments(THREAD)
    used = [
        request.headers["authorization"]
        for request in github.requests
        if request.url.path.endswith("/comments")
    ]
    assert len(set(used)) == 3


def test_redis_holds_no_token_and_nothing_else_to_read(
    github: GitHubScript, redis_url: str
) -> None:
    github.on("GET", COMMENTS, answer([]))
    github.forge(redis_url=redis_url).comments(THREAD)
    kept = entries(redis_url)
    assert kept
    assert not [text for text in kept.values() if b"ghs_secret" in text or b"acme" in text]


def test_workers_with_another_secret_get_no_tokens(github: GitHubScript, redis_url: str) -> None:
    github.on("GET", COMMENTS, answer([]))
    github.forge(redis_url=redis_url).comments(THREAD)
    github.forge(redis_url=redis_url, secret_key="another").comments(THREAD)
    assert len(github.sent("POST", r"/app/.*/access_tokens")) == 2


@pytest.mark.parametrize("change", ["plain", "swapped", "cut"])
def test_what_somebody_else_wrote_into_redis_counts_as_absent(
    github: GitHubScript, redis_url: str, change: str
) -> None:
    github.on("GET", COMMENTS, answer([]))
    github.forge(redis_url=redis_url).comments(THREAD)
    kept = entries(redis_url)
    others = [*list(kept.values())[1:], next(iter(kept.values()))]
    client = redis.Redis.from_url(redis_url)
    for (key, text), other in zip(kept.items(), others, strict=True):
        client.set(key, {"plain": b"ghs_theirs", "swapped": other, "cut": text[:-9]}[change])
    github.forge(redis_url=redis_url).comments(THREAD)
    used = github.sent("GET", COMMENTS)[-1].headers["authorization"]
    assert used == "token ghs_secret2"


def test_tokens_are_kept_in_the_process_while_redis_is_away(github: GitHubScript) -> None:
    github.on("GET", COMMENTS, answer([]))
    forge = github.forge(redis_url="unix:///nonexistent/socket")
    forge.comments(THREAD)
    forge.comments(THREAD)
    assert len(github.sent("POST", r"/app/.*/access_tokens")) == 1


def test_what_was_granted_later_is_noticed_after_a_refusal(github: GitHubScript) -> None:
    less = {**GRANTED, "issues": "read"}
    github.on(
        "GET",
        r"/app/installations/9",
        answer(installation(permissions=less)),
        answer(installation()),
    )
    github.on("POST", COMMENTS, refusal(403, "Resource not accessible"), answer(COMMENT, 201))
    forge = github.forge()
    with pytest.raises(UserError):
        forge.add_comment(THREAD, "x")
    forge.add_comment(THREAD, "x")
    asked = [body["permissions"]["issues"] for body in github.bodies("POST", r".*/access_tokens")]
    assert asked == ["read", "write"]


# https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
def test_what_was_granted_and_taken_back_is_not_asked_for_again(github: GitHubScript) -> None:
    less = {"metadata": "read", "issues": "read"}
    github.on(
        "GET",
        r"/app/installations/9",
        answer(installation()),
        answer(installation(permissions=less)),
    )
    refused = refusal(422, "The permissions requested are not granted to this installation.")
    github.on("POST", r"/app/.*/access_tokens", refused, github._token)
    github.on("GET", COMMENTS, answer([]))
    assert github.forge().comments(THREAD) == []
    asked = [body["permissions"] for body in github.bodies("POST", r".*/access_tokens")]
    assert asked[1] == less


def test_a_repository_that_was_not_selected_is_out_of_reach(github: GitHubScript) -> None:
    refused = refusal(
        422,
        "There is at least one repository that does not exist or is not accessible to the "
        "parent installation.",
    )
    github.on("POST", r"/app/.*/access_tokens", refused)
    forge = github.forge()
    for ask in (lambda: forge.head(REPOSITORY, "main"), lambda: forge.comment(THREAD, "1")):
        with pytest.raises(UserError) as out:
            ask()
        assert out.value.reason == "no_access"
        assert out.value.remedy


def test_a_suspended_installation_gives_no_token(github: GitHubScript) -> None:
    github.on(
        "POST", r"/app/.*/access_tokens", refusal(403, "This installation has been suspended")
    )
    with pytest.raises(UserError) as refused:
        github.forge().comments(THREAD)
    assert refused.value.reason == "suspended"
    assert refused.value.remedy


def test_a_repository_of_no_installation_is_refused_without_asking(github: GitHubScript) -> None:
    outside = type(REPOSITORY)(**{**vars(REPOSITORY), "installation": ""})
    with pytest.raises(UserError) as refused:
        github.forge().head(outside, "main")
    assert refused.value.reason == "no_access"
    assert not github.requests


def test_the_app_proves_itself_with_a_jwt_and_github_sees_our_name(github: GitHubScript) -> None:
    github.on("GET", COMMENTS, answer([]))
    github.forge(name="acme-bot").comments(THREAD)
    asked = github.sent("POST", r"/app/.*/access_tokens")[0]
    assert asked.headers["authorization"].startswith("Bearer ey")
    assert asked.headers["user-agent"] == "acme-bot"
    assert asked.headers["x-github-api-version"] == "2022-11-28"


# --- pace ---------------------------------------------------------------------------------


def test_a_first_comment_draws_on_the_reserve_and_a_later_one_does_not(
    github: GitHubScript,
) -> None:
    github.on("POST", COMMENTS, answer(COMMENT, 201))
    limits = PaceLimits(burst=4, reserve=3, per_second=0.001)
    forge = github.forge(pace=ProcessPace(limits, patience_s=0))
    forge.add_comment(THREAD, "one")
    with pytest.raises(Transient) as refused:
        forge.add_comment(THREAD, "two")
    assert refused.value.reason == "pace"
    forge.add_comment(THREAD, "three", first=True)
    assert len(github.sent("POST", COMMENTS)) == 2


def test_an_edit_that_says_so_draws_on_the_reserve(github: GitHubScript) -> None:
    edited = "/repos/acme/orders/issues/comments/77"
    github.on("PATCH", edited, answer(COMMENT))
    limits = PaceLimits(burst=4, reserve=3, per_second=0.001)
    forge = github.forge(pace=ProcessPace(limits, patience_s=0))
    forge.edit_comment(THREAD, "77", "one")
    with pytest.raises(Transient):
        forge.edit_comment(THREAD, "77", "two")
    forge.edit_comment(THREAD, "77", "three", first=True)
    assert len(github.sent("PATCH", edited)) == 2


# --- set-up -------------------------------------------------------------------------------


def test_a_key_whose_line_ends_were_written_out_is_read(github: GitHubScript) -> None:
    github.on("GET", COMMENTS, answer([]))
    flat = private_key().strip().replace("\n", "\\n")
    assert github.forge(private_key=flat).comments(THREAD) == []


@pytest.mark.parametrize("key", ["", "not a key", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n"])
def test_a_key_that_is_none_names_its_setting(github: GitHubScript, key: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        github.forge(private_key=key)
    assert "GITHUB_PRIVATE_KEY" in refused.value.message
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("url", ["http://ghe.example/api/v3", "ftp://x", "", "https://"])
def test_an_address_without_encryption_is_refused(github: GitHubScript, url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        github.forge(api_url=url)
    assert "GITHUB_API_URL" in refused.value.message


@pytest.mark.parametrize(
    ("api_url", "page"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://ghe.example/api/v3/", "https://ghe.example"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com"),
        ("http://127.0.0.1:4001", "http://127.0.0.1:4001"),
    ],
)
def test_pages_are_found_beside_the_api(github: GitHubScript, api_url: str, page: str) -> None:
    url = github.forge(api_url=api_url).difference_url(REPOSITORY, base="main", head="b/1 #x")
    assert url == f"{page}/acme/orders/compare/main...b/1%20%23x"


def entries(redis_url: str) -> dict[bytes, bytes]:
    """What GitHub's cache holds in Redis."""
    client = redis.Redis.from_url(redis_url)
    return {key: client.get(key) or b"" for key in client.keys("firstcommit:github:*")}
