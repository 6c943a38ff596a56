"""Comments about steps that are done for each item of a list, and about what cannot be shown."""

from __future__ import annotations

import pytest

from bot import report
from bot.core.runs import Run
from bot.services import Services
from tests.jobs.engine import start
from tests.spine import GENERATE, Bot

ARGUMENTS = {
    "file_generation": {"pack": "library", "answers": "${{ item }}"},
    "verify": {"project": "${{ item }}"},
    "repo_creation": {"into": "${{ item }}"},
    "commit": {"project": "${{ item }}", "into": "${{ item }}"},
    "open_change": {"into": "${{ item }}", "branch": "x"},
}


@pytest.mark.parametrize("uses", ARGUMENTS)
def test_an_empty_list_is_told_like_any_other(bot: Bot, uses: str) -> None:
    step = {"id": "all", "uses": uses, "for_each": [], "with": ARGUMENTS[uses]}
    start(bot, [step])
    bot.drain()
    assert bot.run.status == "completed", bot.run.failure
    assert "0 times" in bot.living
    assert bot.run.reported_at is not None


def test_what_cannot_be_shown_is_still_reported(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(services: Services, run: Run) -> str:
        raise TypeError("a step gave what nobody foresaw")

    # No step of ours gives anything that the comment cannot show, so that it has to be put in.
    monkeypatch.setattr(report, "living_text", broken)
    bot.do(GENERATE)
    assert bot.run.status == "completed", bot.run.failure
    assert "completed" in bot.living
    assert bot.run.short_id in bot.living
    assert bot.run.reported_at is not None
