"""What the forge in memory adds for tests; what it promises as a forge is in ``tests/contract``."""

from __future__ import annotations

import json

import pytest

from bot.core.events import CommentAdded
from bot.core.git_values import Reaction
from bot.core.identity import Permission
from bot.errors import Transient
from bot.forges.memory import MemoryForge


@pytest.fixture
def forge():
    return MemoryForge(name="github")


@pytest.fixture
def thread(forge):
    ada = forge.people.add_person("ada")
    repository = forge.people.add_repository("acme/orders")
    return forge.people.open_thread(repository, "Title", "Text", author=ada)


def test_it_acts_in_the_name_of_any_forge(forge, thread):
    ada = thread_author = forge.people.add_person("ada")
    forge.people.add_account("globex", installation="77")
    repository = forge.people.add_repository("globex/press")
    talk = forge.people.open_thread(repository, "Title", "Text", author=thread_author)
    said = forge.people.say(talk, "/generate x", author=ada)
    kind, body = forge.people.delivery_for_comment(talk, said)
    assert forge.read_event(kind, json.loads(body)) == CommentAdded(
        thread=talk, comment_id=said.id, author=ada, text="/generate x"
    )
    assert (forge.name, forge.me().forge, ada.forge) == ("github", "github", "github")
    assert (thread.repository.forge, repository.installation) == ("github", "77")


def test_calls_are_noted_as_they_came(forge, thread):
    said = forge.add_comment(thread, "One", first=True)
    forge.react(thread, said.id, Reaction.DONE)
    noted = [(call.method, call.args, call.kwargs) for call in forge.calls]
    assert noted == [
        ("add_comment", (thread, "One"), {"first": True}),
        ("react", (thread, said.id, Reaction.DONE), {}),
    ]
    assert len(forge.calls_of("react")) == 1


def test_a_failure_before_the_effect_leaves_nothing(forge, thread):
    forge.fail_next("add_comment", Transient("away"), times=2)
    for _ in range(2):
        with pytest.raises(Transient, match="away"):
            forge.add_comment(thread, "Lost")
    assert forge.people.comments(thread) == []
    forge.add_comment(thread, "Kept")
    assert [said.body for said in forge.people.comments(thread)] == ["Kept"]


def test_a_lost_answer_leaves_its_effect(forge, thread):
    forge.fail_next("add_comment", Transient("away"), after=True)
    with pytest.raises(Transient):
        forge.add_comment(thread, "Kept")
    assert [said.body for said in forge.people.comments(thread)] == ["Kept"]


def test_a_mistyped_method_is_a_mistake(forge):
    with pytest.raises(ValueError, match="ad_comment"):
        forge.fail_next("ad_comment", Transient("away"))


def test_a_right_can_be_taken_away_while_something_runs(forge, thread):
    bob = forge.people.add_person("bob", {"acme/orders": Permission.WRITE})
    assert forge.permission(thread.repository, bob) is Permission.WRITE
    forge.permissions["acme/orders", "bob"] = Permission.READ
    assert forge.permission(thread.repository, bob) is Permission.READ


def test_what_people_see_can_be_looked_at(forge, thread):
    assert forge.people.files(thread.repository, "main") == {"README.md": b"# orders\n"}
    assert list(forge.people.branches(thread.repository)) == ["main"]
    assert forge.calls == []
