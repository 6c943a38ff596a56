"""What goes wrong at a provider, in both protocols, and what whoever asked is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from bot.agents.models.rooms import Rooms
from bot.core.model_calls import CallStatus, ModelTask, TaskLimits, Unfit, Usage
from bot.errors import BotError, Cancelled, StepFailed, Transient
from bot.services import Models
from tests.agents.models.meters import RUN, Asking, Kept
from tests.model_server import Fails, ModelServer, Question, Reply, Says

_TASK = ModelTask(
    run_id=RUN,
    purpose="file",
    instructions="Say a word.",
    prompt="Which word is it?",
    schema={"type": "object", "properties": {"word": {"type": "string"}}},
    limits=TaskLimits(calls=4, output_tokens=500, time_s=120.0),
)
_RIGHT = Says(value={"word": "right"})


@pytest.fixture(params=["openai", "anthropic"])
def speech(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def models(speech: str, rooms: Rooms, models_in: Asking) -> Models:
    asking: Models = models_in(rooms, f"{speech}:some")
    return asking


def word(value: Mapping[str, object]) -> str:
    if not isinstance(value.get("word"), str):
        raise Unfit("word: is missing or no text")
    return str(value["word"])


def failure(models: Models, meter: Kept, task: ModelTask = _TASK, **more: Any) -> BotError:
    with pytest.raises(BotError) as caught:
        models.ask(task, accept=word, meter=meter, **more)
    return caught.value


# What is got over ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fails(status=500),
        Fails(status=503, body=b"<html>busy</html>"),
        Fails(status=529),
        Fails(status=429),
        Fails(status=429, headers={"retry-after": "0"}),
        Fails(body=b'{"choices": [{"mess', cut=True),
        Fails(body=b'{"choices": [{"mess'),
        Fails(body=b"<html>a gateway</html>"),
        Fails(body=b"[]"),
        Fails(body=b'{"error": "but 200"}'),
    ],
    ids=lambda fault: f"{fault.status}-{fault.body[:12].decode()}-{fault.cut}",
)
def test_a_fault_that_passes_is_got_over(
    models: Models, meter: Kept, server: ModelServer, fault: Fails
) -> None:
    server.says(fault, _RIGHT)
    assert models.ask(_TASK, accept=word, meter=meter) == "right"
    assert [call.attempt for call in meter.planned] == [1, 2]


@pytest.mark.parametrize(
    "said",
    [
        Says(),
        Says(text=""),
        Says(text="I think it is right."),
        Says(value={"word": 1}),
        Says(value=[]),
        Says(uses=[("fly", {})]),
    ],
    ids=str,
)
def test_an_answer_that_is_none_is_asked_for_again(
    models: Models, meter: Kept, server: ModelServer, said: Says
) -> None:
    server.says(said, _RIGHT)
    assert models.ask(_TASK, accept=word, meter=meter) == "right"
    assert len(server.asked) == 2


def test_arguments_that_are_broken_json_are_asked_for_again(
    rooms: Rooms, models_in: Asking, meter: Kept, server: ModelServer
) -> None:
    server.says(Says(uses=[("answer", '{"word": "ri')]), _RIGHT)
    models = models_in(rooms, "openai:some")
    assert models.ask(_TASK, accept=word, meter=meter) == "right"


@pytest.mark.parametrize("text", ['{"word": "right"}', 'Here:\n```json\n{"word": "right"}\n```'])
def test_a_model_that_writes_its_answer_is_understood(
    models: Models, meter: Kept, server: ModelServer, text: str
) -> None:
    server.says(Says(text=text))
    assert models.ask(_TASK, accept=word, meter=meter) == "right"
    assert len(server.asked) == 1


def test_a_server_that_knows_no_tools_is_asked_for_text(
    models: Models, meter: Kept, server: ModelServer
) -> None:
    def old(question: Question) -> Reply:
        if question.tools:
            return Fails(status=400, body=b'{"error": "some does not support tools"}')
        assert "JSON Schema" in question.text
        return Says(text='{"word": "right"}')

    server.follows(old)
    assert models.ask(_TASK, accept=word, meter=meter) == "right"


def test_a_server_that_wants_the_newer_name_of_a_limit_gets_it(
    rooms: Rooms, models_in: Asking, meter: Kept, server: ModelServer
) -> None:
    def new(question: Question) -> Reply:
        if "max_tokens" in question.body:
            words = b"'max_tokens' is not supported. Use 'max_completion_tokens' instead."
            return Fails(status=400, body=b'{"error": {"message": "%s"}}' % words)
        assert question.body["max_completion_tokens"] == 500
        return _RIGHT

    server.follows(new)
    models = models_in(rooms, "openai:o9")
    assert models.ask(_TASK, accept=word, meter=meter) == "right"
    assert models.ask(_TASK, accept=word, meter=meter) == "right"
    assert len(server.asked) == 3


# What ends a question --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "kind", "reason", "calls"),
    [
        (Fails(status=401), StepFailed, "model_key", 1),
        (Fails(status=403), StepFailed, "model_key", 1),
        (Fails(status=402), StepFailed, "model_key", 1),
        (Fails(status=429, body=b'{"code": "insufficient_quota"}'), StepFailed, "model_key", 1),
        (Fails(status=404), StepFailed, "unknown_model", 1),
        (Fails(status=400), StepFailed, "model_request", 1),
        (
            Fails(status=302, headers={"location": "http://127.0.0.1:1/"}),
            *(StepFailed,),
            "model_request",
            1,
        ),
        (Fails(status=500), Transient, "model_away", 3),
        (Fails(body=b"{", cut=True), Transient, "model_away", 3),
        (Fails(status=429), Transient, "model_busy", 3),
        (Fails(status=429, headers={"retry-after": "900"}), Transient, "model_busy", 1),
        (Says(ends="refusal", text="No."), StepFailed, "model_refusal", 1),
        (Says(ends="length", text="And then"), StepFailed, "answer_too_long", 1),
        (Says(), StepFailed, "model_answer", 4),
        (Fails(body=b"x" * (16 * 1024 * 1024 + 1)), StepFailed, "answer_too_long", 1),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_fault_that_stays_is_told(
    models: Models,
    meter: Kept,
    server: ModelServer,
    reply: Reply,
    kind: type[BotError],
    reason: str,
    calls: int,
) -> None:
    server.says(reply)
    error = failure(models, meter)
    assert (type(error), error.reason) == (kind, reason)
    assert len(server.asked) == len(meter.made) == calls


def test_a_busy_provider_says_when_to_come_back(
    models: Models, meter: Kept, server: ModelServer
) -> None:
    server.says(Fails(status=429, headers={"retry-after": "900"}))
    error = failure(models, meter)
    assert isinstance(error, Transient)
    assert error.retry_after_s == 900


def test_the_fix_is_named(models: Models, speech: str, meter: Kept, server: ModelServer) -> None:
    server.says(Fails(status=401, body=b'{"error": "Incorrect API key: sk-openai-secret"}'))
    error = failure(models, meter)
    assert f"{speech.upper()}_API_KEY" in error.remedy
    assert "secret" not in f"{error.message} {error.remedy}"
    server.says(Fails(status=404))
    assert "FIRSTCOMMIT_MODEL" in failure(models, meter).remedy


def test_a_provider_that_is_not_there_is_away(
    rooms: Rooms, models_in: Asking, meter: Kept, server: ModelServer
) -> None:
    at = server.port
    server.port = 1
    try:
        models = models_in(rooms, "openai:some")
    finally:
        server.port = at
    error = failure(models, meter)
    assert error.reason == "model_away"
    assert {made.status for made in meter.settled} == {CallStatus.REFUSED}


def test_a_provider_that_trickles_is_given_up_in_time(
    models: Models, meter: Kept, server: ModelServer
) -> None:
    server.says(Fails(held=True))
    task = replace(_TASK, limits=TaskLimits(time_s=0.5))
    error = failure(models, meter, task)
    assert error.reason == "model_timeout"
    assert [made.status for made in meter.settled] == [CallStatus.LOST]


def test_whoever_polls_ends_it_while_a_provider_trickles(
    models: Models, meter: Kept, server: ModelServer
) -> None:
    def poll() -> None:
        if server.holding.is_set():
            raise Cancelled("Not wanted any more.")

    server.says(Fails(held=True))
    assert failure(models, meter, poll=poll).reason == "cancelled"
    assert [made.status for made in meter.settled] == [CallStatus.LOST]


def test_a_run_that_is_closed_ends_its_questions(
    rooms: Rooms, models_in: Asking, meter: Kept, server: ModelServer
) -> None:
    """By a process of another run, since this one is everybody's."""
    models = models_in(rooms, "openai:some")
    task = replace(_TASK, run_id="another")
    server.follows(lambda question: (models.close("another"), _RIGHT)[1])
    error = failure(models, meter, task)
    assert (type(error), error.reason) == (Transient, "model_process")
    assert len(meter.made) == 1


# What a call has cost --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "status", "usage"),
    [
        (
            _RIGHT,
            CallStatus.ANSWERED,
            Usage(input_tokens=100, output_tokens=20, cached_tokens=10),
        ),
        (Says(value={"word": "x"}, usage=None), CallStatus.ANSWERED, None),
        (
            Says(ends="length", text="x"),
            CallStatus.ANSWERED,
            Usage(input_tokens=100, output_tokens=20, cached_tokens=10),
        ),
        (Fails(status=429), CallStatus.REFUSED, None),
        (Fails(status=401), CallStatus.REFUSED, None),
        (Fails(status=500), CallStatus.FAILED, Usage()),
        (Fails(body=b"{", cut=True), CallStatus.LOST, None),
        (Fails(body=b"no json"), CallStatus.FAILED, None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_became_of_a_call_is_settled(
    models: Models,
    meter: Kept,
    server: ModelServer,
    reply: Reply,
    status: CallStatus,
    usage: Usage | None,
) -> None:
    server.says(reply)
    with suppress(BotError):
        models.ask(_TASK, accept=word, meter=meter)
    first = meter.settled[0]
    assert (first.status, first.usage) == (status, usage)


# A chain ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [Fails(status=500), Fails(status=429), Fails(status=404), Fails(body=b"{", cut=True)],
    ids=lambda fault: str(fault.status),
)
def test_the_next_model_is_asked_where_one_does_not_answer(
    rooms: Rooms, models_in: Asking, meter: Kept, server: ModelServer, fault: Fails
) -> None:
    models = models_in(rooms, "openai:first", "anthropic:second", tries=2)
    server.follows(lambda question: fault if question.speech == "openai" else _RIGHT)
    assert models.ask(_TASK, accept=word, meter=meter) == "right"
    assert meter.planned[-1].model.name == "second"
    before = len(server.asked)
    # It is left alone for a while.
    assert models.ask(_TASK, accept=word, meter=meter) == "right"
    assert [question.speech for question in server.asked[before:]] == ["anthropic"]


def test_what_was_said_goes_with_it_to_the_next_model(
    rooms: Rooms, models_in: Asking, meter: Kept, server: ModelServer
) -> None:
    def answerer(question: Question) -> Reply:
        if question.speech == "anthropic":
            assert "word: is missing" in question.text
            return _RIGHT
        return Says(value={}) if len(server.asked) == 1 else Fails(status=500)

    server.follows(answerer)
    models = models_in(rooms, "openai:first", "anthropic:second", tries=1)
    assert models.ask(_TASK, accept=word, meter=meter) == "right"


@pytest.mark.parametrize("said", [Says(value={}), Says(ends="refusal"), Fails(status=401)], ids=str)
def test_a_wrong_answer_is_no_reason_to_ask_another(
    rooms: Rooms, models_in: Asking, meter: Kept, server: ModelServer, said: Reply
) -> None:
    server.says(said)
    models = models_in(rooms, "openai:first", "anthropic:second")
    failure(models, meter)
    assert {question.speech for question in server.asked} == {"openai"}


def test_a_chain_of_which_none_answers_says_so(
    rooms: Rooms, models_in: Asking, meter: Kept, server: ModelServer
) -> None:
    server.says(Fails(status=503))
    models = models_in(rooms, "openai:first", "anthropic:second", tries=1)
    assert failure(models, meter).reason == "model_away"
    assert len(server.asked) == 2


# What is sent ----------------------------------------------------------------------------------


def test_the_key_is_added_on_the_way(
    models: Models, speech: str, meter: Kept, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.says(_RIGHT)
    models.ask(_TASK, accept=word, meter=meter)
    (question,) = server.asked
    if speech == "openai":
        assert question.headers["authorization"] == "Bearer sk-openai-secret"
    else:
        assert question.headers["x-api-key"] == "sk-ant-secret"
        assert question.headers["anthropic-version"]
    assert "secret" not in question.text
    assert question.body["max_tokens"] == 500
    assert question.body["stream"] is False
    assert json.loads(meter.planned[0].prompt) == question.body


def test_words_of_the_system_stand_first_alone(
    rooms: Rooms, models_in: Asking, meter: Kept, server: ModelServer
) -> None:
    """Templates of many models refuse them anywhere else."""
    server.says(Says(), _RIGHT)
    models_in(rooms, "openai:some").ask(_TASK, accept=word, meter=meter)
    roles = [message["role"] for message in server.asked[-1].body["messages"]]
    assert roles[0] == "system"
    assert "system" not in roles[1:]
