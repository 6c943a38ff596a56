"""Issues of ours and milestones as the local forge's one person sees them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.core.identity import Repository
from bot.forges.local import YOU, LocalForge, People


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "forge"


@pytest.fixture
def forge(folder: Path) -> LocalForge:
    return LocalForge(folder)


@pytest.fixture
def people(forge: LocalForge) -> People:
    return People(forge)


@pytest.fixture
def orders(people: People) -> Repository:
    return people.ensure_repository("demo/orders")


def test_an_issue_of_ours_is_a_thread_with_its_milestone_and_labels(
    forge: LocalForge, people: People, orders: Repository
) -> None:
    people.open_thread("demo/orders", "Hello", "/generate library name=orders")
    milestone = forge.create_milestone(orders, "First version", description="Soon.")
    forge.create_issue(orders, "Read orders", "Text", milestone=milestone, labels=["story", "a b"])
    ours, theirs = people.threads(orders)
    assert (ours.title, ours.milestone, ours.labels) == (
        "Read orders",
        "First version",
        ("a b", "story"),
    )
    assert ours.author == forge.me()
    assert (theirs.milestone, theirs.labels) == ("", ())
    assert people.thread("demo/orders", 2) == ours


def test_one_can_answer_in_an_issue_of_ours(
    forge: LocalForge, people: People, orders: Repository
) -> None:
    forge.create_issue(orders, "Read orders", "Text")
    (found,) = people.threads(orders)
    people.say(found.thread, "/firstcommit help")
    kind, _ = people.delivery_for_comment(found.thread, forge.comments(found.thread)[0])
    assert kind == "issue_comment"


def test_labels_that_differ_in_case_are_one(
    forge: LocalForge, people: People, orders: Repository
) -> None:
    forge.create_issue(orders, "Read orders", "Text", labels=["Story", "story"])
    assert people.threads(orders)[0].labels == ("Story",)


def test_milestones_are_there_again_after_a_restart(
    forge: LocalForge, folder: Path, orders: Repository
) -> None:
    made = [forge.create_milestone(orders, title) for title in ("One", "Two")]
    again = People(LocalForge(folder))
    assert again.milestones(orders) == made
    again.close_milestone(orders, made[0].number)
    assert [one.is_open for one in again.milestones(orders)] == [False, True]


def test_a_forge_from_before_milestones_gets_them(
    forge: LocalForge, folder: Path, people: People, orders: Repository
) -> None:
    people.open_thread("demo/orders", "Hello", "Text")
    with sqlite3.connect(folder / "forge.sqlite3") as connection:
        for table in ("tracked", "labels", "milestones"):
            connection.execute(f"DROP TABLE {table}")
    connection.close()
    later = LocalForge(folder)
    assert People(later).threads(orders)[0].milestone == ""
    assert later.create_milestone(orders, "One").number == 1


def test_nobody_is_in_a_team(forge: LocalForge) -> None:
    assert not forge.in_team("demo", "platform", YOU)
