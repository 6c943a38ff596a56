"""A forge that only records: the real one is asked, and stays as it is.

What it answers is held to the contract of all forges, in ``tests/contract``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.git_objects import blob_id, root_tree_id
from bot.core.git_values import Check, CheckState, FileToWrite, Reaction
from bot.core.identity import Permission, Repository, Thread
from bot.errors import UserError
from bot.forges.local import YOU, LocalForge, People
from bot.forges.memory import MemoryForge
from bot.forges.port import Forge
from bot.forges.recording import RecordingForge
from tests.contract.forges import SteppingClock

SCRIPT = FileToWrite(path="bin/start", content=b"exec true\n", mode=0o100755)
README = FileToWrite(path="README.md", content=b"# Ours\n")
READS = frozenset(
    {
        *("comments", "comment", "permission", "person", "owner", "in_team", "grant"),
        *("repository", "created_at", "may_write_workflows", "head", "entries", "read_file"),
        *("paths", "tree", "find_commit", "granted"),
        *("find_change", "find_milestone", "find_issue"),
    }
)


class Notes:
    """What was told, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, kind: str, *, where: str, summary: str) -> None:
        self.lines.append(f"{kind} | {where} | {summary}")


def everything(forge: Forge, repository: Repository, thread: Thread) -> None:
    """Do all that the port can do."""
    said = forge.add_comment(thread, "\nWorking on it.\nSoon.", first=True)
    forge.edit_comment(thread, said.id, "Done.")
    forge.react(thread, None, Reaction.SEEN)
    owner = forge.owner("acme", YOU)
    assert owner is not None
    made = forge.create_repository(owner, "orders", private=True, description="Run 1")
    first = forge.head(made, "main")
    assert first is not None
    forge.replace_first_commit(
        made, branch="main", first=first, files=[README, SCRIPT], message="Begin"
    )
    forge.describe_repository(made, "Orders")
    base = forge.head(repository, "main")
    assert base is not None
    commit = forge.commit_on_new_branch(
        repository, branch="ours/1", base=base, files=[SCRIPT], message="Add"
    )
    forge.open_change(
        repository, branch="ours/1", base="main", title="Add it", body="Why", draft=True
    )
    check = Check(name="run", state=CheckState.PASSED, title="Passed", summary="")
    forge.report_check(repository, commit.id, check)
    milestone = forge.create_milestone(repository, "First")
    forge.create_issue(repository, "One", "Text", milestone=milestone, labels=["story"])
    forge.delete_comment(thread, said.id)


def test_every_effect_is_told_in_order_and_in_one_line() -> None:
    notes, clock = Notes(), SteppingClock()
    real = MemoryForge(clock=clock)
    real.people.add_account("acme")
    shop = real.people.add_repository("acme/shop")
    thread = real.people.open_thread(shop, "T", "text", author=real.people.add_person("ann"))
    base = real.head(shop, "main")
    assert base is not None
    everything(RecordingForge(real, notes, clock=clock), shop, thread)
    tree = root_tree_id((file.path, file.mode, blob_id(file.content)) for file in (README, SCRIPT))
    commit = notes.lines[8].partition(" on ")[2].partition(":")[0]
    assert notes.lines == [
        "add_comment | acme/shop#1 | comment: Working on it.",
        "edit_comment | acme/shop#1 | edit the comment: Done.",
        "react | acme/shop#1 | react to the opening text: seen",
        "create_repository | acme/orders | create repository acme/orders (private)",
        "replace_first_commit | acme/orders | "
        f"commit 2 files to acme/orders on main, tree {tree[:12]}",
        "describe_repository | acme/orders | describe acme/orders: Orders",
        "commit_on_new_branch | acme/shop | "
        f"commit 1 file to acme/shop on new branch ours/1, over {base.id[:12]}",
        "open_change | acme/shop | open change 'Add it' from ours/1 to main as draft",
        f"report_check | acme/shop | show the check run on {commit}: passed",
        "create_milestone | acme/shop | create milestone 'First'",
        "create_issue | acme/shop | open issue 'One' under 'First', labelled story",
        "delete_comment | acme/shop#1 | remove the comment",
    ]


def test_a_forge_in_memory_is_asked_and_never_told() -> None:
    clock = SteppingClock()
    real = MemoryForge(clock=clock)
    real.people.add_account("acme")
    shop = real.people.add_repository("acme/shop")
    thread = real.people.open_thread(shop, "T", "text", author=real.people.add_person("ann"))
    everything(RecordingForge(real, Notes(), clock=clock), shop, thread)
    assert {call.method for call in real.calls} <= READS
    assert real.repository("acme/orders") is None


def test_a_forge_on_disk_is_the_same_afterwards(tmp_path: Path) -> None:
    real = LocalForge(tmp_path / "forge")
    people = People(real)
    thread = people.open_thread("acme/shop", "T", "text")
    before = contents(tmp_path / "forge")
    everything(RecordingForge(real, Notes(), clock=SteppingClock()), thread.repository, thread)
    assert contents(tmp_path / "forge") == before


def contents(folder: Path) -> dict[str, bytes | list[str]]:
    """Every file of a local forge, and the rows of its database."""
    found: dict[str, bytes | list[str]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and ".sqlite3" not in path.name:
            found[str(path.relative_to(folder))] = path.read_bytes()
    with sqlite3.connect(folder / "forge.sqlite3") as connection:
        found["rows"] = list(connection.iterdump())
    return found


@pytest.fixture
def real() -> MemoryForge:
    return MemoryForge(clock=SteppingClock())


@pytest.fixture
def rehearsed(real: MemoryForge) -> RecordingForge:
    return RecordingForge(real, Notes(), clock=SteppingClock())


def refused(reason: str):
    return pytest.raises(UserError, check=lambda error: error.reason == reason)


def test_what_was_made_is_found_and_the_rest_is_read_through(
    real: MemoryForge, rehearsed: RecordingForge
) -> None:
    shop = real.people.add_repository("acme/shop")
    base = rehearsed.head(shop, "main")
    assert base is not None
    made = rehearsed.commit_on_new_branch(
        shop, branch="ours/1", base=base, files=[SCRIPT], message="Add"
    )
    paths = ["README.md", "bin/start", "bin", "none"]
    found = rehearsed.entries(shop, made, paths)
    assert list(found) == ["bin/start", "bin", "README.md"]
    assert found["bin/start"].blob_id == blob_id(SCRIPT.content)
    assert rehearsed.read_file(shop, made, "README.md") == b"# shop\n"
    assert rehearsed.head(shop, "ours/1") == made
    assert real.head(shop, "ours/1") is None


def test_a_supposed_repository_belongs_to_whoever_owns_its_namespace(
    real: MemoryForge, rehearsed: RecordingForge
) -> None:
    olga, ann = real.people.add_person("olga", owner_of=["acme"]), real.people.add_person("ann")
    owner = rehearsed.owner("acme", olga)
    assert owner is not None
    made = rehearsed.suppose_repository(owner, "shop")
    assert rehearsed.permission(made, olga) is Permission.ADMIN
    assert rehearsed.permission(made, ann) is Permission.NONE
    assert rehearsed.repository("ACME/Shop") == made


def test_supposed_files_lie_on_the_default_branch(
    real: MemoryForge, rehearsed: RecordingForge
) -> None:
    shop = real.people.add_repository("acme/shop")
    rehearsed.suppose_files(shop, [SCRIPT])
    head = rehearsed.head(shop, "main")
    assert head is not None
    assert rehearsed.read_file(shop, head, "bin/start") == SCRIPT.content
    assert rehearsed.read_file(shop, head, "README.md") == b"# shop\n"


def test_a_supposed_comment_stands_where_it_was_said(
    real: MemoryForge, rehearsed: RecordingForge
) -> None:
    shop, ann = real.people.add_repository("acme/shop"), real.people.add_person("ann")
    thread = rehearsed.suppose_thread(shop)
    said = rehearsed.suppose_comment(thread, ann, "/help")
    assert rehearsed.comments(thread) == [said]


@pytest.mark.parametrize(
    "act",
    [
        lambda forge, gone: forge.add_comment(Thread(repository=gone, number=1), "Hello"),
        lambda forge, gone: forge.create_milestone(gone, "One"),
        lambda forge, gone: forge.create_issue(gone, "One", "Text"),
    ],
)
def test_what_the_real_forge_refuses_is_refused_here(
    real: MemoryForge, rehearsed: RecordingForge, act: Callable[[Forge, Repository], object]
) -> None:
    shop = real.people.add_repository("acme/shop")
    real.people.remove_repository(shop)
    with refused("no_access"):
        act(rehearsed, shop)
