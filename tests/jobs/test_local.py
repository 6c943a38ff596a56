"""The same on true parts: the forge on disk, and a pack that ships."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from bot.core.identity import Thread
from bot.forges.local import LocalForge, People
from bot.jobs.execute import execute
from bot.jobs.intake import take_in
from bot.services import Services
from tests.spine import SHIPPED_PACKS, Bot


class Disk:
    """The bed with the local forge in it, and its one person."""

    def __init__(self, folder: Path, database: Path) -> None:
        made = Bot(folder, database, packs=SHIPPED_PACKS)
        self.queue, self.store = made.queue, made.store
        self.forge = LocalForge(folder / "forge", clock=made.clock)
        self.people = People(self.forge)
        self.services: Services = replace(made.services, forges={"local": self.forge})

    def open(self, text: str, where: str = "demo/ideas") -> Thread:
        """Open a thread with a command, and let everything happen."""
        thread = self.people.open_thread(where, "A library", text)
        self._deliver(*self.people.delivery_for_thread(thread))
        return thread

    def say(self, thread: Thread, text: str) -> None:
        """Write a comment, and let everything happen."""
        comment = self.people.say(thread, text)
        self._deliver(*self.people.delivery_for_comment(thread, comment))

    def answers(self, thread: Thread) -> list[str]:
        """What we have written in a thread."""
        me = self.forge.me()
        return [said.body for said in self.forge.comments(thread) if said.author.is_same_as(me)]

    def _deliver(self, kind: str, body: bytes) -> None:
        claim = self.store.deliveries.claim(
            forge="local", delivery_id=str(uuid4()), kind=kind, body=body
        )
        take_in(self.services, claim.id)
        while self.queue.runs:
            execute(self.services, self.queue.runs.pop(0), worker="test")


@pytest.fixture
def disk(tmp_path: Path, spine_database: Path) -> Iterator[Disk]:
    made = Disk(tmp_path, spine_database)
    yield made
    made.store.database.close()


def test_a_comment_becomes_a_repository_that_git_can_clone(disk: Disk, tmp_path: Path) -> None:
    thread = disk.open("/generate python-package name=orders into=demo/orders")
    (living,) = disk.answers(thread)
    assert "### ✅ orders is ready in " in living
    repository = disk.forge.repository("demo/orders")
    assert repository is not None
    assert f"git clone {repository.clone_url}" in living
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", repository.clone_url, clone], check=True)
    assert (clone / "src" / "orders" / "__init__.py").is_file()
    assert (clone / ".firstcommit" / "project.yml").is_file()
    log = subprocess.run(
        ["git", "-C", clone, "log", "--format=%s"], check=True, capture_output=True, text=True
    )
    (subject,) = log.stdout.splitlines()
    assert re.fullmatch(r"Add orders from python-package@\d+\.\d+\.\d+", subject)


def test_a_comment_becomes_a_change_on_the_repository_that_it_was_written_in(disk: Disk) -> None:
    thread = disk.open("/generate python-package name=ui path=packages/ui", where="demo/shop")
    (living,) = disk.answers(thread)
    assert "### ✅ ui is proposed in " in living
    (change,) = disk.people.changes(thread.repository)
    paths = {file.path for file in disk.people.files_of(thread.repository, change.branch)}
    assert "packages/ui/.firstcommit/project.yml" in paths
    assert "README.md" in paths


def test_a_second_project_of_the_same_name_is_refused(disk: Disk) -> None:
    disk.open("/generate python-package name=orders into=demo/orders")
    thread = disk.open("/generate python-package name=orders into=demo/orders")
    (answer,) = disk.answers(thread)
    assert "demo/orders exists already." in answer


def test_a_conversation(disk: Disk) -> None:
    thread = disk.open("@firstcommit help")
    disk.say(thread, "/generate python-package name=Bad into=demo/bad")
    disk.say(thread, "/generate python-package name=good into=demo/good")
    disk.say(thread, "@firstcommit status")
    helped, refused, living, status = disk.answers(thread)
    assert "What I can do" in helped
    assert "`bad_answer`" in refused
    assert "good is ready in" in living
    assert "✅ completed" in status


def test_a_form_is_read_there_as_well(disk: Disk) -> None:
    thread = disk.open("### Command\n\n/generate python-package\n\n### Name\n\norders\n")
    assert disk.answers(thread)[0].startswith("### ✅")


def test_doctor_opens_the_onboarding_change_of_the_only_repository(disk: Disk) -> None:
    thread = disk.open("@firstcommit doctor")
    (change,) = disk.people.changes(thread.repository)
    assert change.branch == "firstcommit/onboarding"
    assert "opened just now on demo/ideas" in disk.answers(thread)[0]
    paths = [file.path for file in disk.people.files_of(thread.repository, change.branch)]
    assert ".github/firstcommit.yml" in paths
    assert ".github/ISSUE_TEMPLATE/python-package.yml" in paths
