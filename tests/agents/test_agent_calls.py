"""Calls of an agent: where they go, how often, what is kept for whom, and what failures say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from wsgiref.types import WSGIApplication

import pytest

from bot.agents.agent_apis import HttpAgentApis
from bot.agents.own_api import OwnApi
from bot.agents.passes import Passes
from bot.core.access_scopes import Scope
from bot.core.api_values import ApiAnswer
from bot.core.identity import Actor
from bot.core.passes import Asker
from bot.errors import ApiFailed, Cancelled, Transient, UserError
from bot.services import AgentApi
from tests.agents.inside import Others, answer

URL = "https://api.example.com/v1/things"
ANN = Actor(forge="github", account_id="1", login="ann")
BEA = Actor(forge="github", account_id="2", login="bea")


def not_to_be_made() -> WSGIApplication:
    raise AssertionError("Nobody was to call our own API.")


@dataclass
class Outside:
    """Callers without an application of ours behind them."""

    others: Others = field(default_factory=Others)
    slept: list[float] = field(default_factory=list)
    now: float = 0.0

    def __post_init__(self) -> None:
        passes = Passes(lambda: datetime(2026, 11, 28, tzinfo=UTC))
        self.apis = HttpAgentApis(
            OwnApi(passes, not_to_be_made),
            self.others.send,
            clock=lambda: self.now,
            sleep=self._sleep,
        )

    def of(
        self, actor: Actor = ANN, run: str = "r1", poll: Callable[[], object] | None = None
    ) -> AgentApi:
        asker = Asker(
            run_id=run,
            step_id="agent",
            actor=actor,
            homes=frozenset({"repository:github:1"}),
            scopes=frozenset({Scope.READ, Scope.WRITE}),
        )
        return self.apis.of_step(asker, poll=poll)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def outside() -> Outside:
    return Outside()


def failure(act: Callable[[], object]) -> ApiFailed:
    with pytest.raises(ApiFailed) as caught:
        act()
    return caught.value


def busy(reason: str = "api_unavailable", after_s: float | None = None) -> Transient:
    return Transient("It is busy.", reason=reason, retry_after_s=after_s)


@pytest.mark.parametrize(
    "endpoint",
    [
        *("/projects/../tokens", "/projects/%2e%2e/tokens", "/projects/..%2ftokens", "/./me"),
        *("//evil.example/x", "/projects//files", "/me?x=1", "/me#x", "/me\r\nX: y", "/m e"),
        *("/projects/%5c..", "/projects/%0d%0aX:y", "/projects/%00", "/", "", "/../../healthz"),
        *("/projects/é", "/%", "https://api.example.com/a/../b", "https://api.example.com/%2e%2e"),
        *("https://api.example.com/\r\nX: y", "https://u:p@api.example.com/", "ftp://x/"),
    ],
)
def test_what_could_mean_something_else_is_not_called(outside: Outside, endpoint: str) -> None:
    assert failure(lambda: outside.of().call("GET", endpoint)).reason in ("bad_endpoint", "bad_url")
    assert outside.others.sent == []


def test_an_address_that_goes_by_our_name_is_another_origin(outside: Outside) -> None:
    """Only a path is ours: what an address says of itself proves nothing."""
    outside.others.acts = [UserError("No.", reason="origin_not_allowed", remedy="Ask.")]
    refused = failure(lambda: outside.of().call("GET", "http://localhost/api/v1/me"))
    assert (refused.reason, refused.remedy, refused.status) == ("origin_not_allowed", "Ask.", None)


def test_others_are_told_nothing_of_who_asks(outside: Outside) -> None:
    outside.of().call("POST", URL, {"a": [1]}, {"tag": ["x", "y"], "no": None, "yes": True})
    (sent,) = outside.others.sent
    assert sent.url == f"{URL}?tag=x&tag=y&yes=true"
    assert sent.body == b'{"a": [1]}'
    assert set(sent.headers) == {"Content-Type", "Idempotency-Key"}


def test_reading_is_tried_three_times_with_growing_patience(outside: Outside) -> None:
    outside.others.acts = [busy(), busy("no_answer"), answer(body=b'"at last"')]
    assert outside.of().call("GET", URL).body == b'"at last"'
    assert sum(outside.slept) == pytest.approx(2 + 4)


def test_it_waits_as_long_as_it_is_asked_to_and_not_for_ever(outside: Outside) -> None:
    outside.others.acts = [busy("rate_limited", 7), answer()]
    outside.of().call("GET", URL)
    assert sum(outside.slept) == pytest.approx(7)
    outside.others.acts = [busy("rate_limited", 3600)]
    given_up = failure(lambda: outside.of().call("DELETE", URL))
    assert (given_up.reason, given_up.status) == ("rate_limited", 429)
    assert sum(outside.slept) == pytest.approx(7)


@pytest.mark.parametrize(
    ("method", "reason", "times"),
    [
        *(("GET", "no_answer", 3), ("PUT", "no_answer", 3), ("DELETE", "api_unavailable", 3)),
        *(("POST", "no_answer", 1), ("PATCH", "api_unavailable", 1)),
        *(("POST", "unreachable", 3), ("POST", "rate_limited", 3)),
    ],
)
def test_only_what_is_safe_is_repeated(
    outside: Outside, method: str, reason: str, times: int
) -> None:
    outside.others.acts = [busy(reason)]
    assert failure(lambda: outside.of().call(method, URL)).reason == reason
    assert len(outside.others.sent) == times
    assert len({request.headers.get("Idempotency-Key") for request in outside.others.sent}) == 1


def test_a_cancelled_run_waits_for_nobody(outside: Outside) -> None:
    def cancelled() -> None:
        raise Cancelled("Stopped.")

    outside.others.acts = [busy()]
    with pytest.raises(Cancelled):
        outside.of(poll=cancelled).call("GET", URL)


def test_a_run_asks_a_host_no_more_than_so_often(outside: Outside) -> None:
    api = outside.of()
    for number in range(60):
        api.call("GET", f"{URL}/{number}")
    assert failure(lambda: api.call("GET", f"{URL}/61")).reason == "too_many_calls"
    outside.of(run="r2").call("GET", URL)
    api.call("GET", "https://other.example.com/")
    outside.now += 45
    api.call("GET", f"{URL}/61")
    assert sum(outside.slept) == pytest.approx(15, abs=0.3)


def test_an_answer_is_kept_as_long_as_it_says(outside: Outside) -> None:
    outside.others.acts = [answer(cache_control="max-age=90")]
    for outside.now in (0, 89, 91):
        outside.of().call("GET", URL)
    assert len(outside.others.sent) == 2


def test_what_has_not_changed_is_not_sent_again(outside: Outside) -> None:
    outside.others.acts = [
        answer(body=b'"long"', etag='"e1"', cache_control="no-cache"),
        ApiAnswer(status=304, headers={"etag": '"e1"'}, body=b""),
    ]
    assert [outside.of().call("GET", URL).body for _ in range(2)] == [b'"long"', b'"long"']
    assert outside.others.sent[1].headers["If-None-Match"] == '"e1"'


@pytest.mark.parametrize("said", [{"cache_control": "no-store"}, {"vary": "*"}])
def test_what_may_not_be_kept_is_not(outside: Outside, said: Mapping[str, str]) -> None:
    outside.others.acts = [answer(etag='"e1"', **said)]
    for _ in range(2):
        outside.of().call("GET", URL)
    assert "If-None-Match" not in outside.others.sent[1].headers


def test_nobody_gets_what_was_answered_to_another(outside: Outside) -> None:
    outside.others.acts = [answer(body=b"1"), answer(body=b"2"), answer(body=b"3")]
    asked = [outside.of(ANN), outside.of(BEA), outside.of(ANN, run="r2"), outside.of(ANN)]
    assert [api.call("GET", URL).body for api in asked] == [b"1", b"2", b"3", b"1"]


def test_a_failure_has_status_and_what_was_said_without_secrets(outside: Outside) -> None:
    secret = "Bearer s3cret/t0ken+x"
    outside.others.acts = [answer(status=418, body=f"I am\n\u200ba  {secret}.".encode())]
    failed = failure(lambda: outside.of().call("GET", URL, headers={"Authorization": secret}))
    assert (failed.status, failed.reason) == (418, "unexpected_status")
    assert failed.excerpt == "I am a •••."
