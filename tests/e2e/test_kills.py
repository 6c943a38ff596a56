"""kill -9 at every moment that matters: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import difflib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.build import build
from bot.core.identity import Thread
from bot.core.runs import Run, RunStatus, StepStatus
from bot.forges.local import People
from bot.services import Services
from bot.settings import Settings
from bot.store.port import EffectStatus
from tests.e2e.bed import GitHubServer, eventually
from tests.e2e.emulate import TIED
from tests.e2e.product import Part, Product, children, is_alive, product
from tests.parts import ROOT

pytestmark = pytest.mark.e2e

PLAYGROUND = "demo/playground"
COMMANDS = {
    "new": "/generate python-package name=orders into=demo/orders",
    "change": "/generate python-package name=orders path=packages/orders",
    "answer": "/firstcommit help",
}
#: More than there are processors, since whoever takes over waits for a lease to lapse first.
AT_ONCE = 3
#: A change is made as a repository is until there is the first step that it has no need of.
PARTING = "runs.step_skipped"
#: A killed machine's runs go on within 20 s: 15 s of lease, a look every second, a start. What
#: is asserted is only that they do; how long it took is printed.
TAKEOVER_WITHIN_S = 60
_HEX = re.compile(r"\b[0-9a-f]{40}\b")


@dataclass(kw_only=True)
class Launcher:
    """The process that forks workers which die when they are told to."""

    process: subprocess.Popen[str]
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def order(
        self, place: Place, do: str, *, die_before: int | None = None, here: bool = False
    ) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        order = {
            "environment": place.environment,
            "do": do,
            "id": place.id_for(do),
            "die_before": die_before,
            "here": here,
            "log": str(place.folder / "worker.log"),
        }
        with self._lock:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        assert not answer["failed"], (place.folder / "worker.log").read_text()
        return answer


@dataclass(frozen=True, kw_only=True)
class Place:
    """A data folder with a command in it, and how far that has come."""

    folder: Path
    thread: Thread
    delivery: str
    run: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return {
            "FIRSTCOMMIT_DATA_DIR": str(self.folder / "data"),
            # Nobody is there: what the queue would carry is found by looking at what is due.
            "REDIS_URL": f"unix://{self.folder}/nobody.sock",
        }

    def id_for(self, do: str) -> str:
        return self.delivery if do == "intake" else self.run

    def copied_to(self, folder: Path) -> Place:
        shutil.copytree(self.folder, folder)
        return Place(folder=folder, thread=self.thread, delivery=self.delivery, run=self.run)

    @contextmanager
    def services(self) -> Iterator[Services]:
        services = build(Settings.from_environment(self.environment))
        try:
            yield services
        finally:
            services.store.database.close()


@pytest.fixture(scope="module")
def launchers() -> Iterator[list[Launcher]]:
    """As many as scenarios go on at once."""
    program = [sys.executable, "-c", TIED, sys.executable, "-m", "tests.e2e.dying_worker"]
    processes = [
        subprocess.Popen(
            program, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(AT_ONCE)
    ]
    yield [Launcher(process=process) for process in processes]
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(10)


@pytest.fixture(scope="module")
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A command that was written, delivered and stored, and that nobody has looked at yet."""
    folder = tmp_path_factory.mktemp(f"asked-{request.param}")
    bare = Place(folder=folder, thread=None, delivery="")  # type: ignore[arg-type]  # below
    (folder / "data").mkdir()
    with bare.services() as services:
        services.store.database.migrate()
        assert isinstance(services.people, People)
        thread = services.people.open_thread(PLAYGROUND, "We need orders", "Please.")
        said = services.people.say(thread, COMMANDS[request.param])
        kind, body = services.people.delivery_for_comment(thread, said)
        claim = services.store.deliveries.claim(
            forge="local", delivery_id=str(uuid.uuid4()), kind=kind, body=body
        )
    return Place(folder=folder, thread=thread, delivery=claim.id)


@pytest.fixture(scope="module")
def queued(
    asked: Place, launchers: list[Launcher], tmp_path_factory: pytest.TempPathFactory
) -> Place:
    """The same, taken in: its run is queued."""
    place = asked.copied_to(tmp_path_factory.mktemp("queued") / "place")
    launchers[0].order(place, "intake")
    with place.services() as services:
        (run,) = services.store.runs.in_thread(place.thread)
        assert run.status is RunStatus.QUEUED
    return Place(folder=place.folder, thread=place.thread, delivery=place.delivery, run=run.id)


def outcome_of(place: Place) -> dict[str, Any]:
    """Everything that somebody could see or that is recorded, without what differs each time."""
    with place.services() as services:
        people = services.people
        assert isinstance(people, People)
        runs = services.store.runs.recent()
        commits = [str((run.step("commit").outputs or {})["commit"]) for run in runs]
        seen = {
            "runs": [(run.status, run.failure, bool(run.reported_at)) for run in runs],
            "steps": [(step.id, step.status, step.outputs) for run in runs for step in run.steps],
            "ledger": sorted(
                (effect.key, effect.status)
                for run in runs
                for effect in services.store.ledger.of(f"run:{run.id}")
            ),
            "projects": [
                (each.status, each.total_files, each.snapshot)
                for each in services.store.projects.recent()
            ],
            "exports": [
                (each.status, each.repository_name, each.repository_url)
                for run in runs
                for each in services.store.exports.of_project(str(run.project_id))
            ],
            "deliveries": [each.status for each in services.store.deliveries.recent()],
            "thread": [
                (post.author.login, post.text, sorted(kind for kind, _ in post.reactions))
                for post in people.timeline(place.thread)
            ],
            "repositories": {
                repository.full_name: (
                    repository.description,
                    repository.private,
                    _branches(Path(repository.clone_url)),
                    people.changes(repository),
                    [people.checks(repository, commit) for commit in commits],
                )
                for repository in people.list_repositories()
            },
            "threads": len(people.threads()),
        }
        text = json.dumps(seen, default=str, sort_keys=True, indent=1)
    for run in runs:
        for found, word in ((run.id, "RUN"), (run.short_id, "RUN"), (run.project_id, "PROJECT")):
            text = text.replace(str(found), word)
    text = text.replace(str(place.folder), "PLACE")
    text = re.sub(r"firstcommit:command:[0-9a-f-]+", "firstcommit:command:COMMAND", text)
    # The mark of a repository that is being made says at which try.
    text = re.sub(r"\([0-9a-f]{8}-[0-9a-f]{4}\)", "(TRY)", text)
    text = re.sub(r'"export": "[^"]+"', '"export": "EXPORT"', text)
    # What was verified has the run's id in it, and so have its digests.
    text = re.sub(r"(digest|evidence) `[0-9a-f]{12}`", r"\1 `DIGEST`", text)
    text = re.sub(r'"digest": "[0-9a-f]{64}"', '"digest": "DIGEST"', text)
    result: dict[str, Any] = json.loads(_HEX.sub("HEX", text))
    return result


def _branches(repository: Path) -> dict[str, list[str]]:
    """Branch -> how many commits it has and what lies at each path, without what names the run."""

    def git(*arguments: str) -> str:
        return subprocess.check_output(["git", "-C", repository, *arguments], text=True)

    branches = git("for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags").split()
    found = {}
    for branch in branches:
        tree = git("ls-tree", "-r", "--format=%(objectmode) %(objectname) %(path)", branch)
        # Our own hexadecimal ids would be taken for the run's: they are compared as they are.
        lines = [line.replace(" ", "|") for line in tree.splitlines()]
        memory = [line for line in lines if line.endswith("project.yml")]
        count = git("rev-list", "--count", branch).strip()
        found[branch] = [count, *(f"x{line}" for line in lines if line not in memory), *memory]
    return found


def every_moment(
    launchers: list[Launcher], start: Place, do: str, folder: Path, *, since: str = ""
) -> tuple[dict[str, Any], list[str], list[str]]:
    """Kill a worker at each of its writes, let others finish, and tell what came out otherwise.

    Gives the undisturbed outcome, the writes of the undisturbed worker, and the differences.

    Args:
        since: The first write at which to kill; all of them where empty.
    """
    calls, undisturbed = calm(launchers, start, do, folder)
    first = 1 + (calls.index(since) if since else 0)

    def killed_before(number: int, launcher: Launcher) -> str:
        place = start.copied_to(folder / f"{number}")
        name = f"killed before write {number}, {calls[number - 1]}"
        if not launcher.order(place, do, die_before=number)["killed"]:
            return f"{name}: it was not killed"
        launcher.order(place, "finish")
        outcome = outcome_of(place)
        shutil.rmtree(place.folder)
        told = difference(undisturbed, outcome)
        return f"{name}:\n{told}" if told else ""

    def share(index: int) -> list[str]:
        mine = range(first + index, len(calls) + 1, len(launchers))
        return [killed_before(number, launchers[index]) for number in mine]

    with ThreadPoolExecutor(len(launchers)) as pool:
        wrong = [line for lines in pool.map(share, range(len(launchers))) for line in lines if line]
    return undisturbed, calls, wrong


def calm(
    launchers: list[Launcher], start: Place, do: str, folder: Path
) -> tuple[list[str], dict[str, Any]]:
    """The writes of an undisturbed worker, and what comes out of them. Every launcher does it:
    none of those that it forks has to begin as if nothing had ever been done.
    """

    def undisturbed(launcher: Launcher) -> tuple[list[str], dict[str, Any]]:
        place = start.copied_to(folder / f"calm-{launcher.process.pid}")
        calls = launcher.order(place, do, here=True)["calls"]
        launcher.order(place, "finish", here=True)
        return calls, outcome_of(place)

    with ThreadPoolExecutor(len(launchers)) as pool:
        first, *others = pool.map(undisturbed, launchers)
    for each in others:
        assert each[0] == first[0]
        assert not difference(first[1], each[1])
    return first


def difference(undisturbed: dict[str, Any], outcome: dict[str, Any]) -> str:
    """The lines in which an outcome differs; empty where it does not."""
    texts = [json.dumps(each, indent=1).splitlines() for each in (undisturbed, outcome)]
    return "\n".join(difflib.unified_diff(*texts, "undisturbed", "killed", n=1, lineterm=""))


@pytest.mark.parametrize(
    ("asked", "since"),
    [("new", ""), ("change", PARTING)],
    ids=["new", "change"],
    indirect=["asked"],
)
def test_a_run_survives_a_kill_at_every_moment(
    queued: Place, launchers: list[Launcher], tmp_path: Path, since: str
) -> None:
    undisturbed, calls, wrong = every_moment(launchers, queued, "run", tmp_path, since=since)
    assert not wrong, "\n".join(wrong)
    assert undisturbed["runs"] == [["completed", None, True]]
    assert {status for _, status in undisturbed["ledger"]} == {"confirmed"}
    assert len(undisturbed["thread"]) == 3
    effects = {call for call in calls if call.startswith("forge.")}
    assert len(effects) >= 3
    print(f"killed at {len(calls)} moments, with {len(effects)} kinds of outside effects")


@pytest.mark.parametrize("asked", ["new", "answer"], indirect=True)
def test_a_command_survives_a_kill_at_every_moment(
    asked: Place, launchers: list[Launcher], tmp_path: Path
) -> None:
    undisturbed, calls, wrong = every_moment(launchers, asked, "intake", tmp_path)
    assert not wrong, "\n".join(wrong)
    # The opening text, the command, and one comment of ours.
    assert len(undisturbed["thread"]) == 3
    assert "ledger.intend" in calls
    print(f"killed at {len(calls)} moments")


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A git command that, while the gate is shut, waits before it makes or moves anything; it
    comes first in the ``PATH``. What only reads goes through.
    """

    folder: Path

    def build(self) -> None:
        git = shutil.which("git")
        command = self.folder / "git"
        wait = f"while [ -e '{self.folder}/shut' ]; do sleep 0.05; done"
        writes = '*" init "*|*" fast-import "*|*" update-ref "*'
        command.write_text(f'#!/bin/sh\ncase " $* " in {writes}) {wait};; esac\nexec {git} "$@"\n')
        command.chmod(0o755)

    @contextmanager
    def shut(self) -> Iterator[None]:
        (self.folder / "shut").touch()
        try:
            yield
        finally:
            (self.folder / "shut").unlink()


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    gate = Gate(folder=tmp_path_factory.mktemp("gate"))
    gate.build()
    return gate


@pytest.fixture(scope="module")
def served(gate: Gate) -> Iterator[Product]:
    """Web and an intake worker; each test brings its own worker for runs, and kills it."""
    path = f"{gate.folder}{os.pathsep}{os.environ['PATH']}"
    with product({"PATH": path}, worker=False) as started:
        intake = started.machine.command("worker", "--queues", "intake")
        yield started
        intake.stop()


def test_others_go_on_within_the_lease_of_a_killed_work_horse_and_a_killed_worker(
    served: Product, gate: Gate
) -> None:
    threads = [
        write(served, f"/generate python-package name={name} into=demo/{name}")
        for name in ("first-victim", "second-victim")
    ]
    ledger = served.services.store.ledger
    runs = [run_of(served, thread).id for thread in threads]
    eventually(lambda: all(len(ours(served, thread)) == 1 for thread in threads))

    def making() -> int:
        """How many of them are about to make their repository."""
        return sum(len(ledger.of(f"run:{run}")) > 1 for run in runs)

    with gate.shut():
        survivor = served.start_worker("--queues", "runs", "--count", "1")
        eventually(lambda: making() == 1)
        served.start_worker("--queues", "runs", "--count", "1")
        eventually(lambda: making() == 2)
        served.kill_worker()
        kill_work_horse(survivor)
        killed_at = time.monotonic()
        assert all(run_of(served, thread).status is RunStatus.RUNNING for thread in threads)
    for thread in threads:
        taken_over(served, thread, killed_at)
    assert served.services.people is not None
    named = sorted(each.name for each in served.services.people.list_repositories())
    assert named == ["first-victim", "playground", "second-victim"]
    for thread, run in zip(threads, runs, strict=True):
        assert len(ours(served, thread)) == 1
        assert {effect.status for effect in ledger.of(f"run:{run}")} == {EffectStatus.CONFIRMED}
    survivor.stop()


def kill_work_horse(worker: Part) -> None:
    """Kill -9 the process that does the job, and nothing else of the worker."""
    # The worker's parent has a child for the queue, and that one a child for the job.
    horses = [below for child in children(worker.pid) for below in children(child)]
    (horse,) = horses
    os.kill(horse, signal.SIGKILL)
    eventually(lambda: not is_alive(horse))


def taken_over(served: Product, thread: Thread, killed_at: float) -> None:
    """Wait until another worker has taken the run of a thread, and has ended it."""
    eventually(lambda: run_of(served, thread).lease_number > 1, timeout_s=TAKEOVER_WITHIN_S)
    print(f"taken over {time.monotonic() - killed_at:.1f} s after the kill")
    eventually(lambda: run_of(served, thread).reported_at, timeout_s=TAKEOVER_WITHIN_S)
    assert run_of(served, thread).status is RunStatus.COMPLETED


def write(served: Product, text: str) -> Thread:
    """A command in a thread of its own, delivered through the signed door."""
    people = served.services.people
    assert people is not None
    thread = people.open_thread(PLAYGROUND, "Something is wanted", "Please.")
    kind, body = people.delivery_for_comment(thread, people.say(thread, text))
    assert served.deliver(kind, body).status_code == 202
    return thread


def run_of(served: Product, thread: Thread) -> Run:
    """The one run of a thread."""
    found = eventually(lambda: served.services.store.runs.in_thread(thread))
    (run,) = found
    return run


def ours(served: Product, thread: Thread) -> list[str]:
    """What we wrote in a thread."""
    people = served.services.people
    assert people is not None
    return [post.text for post in people.timeline(thread) if post.author.is_bot]


@pytest.mark.needs("node")
def test_a_worker_killed_while_github_carries_out_what_it_asked(
    github_server: GitHubServer,
) -> None:
    """The change is opened after its asker died: it is found, and not opened again."""
    with product(github_server.environment()) as started:
        github_server.deliver_to(f"{started.url}/webhooks/github")
        # Long enough to be killed in, and over before anybody takes the run over.
        github_server.faults.delay_next("POST", "/pulls$", delay_s=6)
        olga = github_server.as_user("olga")
        issue = olga.create_issue("acme/site", "Orders")["number"]
        olga.comment("acme/site", issue, "/generate python-package name=orders")
        runs = started.services.store.runs

        def is_opening() -> bool:
            return any(run.step("change").status is StepStatus.RUNNING for run in runs.recent())

        eventually(is_opening, timeout_s=TAKEOVER_WITHIN_S)
        eventually(lambda: github_server.faults.waiting == 0)
        started.kill_worker()
        killed_at = time.monotonic()
        assert is_opening()
        started.start_worker()
        eventually(lambda: runs.recent()[0].lease_number > 1, timeout_s=TAKEOVER_WITHIN_S)
        print(f"taken over {time.monotonic() - killed_at:.1f} s after the worker was killed")
        eventually(lambda: runs.recent()[0].reported_at, timeout_s=TAKEOVER_WITHIN_S)
        (run,) = runs.recent()
        assert run.status is RunStatus.COMPLETED, run.failure
        (change,) = olga.changes("acme/site", state="all")
        assert change["draft"]
        assert len(github_server.calls.matching("POST", "/pulls$")) == 1
        (said,) = olga.comments("acme/site", issue)[1:]
        assert said["body"].startswith("### ✅")
        assert len(olga.checks("acme/site", change["head"]["sha"])) == 1
        effects = started.services.store.ledger.of(f"run:{run.id}")
        assert {effect.status for effect in effects} == {EffectStatus.CONFIRMED}
