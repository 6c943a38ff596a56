"""`/generate -- text` goes to a model where one may be asked; `/revise` answers its question."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.agents.models.pretended import PretendedModels
from bot.agents.scripted import respond
from bot.core.model_calls import ModelTask
from bot.core.policy import ModelRule, Policy
from bot.core.runs import RunStatus
from tests.spine import SHIPPED_PACKS, Bot, _generator

ASK = "/generate name=tally into=acme/tally -- a command that counts words"


def answer(task: ModelTask, since: Sequence[str]) -> object:
    return respond(task.prompt, task.instructions, task.schema, task.purpose)


@pytest.fixture
def asking(bot: Bot) -> Bot:
    """With a model, and the packs that ship."""
    bot.change(models=PretendedModels(answer), generator=_generator(SHIPPED_PACKS))
    return bot


def test_a_description_is_carried_out_where_a_model_may_be_asked(asking: Bot) -> None:
    run = asking.do(ASK, author="olga")
    assert run.workflow["name"] == "sdlc"
    assert run.status is RunStatus.WAITING
    assert "For whom is it?" in asking.living


def test_by_policy_it_is_the_answer_as_without_a_model(asking: Bot) -> None:
    asking.change(policy=Policy(models=ModelRule(allow=False)))
    asking.post("/generate -- a command that counts words")
    assert asking.reason == "needs_model"
    assert "policy lets none be asked here" in asking.answer


def test_a_pack_and_a_description_are_one_too_many(asking: Bot) -> None:
    asking.post("/generate python-cli name=tally -- a command that counts words")
    assert asking.reason == "pack_and_text"


def test_a_model_that_cannot_be_asked_is_told_of(bot: Bot) -> None:
    bot.change(models=PretendedModels(answer, problem="OPENAI_API_KEY is not set."))
    bot.post("/generate -- a command that counts words")
    assert bot.reason == "no_sandbox"
    assert "is not set" in bot.answer


def test_a_workflow_that_is_named_wins(asking: Bot) -> None:
    asking.post("/generate workflow=export -- a command that counts words")
    assert asking.reason == "unexpected_text"


def test_who_asked_answers_and_the_run_goes_on(asking: Bot) -> None:
    asking.do(ASK, author="olga")
    asking.do("/revise -- writers", author="olga")
    assert asking.run.status is RunStatus.COMPLETED
    assert (
        "A command that counts words for writers"
        in asking.files("acme/tally")["README.md"].decode()
    )


def test_who_may_not_generate_may_not_answer(asking: Bot) -> None:
    asking.do(ASK, author="olga")
    asking.post("/revise -- writers", author="rita")
    assert asking.reason == "no_write"
    assert asking.run.status is RunStatus.WAITING


def test_who_may_not_publish_there_may_not_answer_for_it(asking: Bot) -> None:
    asking.do(ASK, author="olga")
    asking.post("/revise -- writers", author="ann")
    assert "`revised`" not in asking.answers[-1]
    assert "goes on with this answer" not in asking.answers[-1]
    assert asking.run.status is RunStatus.WAITING


def test_without_an_answer_it_asks_for_one(asking: Bot) -> None:
    asking.do(ASK, author="olga")
    asking.post("/revise", author="olga")
    assert asking.reason == "missing_text"


def test_a_bare_word_in_somebody_elses_thread_is_left_to_others(asking: Bot) -> None:
    asking.post("/revise")
    assert not asking.answers


def test_with_an_argument_there_is_nothing_to_revise(asking: Bot) -> None:
    asking.post("/revise -- for writers")
    assert asking.reason == "nothing_to_revise"


def test_nobody_answers_for_seven_days(asking: Bot) -> None:
    asking.do(ASK, author="olga")
    asking.later(8 * 86_400)
    assert asking.run.failure is not None
    assert asking.run.failure.reason == "unanswered"


def test_an_answer_with_a_budget_is_refused_rather_than_taken_without_it(asking: Bot) -> None:
    asking.do(ASK, author="olga")
    asking.post("/revise budget=200k -- people who write", author="olga")
    assert asking.reason == "key_not_fitting"
    assert "`/retry budget=…`" in asking.answer
    assert asking.run.status is RunStatus.WAITING
