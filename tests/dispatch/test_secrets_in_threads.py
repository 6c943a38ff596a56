"""A secret that somebody writes into a thread: refused, and nothing of it is kept."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.generation.generator import ProjectGenerator
from bot.generation.packs import PackLibrary
from tests.spine import Bot, secretive_pack

SECRET = "hunter2-hunter2-hunter2"
WORKFLOW = """\
name: deploying
inputs:
  pack: {type: string}
  answers: {type: object, default: {}}
  into: {type: destination, default: "."}
  token: {type: secret}
steps:
  - {id: files, uses: file_generation, with: {pack: "${{ inputs.pack }}", answers: "${{ inputs.answers }}"}}
  - {id: commit, uses: commit, with: {project: "${{ steps.files.project }}", into: "${{ inputs.into }}"}}
"""  # noqa: E501 - a workflow reads best with a step a line


def test_it_is_refused_and_not_kept(bot: Bot) -> None:
    home = bot.forge.people.add_repository("acme/.github", private=False)
    bot.commit(".github/firstcommit/workflows/deploying.yaml", WORKFLOW.encode(), where=home)
    posted = bot.post(f"/generate library name=orders workflow=deploying token={SECRET}")
    assert bot.reason == "secret_in_thread"
    assert SECRET not in bot.answer
    assert "firstcommit secret set" in bot.answer
    assert bot.runs == []
    assert bot.delivered(posted).body is None
    assert_nowhere(bot.services.settings.data_dir)


def test_it_is_still_refused_when_it_comes_again(bot: Bot) -> None:
    home = bot.forge.people.add_repository("acme/.github", private=False)
    bot.commit(".github/firstcommit/workflows/deploying.yaml", WORKFLOW.encode(), where=home)
    posted = bot.post(f"/generate library name=orders workflow=deploying token={SECRET}")
    bot.deliver(posted.kind, posted.body)
    bot.take_in()
    assert bot.reason == "secret_in_thread"
    assert len(bot.answers) == 1
    assert_nowhere(bot.services.settings.data_dir)


FEEDING = """\
name: feeding
inputs:
  cfg: {type: object}
steps:
  - {id: files, uses: file_generation, with: {pack: secretive, answers: ANSWERS}}
"""


@pytest.mark.parametrize(
    "answers", ['"${{ inputs.cfg }}"', '{name: orders, token: "${{ inputs.cfg.token }}"}']
)
def test_one_inside_of_something_else_is_refused_as_well(
    bot: Bot, tmp_path: Path, answers: str
) -> None:
    secretive_pack(tmp_path / "packs")
    bot.change(generator=ProjectGenerator(PackLibrary(tmp_path / "packs")))
    home = bot.forge.people.add_repository("acme/.github", private=False)
    text = FEEDING.replace("ANSWERS", answers)
    bot.commit(".github/firstcommit/workflows/feeding.yaml", text.encode(), where=home)
    bot.post("/generate workflow=feeding cfg='" + f'{{"token": "{SECRET}"}}' + "'")
    assert bot.reason == "secret_in_thread"
    assert bot.runs == []
    assert_nowhere(bot.services.settings.data_dir)


def assert_nowhere(folder: Path) -> None:
    """Not in the database, whatever the table; what was overwritten is gone from its pages."""
    with sqlite3.connect(folder / "store.db") as connection:
        dump = "\n".join(connection.iterdump())
    assert SECRET not in dump
    assert SECRET.encode().hex().upper() not in dump.upper()
