"""Who is asked, who refuses, and what answers without a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.agents.models.asking import SandboxedModels
from bot.agents.models.rooms import Rooms
from bot.agents.models.scripted_wire import ScriptedWire, completion
from bot.build import build_models
from bot.core.model_calls import ModelName, ModelTask, Price
from bot.errors import StepFailed
from bot.sandbox.plain import PlainProcesses
from bot.services import NoModels
from bot.settings import Settings
from tests.agents.models.meters import RUN, Kept, Untalkative

_SCRIPTED = ModelName(provider="scripted", name="plain")
_TASK = ModelTask(
    run_id=RUN,
    purpose="file",
    instructions="Say a word.",
    prompt="Which word is it?",
    schema={"type": "object", "properties": {"word": {"type": "string"}}},
)


def scripted(rooms: Rooms, wire: ScriptedWire | None = None) -> SandboxedModels:
    return SandboxedModels([_SCRIPTED], {"scripted": wire or ScriptedWire()}, rooms)


def test_the_model_that_ships_goes_through_all_that_others_do(rooms: Rooms, meter: Kept) -> None:
    assert scripted(rooms).ask(_TASK, accept=dict, meter=meter) == {"word": "text"}
    assert meter.settled[0].usage is not None


def test_a_script_is_told_what_for(rooms: Rooms, meter: Kept) -> None:
    def answer(request: Mapping[str, object]) -> Mapping[str, object]:
        told = request["metadata"]
        return completion(tool="answer", arguments={"word": str(told)}, asked=request)

    said = scripted(rooms, ScriptedWire(answer)).ask(_TASK, accept=dict, meter=meter)
    assert said == {"word": "{'purpose': 'file'}"}


def test_strangers_text_is_read_in_a_sandbox_alone(plain: Rooms, meter: Kept) -> None:
    models = scripted(plain)
    assert models.problem() is None
    assert "strangers" in (models.problem(strangers=True) or "")
    with pytest.raises(StepFailed, match="strangers") as caught:
        models.ask(replace(_TASK, strangers=True), accept=dict, meter=meter)
    assert caught.value.reason == "no_sandbox"
    assert "FIRSTCOMMIT_UNSANDBOXED=models" in caught.value.remedy
    assert meter.planned == []
    assert models.ask(_TASK, accept=dict, meter=meter) == {"word": "text"}


def test_an_operator_may_accept_the_risk(meter: Kept) -> None:
    rooms = Rooms(Untalkative(), plain=PlainProcesses(), unsandboxed=True)
    assert scripted(rooms).problem(strangers=True) is None


@pytest.fixture
def built(tmp_path: Path) -> Callable[..., object]:
    def built(**environment: str) -> object:
        given = {"FIRSTCOMMIT_DATA_DIR": str(tmp_path), **environment}
        return build_models(Settings.from_environment(given))

    return built


def test_without_a_key_nothing_is_asked(built: Callable[..., SandboxedModels], meter: Kept) -> None:
    models = built(FIRSTCOMMIT_MODEL="anthropic:some")
    assert "ANTHROPIC_API_KEY" in (models.problem() or "")
    with pytest.raises(StepFailed) as caught:
        models.ask(_TASK, accept=dict, meter=meter)
    assert caught.value.reason == "model_key"
    assert "ANTHROPIC_API_KEY" in caught.value.message
    assert meter.planned == []


def test_what_is_configured_is_asked_in_its_order(built: Callable[..., SandboxedModels]) -> None:
    models = built(
        FIRSTCOMMIT_MODEL="anthropic:a-1, openai:org/b:free",
        ANTHROPIC_API_KEY="k" * 20,
        OPENAI_BASE_URL="http://10.0.0.8:8000/v1",
    )
    assert [str(name) for name in models.chain] == ["anthropic:a-1", "openai:org/b:free"]
    assert models.problem() is None
    assert isinstance(built(), NoModels)


def test_a_price_is_what_whoever_knows_says(rooms: Rooms) -> None:
    price = Price(input_usd=1.0, output_usd=2.0)
    models = SandboxedModels([_SCRIPTED], {}, rooms, price=lambda _: price)
    assert models.price(_SCRIPTED) == price
