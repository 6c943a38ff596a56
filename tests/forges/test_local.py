"""The local forge as its one person sees it; what the port promises is in ``tests/contract``."""

from __future__ import annotations

import json
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.git_values import (
    EXECUTABLE,
    Annotation,
    Check,
    CheckState,
    FileToWrite,
    Reaction,
)
from bot.core.identity import Actor, Permission, ThreadKind
from bot.errors import Transient, UserError
from bot.forges.local import YOU, LocalForge, People

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def forge(tmp_path, clock):
    return LocalForge(tmp_path / "forge", clock=clock)


@pytest.fixture
def people(forge):
    return People(forge)


@pytest.fixture
def orders(people):
    return people.ensure_repository("demo/orders")


def git(repository, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", repository.clone_url, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_thread_makes_its_repository(people, forge):
    thread = people.open_thread("demo/playground", "Hello", "/generate python-package name=orders")
    assert thread.repository == forge.repository("demo/playground")
    assert Path(thread.repository.clone_url).is_dir()
    assert (thread.number, thread.kind) == (1, ThreadKind.ISSUE)


def test_a_conversation_reads_in_order_with_its_reactions(people, forge, clock):
    thread = people.open_thread("demo/playground", "Hello", "First")
    clock.now += timedelta(minutes=1)
    asked = people.say(thread, "/firstcommit help")
    forge.react(thread, asked.id, Reaction.SEEN)
    forge.react(thread, None, Reaction.CONFUSED)
    answered = forge.add_comment(thread, "Help yourself.", first=True)
    clock.now += timedelta(minutes=1)
    forge.edit_comment(thread, answered.id, "Here it is.")

    opening, question, answer = people.timeline(thread)

    assert (opening.comment_id, opening.author, opening.text) == (None, YOU, "First")
    assert opening.created_at == opening.updated_at == NOON
    assert opening.reactions == ((Reaction.CONFUSED, forge.me()),)
    assert question.reactions == ((Reaction.SEEN, forge.me()),)
    assert (answer.author, answer.text) == (forge.me(), "Here it is.")
    assert answer.updated_at - answer.created_at == timedelta(minutes=1)


def test_threads_are_listed_newest_first(people, forge):
    first = people.open_thread("demo/a", "One", "1")
    second = people.open_thread("demo/b", "Two", "2")
    third = people.open_thread("demo/a", "Three", "3", kind=ThreadKind.CHANGE)
    people.say(first, "more")

    assert [found.title for found in people.threads()] == ["Three", "Two", "One"]
    assert [found.title for found in people.threads(limit=1)] == ["Three"]
    assert [found.thread for found in people.threads(third.repository)] == [third, first]
    found = people.thread("demo/b", 1)
    assert found is not None
    assert (found.thread, found.text, found.author, found.is_open) == (second, "2", YOU, True)
    assert people.thread("demo/a", 1).comment_count == 1
    assert people.thread("demo/a", 9) is None
    assert people.thread("demo/none", 1) is None


def test_a_closed_thread_says_so(people):
    thread = people.open_thread("demo/a", "One", "1")
    people.close_thread(thread)
    assert not people.thread("demo/a", 1).is_open


@pytest.mark.parametrize("kind", list(ThreadKind))
@pytest.mark.parametrize("owner", ["demo", "you"])
def test_deliveries_read_back_as_what_happened(people, forge, kind, owner):
    text = 'Grüße, "quoted" \\u002f\n```prompt\nå\n```\n\U0001f600'
    thread = people.open_thread(f"{owner}/playground", "Hi", text, kind=kind)
    comment = people.say(thread, text)

    name, body = people.delivery_for_thread(thread)
    event = forge.read_event(name, json.loads(body))
    assert (event.thread, event.author, event.text) == (thread, YOU, text)

    name, body = people.delivery_for_comment(thread, comment)
    event = forge.read_event(name, json.loads(body))
    assert (event.thread, event.comment_id) == (thread, comment.id)
    assert (event.author, event.text) == (YOU, text)


def test_a_bots_comment_is_delivered_as_a_bots(people, forge):
    thread = people.open_thread("demo/playground", "Hi", "")
    name, body = people.delivery_for_comment(thread, forge.add_comment(thread, "/generate x"))
    assert forge.read_event(name, json.loads(body)).author == forge.me()
    assert forge.me().is_bot


def test_text_that_no_database_stores_is_kept_readable(people, forge):
    thread = people.open_thread("demo/playground", "\ud800", "a\0b")
    comment = people.say(thread, "a\udfffb")
    assert people.thread("demo/playground", 1).text == "a\ufffdb"
    assert forge.comment(thread, comment.id) == comment
    people.delivery_for_comment(thread, comment)


@pytest.mark.parametrize(
    "name",
    [
        "demo",
        "demo/",
        "/orders",
        "demo/..",
        "demo/.",
        "../orders",
        "demo/a/b",
        "demo/a b",
        "demo/orders.git",
        "demo/ä",
        "-demo/orders",
        "de_mo/orders",
        "demo/" + "a" * 101,
        "d" * 40 + "/orders",
        "demo/a\n",
        "demo/a\0",
        "firstcommit[bot]/x",
    ],
)
def test_what_is_no_name_makes_nothing(people, forge, name):
    with pytest.raises(UserError) as refused:
        people.ensure_repository(name)
    assert refused.value.reason == "invalid_name"
    assert forge.repository(name) is None
    assert people.list_repositories() == []
    assert not (forge.place.root / "repositories").exists()


def test_names_that_differ_in_case_are_one(people, forge, orders):
    assert people.ensure_repository("DEMO/Orders") == orders
    owner = forge.owner("Demo", YOU)
    assert owner.login == "demo"
    with pytest.raises(UserError) as refused:
        forge.create_repository(owner, "ORDERS", private=True, description="")
    assert refused.value.reason == "repository_exists"


def test_a_repository_can_be_cloned_and_pushed_to(orders, tmp_path, forge):
    copy = tmp_path / "copy"
    subprocess.run(["git", "clone", "-q", orders.clone_url, copy], check=True)
    assert (copy / "README.md").read_text() == "# orders\n"
    (copy / "more").write_text("x")
    who = ["-c", "user.name=You", "-c", "user.email=you@localhost"]
    for command in (["add", "."], ["commit", "-qm", "More"], ["push", "-q"]):
        subprocess.run(["git", "-C", copy, *who, *command], check=True)
    assert forge.head(orders, "main").message == "More\n"


def test_commits_carry_our_name_and_the_clocks_time(orders):
    assert git(orders, "log", "--format=%an <%ae> %cn %ad", "--date=iso-strict") == (
        "Firstcommit <firstcommit@localhost> Firstcommit 2026-11-02T12:00:00+00:00\n"
    )


def test_pages_can_read_files_and_history(people, forge, orders):
    base = forge.head(orders, "main")
    files = [
        FileToWrite(path="run me.sh", content=b"#!/bin/sh\n", mode=EXECUTABLE),
        FileToWrite(path="docs/ü.md", content="ü".encode()),
    ]
    made = forge.commit_on_new_branch(
        orders, branch="topic", base=base, files=files, message="Add two\n\nWith reasons.\n"
    )

    listed = people.files_of(orders, "topic")
    assert [(file.path, file.mode, file.size_bytes) for file in listed] == [
        ("README.md", 0o100644, 9),
        ("docs/ü.md", 0o100644, 2),
        ("run me.sh", 0o100755, 10),
    ]
    assert people.read_file(orders, "topic", "docs/ü.md", 100) == "ü".encode()
    assert people.read_file(orders, made.id, "run me.sh", 2) == b"#!"
    assert people.read_file(orders, "main", "docs/ü.md", 100) is None
    assert people.read_file(orders, "topic", "docs", 100) is None
    newest, first = people.log(orders, "topic")
    assert (newest.subject, newest.body, newest.at) == ("Add two", "With reasons.", NOON)
    assert newest.parents == (first.id,)
    assert "run me.sh" in people.log_text(orders, "topic")


@pytest.mark.parametrize("ref", ["none", "--all", "", "main\0", "main..main", "HEAD:README.md"])
def test_a_ref_that_is_none_shows_nothing(people, orders, ref):
    assert people.files_of(orders, ref) == ()
    assert people.log(orders, ref) == ()
    assert people.log_text(orders, ref) == ""
    assert people.read_file(orders, ref, "README.md", 100) is None


def test_issues_and_changes_share_one_sequence_of_numbers(people, forge, orders):
    people.open_thread("demo/orders", "One", "")
    base = forge.head(orders, "main")
    forge.commit_on_new_branch(
        orders, branch="b", base=base, files=[FileToWrite(path="x", content=b"")], message="m"
    )
    change = forge.open_change(orders, branch="b", base="main", title="T", body="B", draft=True)
    assert change.number == 2
    assert people.open_thread("demo/orders", "Three", "").number == 3
    assert people.open_thread("demo/other", "One", "").number == 1
    assert people.changes(orders) == [change]
    shown = people.thread("demo/orders", 2)
    assert (shown.thread.kind, shown.title, shown.author) == (ThreadKind.CHANGE, "T", forge.me())


def test_a_closed_change_makes_room_for_another(people, forge, orders):
    base = forge.head(orders, "main")
    forge.commit_on_new_branch(
        orders, branch="b", base=base, files=[FileToWrite(path="x", content=b"")], message="m"
    )
    ask = {"branch": "b", "base": "main", "title": "T", "body": "B", "draft": False}
    forge.open_change(orders, **ask)
    people.close_thread(people.thread("demo/orders", 1).thread)
    assert forge.find_change(orders, branch="b") is None
    assert forge.open_change(orders, **ask).number == 2


def test_the_last_word_of_a_check_is_shown(people, forge, orders):
    commit = forge.head(orders, "main").id
    running = Check(name="run", state=CheckState.RUNNING, title="Running", summary="")
    passed = Check(
        name="run",
        state=CheckState.PASSED,
        title="Done",
        summary="All well",
        text="And more",
        annotations=(Annotation(path="a.py", line=3, message="See here"),),
    )
    assert forge.report_check(orders, commit, running) == forge.report_check(orders, commit, passed)
    assert people.checks(orders, commit) == [passed]
    with pytest.raises(UserError):
        forge.report_check(orders, "0" * 40, passed)


def test_people_who_are_added_have_what_they_were_given(people, forge, orders):
    bob = people.add_person("bob", {"demo/orders": Permission.READ}, member_of=["demo"])
    assert forge.permission(orders, bob) is Permission.READ
    assert people.add_person("bob", {"demo/orders": Permission.WRITE}) == bob
    assert forge.permission(orders, bob) is Permission.WRITE
    assert forge.permission(people.ensure_repository("demo/other"), bob) is Permission.NONE


def test_the_same_name_and_number_on_another_forge_prove_nothing(forge, orders):
    twin = Actor(forge="github", account_id=YOU.account_id, login=YOU.login)
    assert forge.permission(orders, YOU) is Permission.ADMIN
    assert forge.permission(orders, twin) is Permission.NONE
    assert forge.owner("demo", twin).standing == "none"


def test_everything_is_there_again_after_a_restart(people, forge, orders):
    thread = people.open_thread("demo/orders", "One", "text")
    comment = people.say(thread, "hello")
    again = LocalForge(forge.place.root, name="renamed")
    assert again.comments(thread) == [comment]
    assert again.repository("demo/orders") == orders
    assert again.me().login == "renamed[bot]"
    assert again.me().is_same_as(forge.me())


def test_ids_of_deleted_comments_are_never_given_again(people, forge):
    thread = people.open_thread("demo/orders", "One", "")
    gone = forge.add_comment(thread, "x")
    forge.delete_comment(thread, gone.id)
    assert int(forge.add_comment(thread, "y").id) > int(gone.id)


def test_git_hears_nobody_but_us(forge, people, tmp_path, monkeypatch):
    hook = tmp_path / "hooks" / "reference-transaction"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    config = tmp_path / "config"
    config.write_text(f"[core]\nhooksPath={hook.parent}\n[init]\ndefaultBranch=odd\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path))
    made = people.ensure_repository("demo/orders")
    inside = Path(made.clone_url) / "hooks"
    inside.mkdir()
    (inside / hook.name).write_text(hook.read_text())
    (inside / hook.name).chmod(0o755)

    base = forge.head(made, "main")
    forge.commit_on_new_branch(
        made, branch="b", base=base, files=[FileToWrite(path="x", content=b"")], message="m"
    )
    assert forge.head(made, "b").parents == (base.id,)


def test_doctor_finds_a_sound_forge_sound(forge, orders):
    assert all(finding.ok for finding in forge.diagnose(orders))


def test_doctor_tells_a_thread_of_its_repository_alone(forge, orders):
    told = " ".join(finding.detail for finding in forge.diagnose(orders))
    assert str(forge.place.root) not in told
    assert all(finding.ok for finding in forge.diagnose())


def test_doctor_names_what_is_gone(forge, orders):
    Path(orders.clone_url).rename(orders.clone_url + ".away")
    finding = forge.diagnose(orders)[-1]
    assert not finding.ok
    assert finding.remedy


def test_a_repository_out_of_order_may_be_mended_until_the_next_attempt(forge, orders):
    base = forge.head(orders, "main")
    head = Path(orders.clone_url) / "HEAD"
    said = head.read_text()
    head.write_text("nonsense")
    files = [FileToWrite(path="x", content=b"")]
    with pytest.raises(Transient) as failed:
        forge.commit_on_new_branch(orders, branch="b", base=base, files=files, message="m")
    assert failed.value.reason == "git_failed"
    assert not forge.diagnose(orders)[-1].ok
    head.write_text(said)
    assert forge.commit_on_new_branch(orders, branch="b", base=base, files=files, message="m")
