"""``file_generation``: what it is given is kept with the run, but for what a pack calls secret."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.core.hidden import MASK
from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from tests.jobs.engine import echo, start, step, step_types
from tests.spine import Bot, secretive_pack

SECRET = "correct horse"
ANSWERS: Mapping[str, object] = {
    "name": "orders",
    "description": f"Opens with {SECRET}.",
    "token": SECRET,
}


def generate(bot: Bot, pack: str, answers: Mapping[str, object]) -> Mapping[str, object]:
    """Generate with answers that an earlier step gave; what the history has of the inputs."""
    with step_types(step("echo", echo)):
        start(
            bot,
            [
                {"id": "ask", "uses": "echo", "with": {"value": dict(answers)}},
                {
                    "id": "files",
                    "uses": "file_generation",
                    "with": {"pack": pack, "answers": "${{ steps.ask.value }}"},
                },
            ],
        )
        bot.drain()
    kept = bot.run.step("files").inputs
    assert kept is not None
    answered = kept["answers"]
    assert isinstance(answered, Mapping)
    return answered


@pytest.fixture
def secretive(bot: Bot, tmp_path: Path) -> Bot:
    packs = secretive_pack(tmp_path / "packs")
    bot.change(generator=ProjectGenerator(PackLibrary(packs)))
    return bot


def test_a_secret_answer_of_another_step_is_not_in_the_history(secretive: Bot) -> None:
    kept = generate(secretive, "secretive", ANSWERS)
    assert kept == {"name": "orders", "description": f"Opens with {MASK}.", "token": MASK}
    assert SECRET not in str(secretive.run.step("files"))


def test_a_short_secret_is_masked_where_it_stands_alone(secretive: Bot) -> None:
    kept = generate(secretive, "secretive", {"name": "orders", "token": "abc"})
    assert kept == {"name": "orders", "token": MASK}


def test_nothing_is_hidden_where_the_pack_asks_for_nothing_secret(bot: Bot) -> None:
    assert generate(bot, "library", {"name": "orders"}) == {"name": "orders"}


def test_of_a_pack_that_is_not_known_every_answer_may_be_secret(bot: Bot) -> None:
    assert generate(bot, "libary", {"name": "orders", "ports": [1, True]}) == {
        "name": MASK,
        "ports": [MASK, True],
    }
