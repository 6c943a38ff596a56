"""Workers of which only some can make sandboxes: what those verify, the others publish."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.core.identity import Thread
from bot.core.runs import Run, RunStatus
from tests.e2e.bed import eventually
from tests.e2e.desk import PATIENCE_S, Desk
from tests.e2e.product import START_TIMEOUT_S, Part, Product, kill_family, product, running

pytestmark = [pytest.mark.e2e, pytest.mark.needs("bwrap")]

PACK = """\
name: checked
version: 1.0.0
summary: Checks where its checks run
questions:
  name: {type: string}
checks:
  - {name: place, run: [uname, -n]}
  - {name: tests, run: [sh, waits-at-the-gate.sh]}
"""
#: What runs in the sandbox, and how a process of it is known from outside.
GATE = "waits-at-the-gate.sh"
FILES = {
    ".github/firstcommit/packs/checked/pack.yaml": PACK,
    f".github/firstcommit/packs/checked/files/{GATE}": (
        "while [ -e /gate/shut ]; do sleep 0.05; done\n"
    ),
    ".github/firstcommit/packs/checked/files/README.md": "# {{ name }}\n",
}
STRICT = {".github/firstcommit.yml": "version: 1\nverify: require\n"}
WAITS = "A worker that has a sandbox verifies the files"
REFUSAL = "bwrap: Creating new namespace failed: Operation not permitted"


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Two commands that are called as bubblewrap is. One has no leave to make anything; in what
    the other makes, a check waits for as long as the gate is shut.
    """

    folder: Path

    def build(self) -> None:
        self._command("without", f"echo '{REFUSAL}' >&2; exit 1")
        (self.folder / "gate").mkdir()
        bubblewrap = shutil.which("bwrap")
        self._command("with", f'exec {bubblewrap} --ro-bind {self.folder}/gate /gate "$@"')

    def path(self, which: str) -> dict[str, str]:
        return {"PATH": f"{self.folder}/{which}{os.pathsep}{os.environ['PATH']}"}

    @contextmanager
    def shut(self) -> Iterator[None]:
        (self.folder / "gate" / "shut").touch()
        try:
            yield
        finally:
            self.open()

    def open(self) -> None:
        (self.folder / "gate" / "shut").unlink(missing_ok=True)

    def _command(self, which: str, does: str) -> None:
        command = self.folder / which / "bwrap"
        command.parent.mkdir()
        command.write_text(f"#!/bin/sh\n{does}\n")
        command.chmod(0o755)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    gate = Gate(folder=tmp_path_factory.mktemp("gate"))
    gate.build()
    return gate


@pytest.fixture(scope="module")
def served(gate: Gate) -> Iterator[Product]:
    """Web, and workers that cannot make sandboxes; whoever verifies is started by a test."""
    # Packs that are not ours need a sandbox too, or the operator's leave.
    environment = {**gate.path("without"), "FIRSTCOMMIT_UNSANDBOXED": "packs"}
    with product(environment, worker=False) as started:
        started.start_worker("--queues", "intake,runs", "--count", "2")
        yield started


@pytest.fixture(scope="module")
def desk(served: Product) -> Desk:
    desk = Desk(machine=served.machine, services=served.services)
    desk.push("demo/.github", FILES)
    desk.push("demo/strict", STRICT)
    return desk


@contextmanager
def verifier(served: Product, gate: Gate) -> Iterator[Part]:
    """A worker on the queue ``verify``, once it listens; nobody does when the block has ended."""
    options = ("--queues", "verify", "--count", "1")
    queue = served.services.queue
    assert queue.verifiers() == 0
    part = served.machine.command("worker", *options, environment=gate.path("with"))
    eventually(queue.verifiers, timeout_s=START_TIMEOUT_S)
    try:
        yield part
    finally:
        part.stop()
        served.valkey.forget_dead_workers()
    assert queue.verifiers() == 0


def generate(desk: Desk, repo: str = "demo/strict") -> Thread:
    return desk.ask("/generate checked name=orders", repo=repo)


def waiting(desk: Desk, thread: Thread) -> Run:
    def look() -> Run | None:
        run = desk.run_of(thread)
        return run if run and run.status is RunStatus.WAITING else None

    return desk.wait(look)


def assert_verified(desk: Desk, thread: Thread) -> None:
    """It is proposed, with evidence that can only be from a sandbox."""
    run = desk.completed(thread)
    (kept,) = desk.services.store.verifications.of_run(run.id)
    checks = kept.document["checks"]
    assert isinstance(checks, list)
    assert [check["result"] for check in checks] == ["passed", "passed"]
    # A sandbox has a name of its own for the machine.
    assert checks[0]["output"].strip() == "sandbox"
    told = desk.answer(thread)
    assert told.startswith("### ✅")
    assert "2 checks passed" in told
    assert kept.digest[:12] in told
    assert f"firstcommit/{run.short_id}" in desk.branches("demo/strict")


def test_a_worker_with_a_sandbox_verifies_for_one_without(
    served: Product, desk: Desk, gate: Gate
) -> None:
    with verifier(served, gate), gate.shut():
        thread = generate(desk)
        run = waiting(desk, thread)
        eventually(lambda: running(GATE))
        eventually(lambda: WAITS in desk.answer(thread))
        assert f"firstcommit/{run.short_id}" not in desk.branches("demo/strict")
        gate.open()
        assert_verified(desk, thread)


def test_another_goes_on_where_one_was_killed_in_the_middle(
    served: Product, desk: Desk, gate: Gate
) -> None:
    with gate.shut():
        with verifier(served, gate) as victim:
            thread = generate(desk)
            run = waiting(desk, thread)
            eventually(lambda: running(GATE))
            kill_family(victim)
            # What was in the sandbox has ended with it.
            eventually(lambda: not running(GATE))
        with verifier(served, gate):
            eventually(lambda: running(GATE), timeout_s=PATIENCE_S)
            assert waiting(desk, thread).id == run.id
            gate.open()
            assert_verified(desk, thread)


@pytest.mark.parametrize("repo", ["demo/strict", "demo/playground"])
def test_what_nobody_can_verify_is_said_plainly(desk: Desk, repo: str) -> None:
    thread = generate(desk, repo)
    run = desk.ended(thread)
    told = desk.answer(thread)
    assert "2 checks not run" in told
    assert "Not run: needs a sandbox." in told
    assert "firstcommit worker --queues verify" in told
    published = f"firstcommit/{run.short_id}" in desk.branches(repo)
    if repo == "demo/strict":
        assert run.failure is not None
        assert run.failure.reason == "not_verified"
        assert "could not be run: needs a sandbox" in told
        assert not published
    else:
        assert run.status is RunStatus.COMPLETED, run.failure
        assert published


def test_a_worker_without_a_sandbox_refuses_that_queue(desk: Desk) -> None:
    said = desk.machine.done("worker", "--queues", "verify", code=2)
    assert "This worker cannot take the queue verify" in said
    assert REFUSAL in said
