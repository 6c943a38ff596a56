"""The same on true parts: the forge on disk, packs that ship, and the model that is a program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.agents.models.pretended import PretendedModels
from bot.agents.scripted import respond
from bot.core.git_values import Check, CheckState
from bot.core.identity import Thread, ThreadKind
from bot.core.model_calls import ModelTask
from tests.jobs.test_local import Disk


@pytest.fixture
def disk(tmp_path: Path, spine_database: Path) -> Iterator[Disk]:
    made = Disk(tmp_path, spine_database)

    def answer(task: ModelTask, since: Sequence[str]) -> object:
        return respond(task.prompt, task.instructions, task.schema, task.purpose)

    made.services = replace(made.services, models=PretendedModels(answer))
    yield made
    made.store.database.close()


def change_of(disk: Disk, thread: Thread) -> tuple[Thread, str]:
    """The newest change of a thread's repository as a thread, and its branch."""
    change = disk.people.changes(thread.repository)[0]
    where = Thread(repository=thread.repository, number=change.number, kind=ThreadKind.CHANGE)
    return where, change.branch


def text(disk: Disk, thread: Thread, branch: str, path: str) -> str:
    content = disk.people.read_file(thread.repository, branch, path, 100_000)
    assert content is not None
    return content.decode()


def test_a_revision_is_a_commit_that_git_shows(disk: Disk) -> None:
    issue = disk.open("/generate python-package name=ui path=packages/ui", where="demo/shop")
    thread, branch = change_of(disk, issue)
    disk.say(thread, "/revise -- say that it is for shops")
    (living,) = disk.answers(thread)
    assert "### ✅ ui is amended" in living
    assert "That it is for shops." in text(disk, thread, branch, "packages/ui/README.md")
    log = disk.people.log(thread.repository, branch)
    assert log[0].subject == "Revise ui"
    assert log[1].subject.startswith("Add ui from python-package@")


def test_a_failed_check_is_mended_and_a_change_reviewed(disk: Disk) -> None:
    wish = "/generate name=distance path=distance -- a library that converts feet to metres for all"
    thread, branch = change_of(disk, disk.open(wish, where="demo/shop"))
    path = "distance/src/distance/conversion.py"
    assert "return value * FACTOR" in text(disk, thread, branch, path).splitlines()[-1]
    disk.say(thread, "@firstcommit fix")
    assert "`nothing_failed`" in disk.answers(thread)[-1]
    head = disk.forge.head(thread.repository, branch)
    assert head is not None
    log = "FAILED tests/test_conversion.py - feet_to_metres: assert 1 == 2"
    failed = Check(
        name="tests", state=CheckState.FAILED, title="Failed", summary="It failed.", text=log
    )
    disk.forge.report_check(thread.repository, head.id, failed)
    disk.say(thread, "@firstcommit fix")
    assert "**What was wrong:**" in disk.answers(thread)[-1]
    assert "return value / FACTOR" in text(disk, thread, branch, path)
    disk.say(thread, "@firstcommit review")
    said = disk.answers(thread)
    assert any("Nothing was found." in one and "a language model wrote it" in one for one in said)
    assert any("is reviewed" in one for one in said)
