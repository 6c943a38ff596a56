"""The local forge under several processes, and after one of them was killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from bot.core.git_values import FileToWrite
from bot.errors import UserError
from bot.forges.local import YOU, LocalForge, People

ROOT = Path(__file__).parents[2]
PROCESSES = 4


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "forge"


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    preamble = """
    import sys
    from pathlib import Path
    from bot.core.git_values import FileToWrite
    from bot.errors import UserError
    from bot.forges.local import YOU, LocalForge, People
    forge = LocalForge(Path(sys.argv[1]))
    people = People(forge)
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(preamble) + textwrap.dedent(code), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def outputs(processes: list[subprocess.Popen[str]]) -> list[str]:
    answers = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return answers


def test_comments_and_threads_of_several_processes_are_all_kept(folder):
    code = """
    for number in range(25):
        thread = people.open_thread("demo/shared", f"{number}", "")
        people.say(thread, "hello")
    """
    outputs([start(code, str(folder)) for _ in range(PROCESSES)])
    found = People(LocalForge(folder)).threads(limit=1000)
    assert sorted(one.thread.number for one in found) == list(range(1, 25 * PROCESSES + 1))
    assert all(one.comment_count == 1 for one in found)


def test_one_of_several_makes_a_repository(folder):
    code = """
    try:
        made = forge.create_repository(
            forge.owner("demo", YOU), "orders", private=True, description=""
        )
        print("made", made.id)
    except UserError as exc:
        print(exc.reason)
    """
    LocalForge(folder)
    answers = outputs([start(code, str(folder)) for _ in range(PROCESSES)])
    assert sorted(answers) == ["made 1"] + ["repository_exists"] * (PROCESSES - 1)
    assert list((folder / "making").iterdir()) == []


def test_one_of_several_makes_a_branch(folder):
    people = People(LocalForge(folder))
    orders = people.ensure_repository("demo/orders")
    code = """
    repository = forge.repository("demo/orders")
    try:
        made = forge.commit_on_new_branch(
            repository, branch="b", base=forge.head(repository, "main"),
            files=[FileToWrite(path="x", content=sys.argv[2].encode())], message=sys.argv[2],
        )
        print(made.id)
    except UserError as exc:
        print(exc.reason)
    """
    answers = outputs([start(code, str(folder), str(number)) for number in range(PROCESSES)])
    assert answers.count("branch_exists") == PROCESSES - 1
    assert LocalForge(folder).head(orders, "b").id in answers
    refs = subprocess.run(
        ["git", "-C", orders.clone_url, "for-each-ref", "--format=%(refname)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert refs.stdout.split() == ["refs/heads/b", "refs/heads/main"]


def test_threads_of_one_process_share_a_forge(folder):
    forge = LocalForge(folder)
    people = People(forge)
    thread = people.open_thread("demo/shared", "t", "")

    def talk():
        for _ in range(20):
            forge.add_comment(thread, "x")

    talkers = [threading.Thread(target=talk) for _ in range(PROCESSES)]
    for talker in talkers:
        talker.start()
    for talker in talkers:
        talker.join()
    assert len(forge.comments(thread)) == 20 * PROCESSES


def test_a_forked_child_goes_on_with_its_parents_forge(folder):
    forge = LocalForge(folder)
    people = People(forge)
    thread = people.open_thread("demo/shared", "t", "")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            for _ in range(10):
                forge.add_comment(thread, "child")
            code = 0
        finally:
            os._exit(code)
    for _ in range(10):
        forge.add_comment(thread, "parent")
    assert os.waitpid(child, 0)[1] == 0
    assert sorted(comment.body for comment in forge.comments(thread)) == (
        ["child"] * 10 + ["parent"] * 10
    )


KILLED_BEFORE_THE_ROW = """
import os, signal
import bot.forges.local.repositories as repositories
def die(self, made, folder):
    os.kill(os.getpid(), signal.SIGKILL)
repositories.Repositories._put = die
people.ensure_repository("demo/orders")
"""
KILLED_BEFORE_THE_COMMIT = """
import os, signal
import bot.forges.local.repositories as repositories
put = repositories.Repositories._put
def die(self, made, folder):
    put(self, made, folder)
    os.kill(os.getpid(), signal.SIGKILL)
repositories.Repositories._put = die
people.ensure_repository("demo/orders")
"""


@pytest.mark.parametrize("code", [KILLED_BEFORE_THE_ROW, KILLED_BEFORE_THE_COMMIT])
def test_a_half_made_repository_is_never_seen(folder, code):
    killed = start(code, str(folder))
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL

    people = People(LocalForge(folder))
    assert LocalForge(folder).repository("demo/orders") is None
    assert people.list_repositories() == []
    made = people.ensure_repository("demo/orders")
    assert LocalForge(folder).head(made, "main").message == "Initial commit\n"


def test_what_a_kill_left_half_made_is_swept_later(folder):
    people = People(LocalForge(folder))
    leftover = folder / "making" / "old"
    recent = folder / "making" / "recent"
    leftover.mkdir(parents=True)
    recent.mkdir()
    two_hours_ago = time.time() - 7200
    os.utime(leftover, (two_hours_ago, two_hours_ago))
    people.ensure_repository("demo/orders")
    assert not leftover.exists()
    assert recent.exists()


def test_a_folder_that_nobody_wrote_down_is_set_aside_whole(folder):
    people = People(LocalForge(folder))
    foreign = folder / "repositories" / "demo" / "orders.git"
    foreign.mkdir(parents=True)
    (foreign / "precious").write_text("x")
    people.ensure_repository("demo/orders")
    (aside,) = (folder / "set-aside").iterdir()
    assert (aside / "precious").read_text() == "x"


def test_a_repository_whose_folder_was_taken_away_is_gone_and_its_name_free(folder):
    forge = LocalForge(folder)
    people = People(forge)
    thread = people.open_thread("demo/orders", "t", "")
    shutil.rmtree(thread.repository.clone_url)
    assert forge.repository("demo/orders") is None
    assert people.threads() == []
    with pytest.raises(UserError):
        forge.head(thread.repository, "main")

    made = people.ensure_repository("demo/orders")
    assert made.id != thread.repository.id
    assert people.threads() == []
    with pytest.raises(UserError) as refused:
        forge.add_comment(thread, "lost")
    assert refused.value.reason == "no_access"


def test_a_killed_commit_leaves_the_branch_where_it_was(folder):
    forge = LocalForge(folder)
    orders = People(forge).ensure_repository("demo/orders")
    first = forge.head(orders, "main")
    code = """
    import os, signal
    import bot.forges.local.publishing as publishing
    def die(*args):
        os.kill(os.getpid(), signal.SIGKILL)
    publishing.put_in_place_of = publishing.put_on_new_branch = die
    repository = forge.repository("demo/orders")
    files = [FileToWrite(path="x", content=b"")]
    forge.replace_first_commit(
        repository, branch="main", first=forge.head(repository, "main"), files=files, message="m"
    )
    """
    start(code, str(folder)).communicate(timeout=60)
    assert forge.head(orders, "main") == first
    files = [FileToWrite(path="x", content=b"")]
    again = forge.replace_first_commit(orders, branch="main", first=first, files=files, message="m")
    assert forge.head(orders, "main") == again
    assert forge.owner("demo", YOU) is not None
