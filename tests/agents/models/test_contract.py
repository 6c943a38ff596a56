"""What holds for everything that asks models: in a sandbox, in a plain process, and pretended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.agents.models.pretended import PretendedModels
from bot.agents.scripted import ToolUse
from bot.core.model_calls import (
    CallStatus,
    ModelName,
    ModelTask,
    TaskLimits,
    ToolSpec,
    Unfit,
)
from bot.errors import BotError, Cancelled, StepFailed
from bot.services import Models
from tests.agents.models.meters import RUN, Asking, Kept
from tests.model_server import ModelServer, Question, Says

_SCHEMA = {
    "type": "object",
    "properties": {"word": {"type": "string"}},
    "required": ["word"],
    "additionalProperties": False,
}
_TASK = ModelTask(
    run_id=RUN,
    purpose="file",
    instructions="Say a word.",
    prompt="Which word is it?",
    schema=_SCHEMA,
    limits=TaskLimits(calls=4, output_tokens=500, time_s=120.0),
)
_LOOK = ToolSpec(
    name="look",
    description="Look something up.",
    schema={"type": "object", "properties": {"at": {"type": "string"}}},
)

#: From what was said since the question to what the model says.
Brain = Callable[[Sequence[str]], object]


@dataclass
class Bed:
    """One way to ask models, and what those say."""

    models: Models
    told: Callable[[Brain], None]
    #: How often a model was called.
    calls: Callable[[], int]

    def says(self, *answers: object) -> None:
        """These in turn, and the last one for ever."""
        left = list(answers)
        self.told(lambda _: left.pop(0) if len(left) > 1 else left[0])


@pytest.fixture(
    params=[
        pytest.param("sandboxed-openai", marks=pytest.mark.needs("bwrap")),
        pytest.param("sandboxed-anthropic", marks=pytest.mark.needs("bwrap")),
        "plain-openai",
        "pretended",
    ]
)
def bed(request: pytest.FixtureRequest, server: ModelServer, models_in: Asking) -> Bed:
    if request.param == "pretended":
        return _pretended()
    where, provider = request.param.split("-")
    models = models_in(request.getfixturevalue(where), f"{provider}:some")

    def told(brain: Brain) -> None:
        server.follows(lambda question: _said(brain(_since(question))))

    return Bed(models=models, told=told, calls=lambda: len(server.asked))


def _pretended() -> Bed:
    brains: list[Brain] = []
    count: list[int] = []

    def answer(task: ModelTask, since: Sequence[str]) -> object:
        count.append(1)
        said = brains[-1](since)
        return ToolUse(name=said[0], arguments=said[1]) if isinstance(said, tuple) else said

    models = PretendedModels(answer, chain=[ModelName(provider="openai", name="some")])
    return Bed(models=models, told=brains.append, calls=lambda: len(count))


def _said(said: Any) -> Says:
    if isinstance(said, tuple):
        return Says(uses=[said])
    return Says(text=said) if isinstance(said, str) else Says(value=said)


def _since(question: Question) -> Sequence[str]:
    spoken = [
        one for one in question.body["messages"] if one["role"] not in ("system", "assistant")
    ]
    return [str(one["content"]) for one in spoken[1:]]


def word(value: Mapping[str, object]) -> str:
    if not isinstance(value.get("word"), str):
        raise Unfit("word: is missing or no text")
    return str(value["word"])


def failure(bed: Bed, meter: Kept, task: ModelTask = _TASK, **more: Any) -> BotError:
    with pytest.raises(BotError) as caught:
        bed.models.ask(task, accept=word, meter=meter, **more)
    return caught.value


def test_an_answer_is_what_accept_makes_of_it(bed: Bed, meter: Kept) -> None:
    bed.says({"word": "orders"})
    assert bed.models.ask(_TASK, accept=word, meter=meter) == "orders"
    assert bed.models.chain[0].name == "some"
    assert bed.models.problem() is None
    assert bed.models.price(bed.models.chain[0]) is None


def test_what_is_wrong_is_told_and_mended(bed: Bed, meter: Kept) -> None:
    heard: list[str] = []

    def brain(since: Sequence[str]) -> object:
        heard[:] = since
        return {"word": "right"} if since else {"wrong": 1}

    bed.told(brain)
    assert bed.models.ask(_TASK, accept=word, meter=meter) == "right"
    assert "word: is missing or no text" in heard[0]


@pytest.mark.parametrize("answer", [{"wrong": 1}, "no JSON at all"])
def test_a_model_that_is_never_right_is_given_up(bed: Bed, meter: Kept, answer: object) -> None:
    bed.says(answer)
    error = failure(bed, meter)
    assert isinstance(error, StepFailed)
    assert error.reason == "model_answer"
    assert bed.calls() == len(meter.planned) == _TASK.limits.calls


def test_tools_are_carried_out_where_it_was_asked(bed: Bed, meter: Kept) -> None:
    used: list[tuple[object, int]] = []

    def look(given: Mapping[str, object]) -> object:
        used.append((given["at"], threading.get_ident()))
        return {"seen": "forty-two"}

    bed.told(lambda since: {"word": "forty-two"} if "forty-two" in str(since) else ("look", _AT))
    task = replace(_TASK, tools=(_LOOK,))
    assert bed.models.ask(task, accept=word, meter=meter, tools={"look": look}) == "forty-two"
    assert used == [("the shelf", threading.get_ident())]


_AT = {"at": "the shelf"}


def test_a_tool_says_what_is_wrong(bed: Bed, meter: Kept) -> None:
    def look(given: Mapping[str, object]) -> object:
        raise Unfit("there is no shelf")

    bed.told(lambda since: {"word": "none"} if "no shelf" in str(since) else ("look", _AT))
    task = replace(_TASK, tools=(_LOOK,))
    assert bed.models.ask(task, accept=word, meter=meter, tools={"look": look}) == "none"


def test_what_breaks_in_a_tool_ends_the_question(bed: Bed, meter: Kept) -> None:
    def look(given: Mapping[str, object]) -> object:
        raise StepFailed("The shelf fell over.", reason="shelf")

    bed.says(("look", _AT))
    task = replace(_TASK, tools=(_LOOK,))
    assert failure(bed, meter, task, tools={"look": look}).reason == "shelf"


def test_a_tool_that_does_not_exist_is_told_of(bed: Bed, meter: Kept) -> None:
    bed.told(lambda since: {"word": "well"} if "fly" in str(since) else ("fly", {}))
    task = replace(_TASK, tools=(_LOOK,))
    assert bed.models.ask(task, accept=word, meter=meter, tools={"look": lambda _: 1}) == "well"


def test_a_model_that_never_stops_is_stopped(bed: Bed, meter: Kept) -> None:
    bed.says(("look", _AT))
    task = replace(_TASK, tools=(_LOOK,))
    error = failure(bed, meter, task, tools={"look": lambda _: "more"})
    assert error.reason == "model_calls"
    assert bed.calls() == _TASK.limits.calls


def test_each_call_is_reserved_before_and_settled_after(bed: Bed, meter: Kept) -> None:
    seen: list[int] = []

    def brain(since: Sequence[str]) -> object:
        seen.append(len(meter.planned) - len(meter.made))
        return {"word": "right"} if since else {}

    bed.told(brain)
    bed.models.ask(_TASK, accept=word, meter=meter)
    assert seen == [1, 1]
    assert [call.attempt for call in meter.planned] == [1, 2]
    for call in meter.planned:
        assert (call.model, call.purpose) == (bed.models.chain[0], "file")
        assert call.output_tokens == 500
        assert "Which word is it?" in call.prompt
        assert call.input_tokens >= len("Say a word.Which word is it?") / 3
    for made in meter.settled:
        assert made.status is CallStatus.ANSWERED
        assert made.usage is not None
        assert made.usage.tokens > 0
        assert made.answer


def test_what_the_meter_refuses_is_not_sent(bed: Bed, meter: Kept) -> None:
    meter.most = 1
    bed.says({})
    assert failure(bed, meter).reason == "budget_reached"
    assert bed.calls() == len(meter.made) == 1


def test_whoever_polls_can_end_it(bed: Bed, meter: Kept) -> None:
    def poll() -> None:
        raise Cancelled("Not wanted any more.")

    bed.says({"word": "late"})
    assert failure(bed, meter, poll=poll).reason == "cancelled"
    assert len(meter.planned) == len(meter.made)


def test_what_breaks_while_an_answer_is_read_is_not_hidden(bed: Bed, meter: Kept) -> None:
    def broken(value: Mapping[str, object]) -> str:
        raise ZeroDivisionError

    bed.says({"word": "x"})
    with pytest.raises(ZeroDivisionError):
        bed.models.ask(_TASK, accept=broken, meter=meter)


def test_many_ask_side_by_side(bed: Bed, meter: Kept) -> None:
    together = threading.Barrier(8, timeout=60)

    def brain(since: Sequence[str]) -> object:
        if not since:
            together.wait()
            return {}
        return {"word": "done"}

    bed.told(brain)
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(bed.models.ask, _TASK, accept=word, meter=meter) for _ in range(8)]
        assert [one.result() for one in asked] == ["done"] * 8
    assert len(meter.made) == 16


def test_closing_what_is_not_open_changes_nothing(bed: Bed) -> None:
    bed.models.close("no run")
