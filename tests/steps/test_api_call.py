"""Calls of APIs from workflows: sent once, with the secrets they may have, and none shown."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import yaml

from bot.agents.api_caller import ApiCaller
from bot.core.api_values import ApiAnswer, ApiRequest
from bot.core.origins import read_allowed
from bot.core.runs import Run
from bot.core.workflow import to_data
from bot.errors import Transient, UserError
from bot.sealing import seal, seal_inputs, secret_place
from bot.steps.api_answers import outputs as shown_of
from bot.steps.api_call import API_CALL
from bot.steps.spec import StepContext
from bot.steps.stopping import Stop
from bot.store.port import Effect, NewRun
from bot.workflows import checked
from tests.agents.web import serving, speaking
from tests.parts import ROOT
from tests.spine import Bot, Killed

ORIGIN = "https://api.example.com"
URL = f"{ORIGIN}/v1/things"
ACME: dict[str, object] = {
    "kind": "organisation",
    "forge": "github",
    "repository": "acme/.github",
    "commit": "c0ffee",
}
TOKEN = "s3cret/t0ken+x"

Act = ApiAnswer | BaseException | Callable[[ApiRequest], ApiAnswer]


def answer(status: int = 200, body: bytes = b"", **headers: str) -> ApiAnswer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ApiAnswer(status=status, headers=named, body=body)


@dataclass
class Api:
    """The port, answering as it is told: one answer after another, then the last again."""

    acts: list[Act] = field(default_factory=lambda: [answer()])
    sent: list[ApiRequest] = field(default_factory=list)

    def send(self, request: ApiRequest, *, poll: Callable[[], object] | None = None) -> ApiAnswer:
        if poll is not None:
            poll()
        self.sent.append(request)
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        if isinstance(act, BaseException):
            raise act
        return act if isinstance(act, ApiAnswer) else act(request)

    @property
    def keys(self) -> Sequence[str]:
        """The idempotency keys that were sent."""
        return [request.headers["Idempotency-Key"] for request in self.sent]


@pytest.fixture
def api(bot: Bot) -> Api:
    made = Api()
    bot.change(api=made)
    return made


def start(
    bot: Bot,
    given: Mapping[str, object],
    *,
    source: Mapping[str, object] = ACME,
    inputs: Mapping[str, object] | None = None,
    retry: Mapping[str, object] | None = None,
) -> Run:
    """Queue a run of one call."""
    step: dict[str, Any] = {"id": "call", "uses": "api_call", "with": dict(given)}
    if retry:
        step["retry"] = dict(retry)
    data = {
        "name": "calls",
        "inputs": {name: {"type": "secret"} for name in inputs or {}},
        "steps": [step],
    }
    workflow, run_id = checked(data, source="calls.yaml"), str(uuid4())
    run = bot.store.runs.create(
        NewRun(
            id=run_id,
            workflow=to_data(workflow),
            inputs=seal_inputs(bot.services.keys, workflow, inputs or {}, run_id, pack=_no_pack),
            steps=[(plan.id, plan.uses) for plan in workflow.steps],
            requester=bot.person("ann"),
            thread=bot.thread,
            command_id=None,
            comment_id=None,
            organisation_id=None,
            project_name=None,
            source=source,
        )
    )
    bot.queue.run(run.id)
    return run


def _no_pack(name: str) -> Any:
    raise UserError("There are no packs here.", reason="unknown_pack")


def call(bot: Bot, given: Mapping[str, object] | None = None, **more: Any) -> Run:
    """The run of one call, when it has come to its end."""
    run = start(bot, {"url": URL, **(given or {})}, **more)
    bot.drain()
    return bot.store.runs.get(run.id)  # type: ignore[return-value]


def outputs(run: Run) -> Mapping[str, Any]:
    found = run.step("call").outputs
    assert found is not None, run.failure
    return found


def reason(run: Run) -> str:
    assert run.failure is not None
    return run.failure.reason


def keep(
    bot: Bot,
    name: str = "TOKEN",
    text: str = TOKEN,
    *,
    organisation: str = "acme",
    origin: str = ORIGIN,
) -> None:
    """Store a secret, as the operator does."""
    place = secret_place("github", organisation, name, origin)
    sealed = seal(bot.services.keys, text, bound_to=place)
    bot.store.secrets.put("github", organisation, name, origin=origin, sealed=sealed)


def calls_of(bot: Bot, run: Run) -> Sequence[Effect]:
    """What the ledger tells of the run's calls."""
    effects = bot.store.ledger.of(f"run:{run.id}")
    return [effect for effect in effects if effect.key.startswith("api_call:")]


def everything_kept(bot: Bot, run: Run) -> str:
    """All that the database and the thread tell of a run."""
    parts = [
        repr(run),
        repr(bot.store.runs.events(run.id)),
        repr(bot.store.ledger.of(f"run:{run.id}")),
        repr(bot.store.runs.attempts(run.id)),
        repr(bot.comments),
    ]
    return "\n".join(parts)


# What is sent, and what comes back.


def test_an_answer_becomes_outputs(bot: Bot, api: Api) -> None:
    api.acts = [answer(201, b'{"id": 7}', content_type="application/json; charset=utf-8")]
    assert outputs(call(bot)) == {
        "status": 201,
        "headers": {"content-type": "application/json; charset=utf-8"},
        "body": '{"id": 7}',
        "json": {"id": 7},
    }
    assert (api.sent[0].method, api.sent[0].url, api.sent[0].body) == ("GET", URL, None)


@pytest.mark.parametrize(
    ("body", "kind", "text", "data"),
    [
        (b'{"a": 1}', "text/plain", '{"a": 1}', None),
        (b"[1, 2]", "application/vnd.x+json", "[1, 2]", [1, 2]),
        (b"{", "application/json", "{", None),
        (b"NaN", "application/json", "NaN", None),
        (b"[1e999]", "application/json", "[1e999]", None),
        (b"[" * 5000, "application/json", "[" * 5000, None),
        (b'"a\\u0000\\ud800b"', "application/json", '"a\\u0000\\ud800b"', "a\ufffd\ufffdb"),
        (b"\xe9", "text/plain; charset=latin-1", "é", None),
        (b"\xff\x00", "text/plain; charset=base64", "\ufffd\ufffd", None),
        (b"bcher-kva", "text/plain; charset=punycode", "bcher-kva", None),
        (b"a", "text/plain; charset=windows-1259", "a", None),
        ("ü".encode("utf-16"), "text/plain; charset=UTF-16", "ü", None),
        (b"\x80", 'text/plain; charset="windows-1252"', "€", None),
    ],
)
def test_bodies_are_read_as_they_are_meant(
    bot: Bot, api: Api, body: bytes, kind: str, text: str, data: object
) -> None:
    api.acts = [answer(200, body, content_type=kind)]
    found = outputs(call(bot))
    assert (found["body"], found["json"]) == (text, data)


def test_what_is_given_is_sent(bot: Bot, api: Api) -> None:
    query = {"q": "a b", "n": [1, 2], "on": True, "none": None}
    given = {"method": "POST", "json": {"a": [1]}, "headers": {"X-N": 3}, "query": query}
    call(bot, given)
    (sent,) = api.sent
    assert sent.url == f"{URL}?q=a+b&n=1&n=2&on=true"
    assert (sent.body, sent.headers["X-N"]) == (b'{"a": [1]}', "3")
    assert sent.headers["Content-Type"] == "application/json"
    assert sent.timeout_s == 10


def test_text_is_sent_as_such(bot: Bot, api: Api) -> None:
    call(bot, {"method": "PUT", "body": "ü", "headers": {"content-type": "text/x"}})
    assert api.sent[0].body == "ü".encode()
    assert api.sent[0].headers["content-type"] == "text/x"
    assert "Content-Type" not in api.sent[0].headers


@pytest.mark.parametrize(
    "given",
    [
        {"json": {}},
        {"method": "HEAD", "body": "x"},
        {"method": "POST", "json": {}, "body": "x"},
        {"timeout": 0},
        {"timeout": 121},
        {"expect": ["200"]},
        {"expect": [True]},
        {"expect": [99]},
        {"headers": {"X": [1]}},
        {"query": {"X": {"a": 1}}},
    ],
)
def test_what_makes_no_sense_is_not_sent(bot: Bot, api: Api, given: Mapping[str, object]) -> None:
    assert reason(call(bot, given)) == "bad_input"
    assert api.sent == []


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"url": "https://ann:pw@api.example.com/"}, "bad_url"),
        ({"headers": {"Host": "evil.example"}}, "bad_header"),
        ({"headers": {"X": "a\r\nHost: b"}}, "bad_header"),
    ],
)
def test_what_is_odd_is_not_sent(bot: Bot, api: Api, given: Mapping[str, object], why: str) -> None:
    assert reason(call(bot, given)) == why
    assert api.sent == []


def test_without_origins_nothing_is_called_and_the_setting_is_named(bot: Bot) -> None:
    run = call(bot)
    assert reason(run) == "origin_not_allowed"
    assert run.failure is not None
    assert "FIRSTCOMMIT_API_ORIGINS" in run.failure.remedy


def test_another_status_than_expected_fails_with_what_was_said(bot: Bot, api: Api) -> None:
    api.acts = [answer(422, b"no `such`\r\n\x1b[1m @everyone thing " + b"x" * 500)]
    run = call(bot)
    assert reason(run) == "unexpected_status"
    assert run.failure is not None
    said = run.failure.message
    assert said.startswith(f"`GET {URL}` answered 422: `no 'such' [1m @everyone thing xxx")
    assert said.endswith("x…`")
    assert len(said) < 300


def test_statuses_that_are_expected(bot: Bot, api: Api) -> None:
    api.acts = [answer(404)]
    assert outputs(call(bot, {"expect": [404, 200]}))["status"] == 404
    assert api.sent[0].wanted == {404, 200}
    api.acts = [answer(201)]
    assert reason(call(bot, {"expect": [404]})) == "unexpected_status"


def test_a_query_is_not_told(bot: Bot, api: Api) -> None:
    api.acts = [answer(500)]
    run = call(bot, {"query": {"person": "ann.example"}})
    assert "ann.example" not in repr(run.failure)


@pytest.mark.parametrize(("timeout", "held"), [(90, True), (10, False)])
def test_an_answer_that_takes_longer_holds_the_run(
    bot: Bot, api: Api, timeout: int, held: bool
) -> None:
    due: list[bool] = []

    def slow(request: ApiRequest) -> ApiAnswer:
        bot.clock.now += timedelta(seconds=80)
        due.append(bool(bot.store.runs.due(queued_for_s=0)))
        return answer()

    api.acts = [slow]
    call(bot, {"timeout": timeout})
    assert due == [not held]


def test_whoever_waits_for_an_answer_can_cancel(bot: Bot) -> None:
    with speaking() as port:
        url = f"http://127.0.0.1:{port}"
        bot.change(api=ApiCaller([read_allowed(f"private:{url}")]))
        run = start(bot, {"url": url, "timeout": 60})
        threading.Timer(0.5, bot.store.runs.request_cancel, (run.id, "ann")).start()
        bot.drain()
    assert bot.store.runs.get(run.id).status == "cancelled"  # type: ignore[union-attr]


# Once.


def test_a_confirmed_call_is_not_sent_again(bot: Bot, api: Api) -> None:
    api.acts = [answer(200, b"first"), answer(200, b"second")]
    run = bot.store.runs.lease(start(bot, {"url": URL}).id, worker="w", lease_s=15)
    assert run is not None
    context = StepContext(
        services=bot.services, run=run, step_id="call", number=run.lease_number, stop=Stop()
    )
    said = [API_CALL.run(context, {"url": URL, "method": "POST"})["body"] for _ in range(2)]
    assert said == ["first", "first"]
    (effect,) = calls_of(bot, run)
    assert (effect.status, effect.external_id) == ("confirmed", "200")


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("lost", ["no_answer", "api_unavailable"])
def test_a_lost_answer_is_not_followed_by_a_second_call(
    bot: Bot, api: Api, method: str, lost: str
) -> None:
    api.acts = [Transient("There was no answer in time.", reason=lost), answer()]
    run = call(bot, {"method": method})
    assert reason(run) == "answer_lost"
    assert run.failure is not None
    assert "retry step=call" in run.failure.remedy
    assert len(api.sent) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_what_may_be_repeated_is(bot: Bot, api: Api, method: str) -> None:
    api.acts = [Transient("No answer.", reason="no_answer"), answer()]
    run = start(bot, {"url": URL, "method": method})
    bot.drain()
    bot.later(600)
    assert outputs(bot.store.runs.get(run.id))["status"] == 200  # type: ignore[arg-type]
    assert len(api.sent) == 2
    assert method in ("GET", "HEAD") or len(set(api.keys)) == 1


def test_a_post_is_repeated_where_the_author_says_so(bot: Bot, api: Api) -> None:
    api.acts = [Transient("No answer.", reason="no_answer"), answer()]
    run = start(bot, {"url": URL, "method": "POST", "repeat": True})
    bot.drain()
    bot.later(600)
    assert bot.store.runs.get(run.id).status == "completed"  # type: ignore[union-attr]
    assert len(api.keys) == 2
    assert len(set(api.keys)) == 1


@pytest.mark.parametrize("why", ["unreachable", "rate_limited"])
def test_a_post_that_never_arrived_is_sent_later(bot: Bot, api: Api, why: str) -> None:
    api.acts = [Transient("Not now.", reason=why, retry_after_s=30), answer()]
    run = start(bot, {"url": URL, "method": "POST"})
    bot.drain()
    assert bot.store.runs.get(run.id).status == "waiting"  # type: ignore[union-attr]
    bot.later(600)
    assert bot.store.runs.get(run.id).status == "completed"  # type: ignore[union-attr]


def killed_at_post(bot: Bot, api: Api, **given: object) -> Run:
    """A run whose worker was killed after it had sent a POST."""
    api.acts = [Killed(), answer()]
    run = start(bot, {"url": URL, "method": "POST", **given})
    with pytest.raises(Killed):
        bot.drain()
    bot.later(60)
    found = bot.store.runs.get(run.id)
    assert found is not None
    return found


def test_a_kill_behind_a_post_is_not_followed_by_a_second_one(bot: Bot, api: Api) -> None:
    run = killed_at_post(bot, api)
    assert reason(run) == "answer_lost"
    assert len(api.sent) == 1


def test_a_kill_behind_a_post_that_repeats(bot: Bot, api: Api) -> None:
    assert killed_at_post(bot, api, repeat=True).status == "completed"
    assert len(set(api.keys)) == 1
    assert len(api.keys) == 2


def test_asking_for_the_step_again_sends_it_anew(bot: Bot, api: Api) -> None:
    run = killed_at_post(bot, api)
    bot.store.runs.retry(run.id, steps=["call"])
    bot.queue.run(run.id)
    bot.drain()
    assert bot.store.runs.get(run.id).status == "completed"  # type: ignore[union-attr]
    assert len(set(api.keys)) == 2


def test_a_call_that_was_refused_is_sent_anew_by_a_retry(bot: Bot, api: Api) -> None:
    api.acts = [answer(500), answer(200)]
    run = start(
        bot,
        {"url": URL, "method": "POST"},
        retry={"count": 1, "backoff": 1, "on": ["unexpected_status"]},
    )
    bot.drain()
    bot.later(60)
    assert bot.store.runs.get(run.id).status == "completed"  # type: ignore[union-attr]
    assert len(api.sent) == 2


def test_an_idempotency_key_of_the_authors_own_stays(bot: Bot, api: Api) -> None:
    call(bot, {"method": "POST", "headers": {"idempotency-key": "mine"}})
    assert api.sent[0].headers["idempotency-key"] == "mine"
    assert "Idempotency-Key" not in api.sent[0].headers
    call(bot)
    assert "Idempotency-Key" not in api.sent[1].headers


def test_two_runs_and_two_steps_have_their_own_keys(bot: Bot, api: Api) -> None:
    call(bot, {"method": "POST"})
    call(bot, {"method": "POST"})
    assert len(set(api.keys)) == 2


# Secrets.

AUTHORISED = {"headers": {"Authorization": "Bearer ${{ secrets.TOKEN }}"}}


def test_a_secret_is_given_to_its_origin(bot: Bot, api: Api) -> None:
    keep(bot)
    run = call(bot, AUTHORISED)
    assert run.status == "completed"
    assert api.sent[0].headers["Authorization"] == f"Bearer {TOKEN}"
    (stored,) = bot.store.secrets.listed("github", "acme")
    assert stored.used_at is not None


def test_a_secret_may_stand_in_body_and_json(bot: Bot, api: Api) -> None:
    keep(bot)
    call(bot, {"method": "POST", "json": {"deep": [{"key": "${{ secrets.TOKEN }}"}]}})
    call(bot, {"method": "POST", "body": "${{ secrets.TOKEN }}"})
    assert json.loads(api.sent[0].body or b"") == {"deep": [{"key": TOKEN}]}
    assert api.sent[1].body == TOKEN.encode()


@pytest.mark.parametrize("place", ["url", "query", "method"])
def test_a_secret_may_stand_nowhere_else(bot: Bot, place: str) -> None:
    given = {"url": URL, place: "${{ secrets.TOKEN }}"}
    if place == "query":
        given["query"] = {"key": "${{ secrets.TOKEN }}"}  # type: ignore[assignment]
    with pytest.raises(Exception, match="secret"):
        start(bot, given)


@pytest.mark.parametrize(
    "spell",
    [
        lambda text: text,
        lambda text: json.dumps({"you": f"Bearer {text}"}),
        lambda text: text.replace("/", "%2F").replace("+", "%2B"),
        lambda text: text.replace("/", "\\/"),
        lambda text: base64.b64encode(text.encode()).decode(),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_secret_that_is_echoed_is_kept_nowhere(
    bot: Bot, api: Api, spell: Callable[[str], str], status: int
) -> None:
    keep(bot)
    echoed = spell(TOKEN)
    api.acts = [
        answer(status, echoed.encode(), content_type="application/json", x_echo=f"<{echoed}>")
    ]
    run = call(bot, AUTHORISED)
    kept = everything_kept(bot, run)
    assert TOKEN not in kept
    assert echoed not in kept
    assert echoed[:-2] not in kept
    if status == 200:
        assert "•••" in outputs(run)["headers"]["x-echo"]
        assert "•••" in outputs(run)["body"]


def test_a_secret_of_digits_or_of_escaped_letters_is_masked() -> None:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in TOKEN)
    body = f'{{"pin": 48151623, "float": 4815.5, "other": 7, "yes": true, "me": "{escaped}"}}'
    told = answer(200, body.encode(), content_type="application/json")
    shown = shown_of(told, ["48151623", "4815.5", TOKEN])
    assert shown["json"] == {"pin": "•••", "float": "•••", "other": 7, "yes": True, "me": "•••"}
    assert escaped not in str(shown["body"])
    assert "•••" in str(shown["body"])


def test_the_history_names_the_secret(bot: Bot, api: Api) -> None:
    keep(bot)
    given = call(bot, AUTHORISED).step("call").inputs
    assert given is not None
    assert given["headers"] == {"Authorization": "Bearer secrets.TOKEN"}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({}, "default branch"),
        ({"kind": "shipped"}, "default branch"),
        ({**ACME, "kind": "repository"}, "default branch"),
        ({**ACME, "repository": ""}, "default branch"),
        ({**ACME, "repository": "other/.github"}, "not acme's own"),
        ({**ACME, "forge": "local"}, "not acme's own"),
    ],
)
def test_a_secret_is_for_the_organisations_own_workflows(
    bot: Bot, api: Api, source: Mapping[str, object], words: str
) -> None:
    keep(bot)
    keep(bot, organisation="other")
    run = call(bot, AUTHORISED, source=source)
    assert reason(run) == "secret_not_given"
    assert run.failure is not None
    assert words in run.failure.message
    assert api.sent == []
    assert bot.store.secrets.listed("github", "acme")[0].used_at is None


@pytest.mark.parametrize(
    "origin", ["https://other.example", "https://api.example.com:8443", "http://api.example.com"]
)
def test_a_secret_is_for_one_origin_alone(bot: Bot, api: Api, origin: str) -> None:
    keep(bot, origin=origin)
    run = call(bot, AUTHORISED)
    assert reason(run) == "secret_not_given"
    assert run.failure is not None
    assert f"for {origin} alone" in run.failure.message
    assert api.sent == []


def test_a_secret_that_nobody_stored(bot: Bot, api: Api) -> None:
    run = call(bot, AUTHORISED)
    assert reason(run) == "secret_not_given"
    assert run.failure is not None
    assert f"firstcommit secret set github:acme TOKEN --origin {ORIGIN}" in run.failure.remedy


@pytest.mark.parametrize(
    "place",
    [
        secret_place("github", "other", "TOKEN", ORIGIN),
        secret_place("github", "acme", "OTHER", ORIGIN),
        secret_place("github", "acme", "TOKEN", "https://other.example"),
        secret_place("gitlab", "acme", "TOKEN", ORIGIN),
    ],
)
def test_a_row_that_was_put_in_anothers_place_does_not_open(
    bot: Bot, api: Api, place: tuple[str, ...]
) -> None:
    sealed = seal(bot.services.keys, TOKEN, bound_to=place)
    bot.store.secrets.put("github", "acme", "TOKEN", origin=ORIGIN, sealed=sealed)
    assert reason(call(bot, AUTHORISED)) == "cannot_unseal"
    assert api.sent == []


def test_an_organisation_that_gave_up_its_name_gives_no_secret(bot: Bot, api: Api) -> None:
    keep(bot)
    shop = bot.shop
    bot.store.organisations.seen(
        "github", shop.owner_id, "renamed", is_person=False, installation="77"
    )
    keep(bot)
    run = call(bot, AUTHORISED)
    assert reason(run) == "secret_not_given"
    assert run.failure is not None
    assert "called renamed by now" in run.failure.message


def test_a_secret_input_is_sent_and_kept_nowhere(bot: Bot, api: Api) -> None:
    api.acts = [answer(200, f"you said {TOKEN}".encode())]
    given = {
        "method": "POST",
        "headers": {"X-Key": "${{ inputs.key }}"},
        "json": {"key": "${{ inputs.key }}"},
    }
    run = call(bot, given, inputs={"key": TOKEN}, source={})
    assert outputs(run)["body"] == "you said •••"
    assert api.sent[0].headers["X-Key"] == TOKEN
    assert TOKEN not in everything_kept(bot, run)
    assert json.loads(api.sent[0].body or b"") == {"key": TOKEN}


def test_a_secret_input_is_no_address(bot: Bot, api: Api) -> None:
    run = call(bot, {"query": {"key": "${{ inputs.key }}"}}, inputs={"key": TOKEN})
    assert reason(run) == "bad_input"
    assert TOKEN not in everything_kept(bot, run)


def test_the_whole_way_to_a_real_server(bot: Bot) -> None:
    with serving() as web:
        web.says(200, b'{"you": "' + TOKEN.encode() + b'"}', Content_Type="application/json")
        caller = ApiCaller([read_allowed(f"private:{web.url}")])
        bot.change(api=caller)
        keep(bot, origin=web.url)
        run = call(bot, {**AUTHORISED, "url": f"{web.url}/me"})
    assert outputs(run)["json"] == {"you": "•••"}
    assert web.asked[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_a_key_of_another_server_opens_nothing(bot: Bot, api: Api) -> None:
    keep(bot)
    keys = replace(bot.services.keys, secret_key=type(bot.services.keys.secret_key)("another"))
    bot.change(keys=keys)
    assert reason(call(bot, AUTHORISED)) == "cannot_unseal"


def test_the_example_of_the_docs_is_a_workflow() -> None:
    page = (ROOT / "docs" / "api-calls.md").read_text("utf-8")
    example = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    steps = yaml.safe_load(example[0])
    data = {"name": "tickets", "inputs": {"name": {"type": "string"}}, "steps": steps}
    assert [step.uses for step in checked(data, source="docs").steps] == ["api_call", "notify"]


def test_the_docs_tell_of_every_field() -> None:
    page = (ROOT / "docs" / "api-calls.md").read_text("utf-8")
    fields = [*API_CALL.takes, *API_CALL.gives]
    assert [name for name in fields if f"| `{name}` |" not in page] == []
