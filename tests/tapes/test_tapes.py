"""A run on tape: what is on it, who may read it, and what it says when it is played again."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.errors import UserError
from bot.rehearsal.replay import Replay, replay
from bot.tapes.tape import folder_of, path_of, read_tape
from tests.injection.world import CANARIES, set_canaries
from tests.spine import GENERATE, Bot
from tests.tapes.sdlc import TAPE, tell, teller

ANEW = "if that is meant, record it anew with `make tapes`"
TOKEN = "ghp_" + "q8Zr2Lx0Vb7Nc5Wd9Ke3Rf6Tg1Yh4Uj8Mk2P"


@pytest.fixture
def told(bot: Bot) -> Bot:
    return teller(bot)


def played(bot: Bot, change: Callable[[dict[str, Any]], None] | None = None) -> Replay:
    """The tape that is kept, with each entry changed first."""
    entries = [dict(entry) for entry in read_tape(TAPE)]
    for entry in entries if change else ():
        change(entry)
    return replay(bot.services, entries)


def test_the_prompts_of_the_workflow_sdlc_are_those_on_tape(told: Bot) -> None:
    found = played(told)
    assert not found.divergences, f"{found.divergences}; {ANEW}"
    assert found.is_same, f"{found.differences}; {ANEW}"
    assert found.run.status == "completed"
    # Nothing came of it where somebody could see it.
    assert not told.runs
    assert not told.forge.people.changes(told.shop)


def test_it_is_told_which_prompt_is_another(told: Bot) -> None:
    def change(entry: dict[str, Any]) -> None:
        if entry["is"] == "model" and entry["purpose"] == "review":
            entry["question"] = {**entry["question"], "instructions": "?"}

    found = played(told, change)
    assert found.divergences == (
        "The model for review is asked otherwise: the instructions changed.",
    )
    assert found.is_same


def test_an_answer_that_is_refused_now_makes_another_outcome(told: Bot) -> None:
    def change(entry: dict[str, Any]) -> None:
        if entry["is"] == "model" and entry["purpose"] == "documentation":
            entry["turns"] = [{"answer": {"content": ""}}]

    found = played(told, change)
    assert any("documentation" in line and "is empty" in line for line in found.divergences)
    assert not found.is_same
    assert found.differences[0] == "It ended as failed (model_answer), not as completed."


def test_a_file_with_other_bytes_is_told_and_published_nowhere(told: Bot) -> None:
    def change(entry: dict[str, Any]) -> None:
        if entry["is"] == "model" and entry["purpose"] == "documentation":
            entry["turns"] = [{"answer": {"content": "# Another"}}]

    found = played(told, change)
    assert "The forge github was asked something else than then: commit_on_new_branch." in (
        found.divergences
    )
    assert "The file README.md has other bytes." in found.differences


def test_what_is_on_tape_is_masked_and_for_us_alone(told: Bot) -> None:
    set_canaries(told)
    told.thread = told.open("Count words", f"Use {TOKEN} to count.", author="ann")
    path = tell(told)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    text = path.read_text()
    for secret in (*CANARIES.values(), TOKEN):
        assert secret not in text
    assert replay(told.services, read_tape(path)).is_same


def test_nothing_is_recorded_where_nobody_wants_it(told: Bot) -> None:
    told.do("/generate name=tally -- a small command for writers that counts words")
    assert not folder_of(told.services).exists()


def test_a_run_without_models_can_be_played_too(bot: Bot) -> None:
    bot.change(settings=bot.services.settings.replace(record_runs=True))
    run = bot.do(GENERATE)
    found = replay(bot.services, read_tape(path_of(bot.services, run.id)))
    assert (found.divergences, found.differences) == ((), [])


def test_tapes_are_kept_for_thirty_days(told: Bot) -> None:
    old = tell(told)
    late = (told.clock.now - timedelta(days=31)).timestamp()
    os.utime(old, (late, late))
    told.do("/generate name=tally -- a small command for writers that counts words")
    assert not old.exists()
    assert path_of(told.services, told.run.id).exists()


@pytest.mark.parametrize("text", ["", "no json", '{"is": "run", "version": 99}', "[]"])
def test_what_is_no_tape_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tape.jsonl"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        read_tape(path)
    assert caught.value.reason == "bad_recording"
    with pytest.raises(UserError) as caught:
        read_tape(tmp_path / "none.jsonl")
    assert caught.value.reason == "unknown_recording"


def test_every_entry_is_one_line() -> None:
    kinds = {json.loads(line)["is"] for line in TAPE.read_text().splitlines()}
    assert kinds == {"run", "model", "forge", "outcome"}
