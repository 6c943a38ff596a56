"""The program with models that are functions, in a thread in which all sorts of people write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.agents.models.pretended import PretendedModels
from bot.agents.scripted import respond
from bot.core.model_calls import ModelTask
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from bot.policies import Policy
from tests.spine import SHIPPED_PACKS, Bot

ASKED = "/generate name=tally -- a small command for writers that counts words"
Answer = Callable[[ModelTask, Sequence[str]], object]


def scripted(task: ModelTask, since: Sequence[str]) -> object:
    """What the model that ships says."""
    return respond(task.prompt, task.instructions, task.schema, task.purpose)


def with_models(bot: Bot, answer: Answer = scripted) -> PretendedModels:
    """Have models be asked, and give them."""
    models = PretendedModels(answer)
    bot.change(models=models, generator=ProjectGenerator(PackLibrary(SHIPPED_PACKS)))
    return models


def with_policy(bot: Bot, **rules: object) -> None:
    """Have the server's own policy say something."""
    bot.change(policy=replace(Policy(), **rules))  # type: ignore[arg-type]


def prompts(models: PretendedModels, purpose: str = "") -> str:
    """All that was told the model, of one purpose or of all."""
    told = [task for task in models.asked if purpose in ("", task.purpose)]
    return "\n".join(f"{task.instructions}\n{task.prompt}" for task in told)
