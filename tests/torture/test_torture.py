"""Whatever is killed, and when: nothing is lost, nothing is done twice.

``TORTURE_KILLS`` sets how many workers are killed (``make torture``: 500).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest

from bot.core.identity import Actor
from bot.core.runs import Run, RunStatus
from bot.core.workflow import to_data
from bot.store.port import NewRun
from bot.workflows import checked
from tests.jobs.engine import step_types
from tests.parts import ROOT
from tests.spine import make_database
from tests.torture.graphs import graph, inputs
from tests.torture.services import services_on
from tests.torture.world import World
from tests.torture.world import step_types as kinds

KILLS = int(os.environ.get("TORTURE_KILLS", "20"))
#: Workflows share the kills, so many each; a last worker is left alone.
KILLS_EACH = 4
KILLED = -9


class Workers:
    """Starts workers, one at a time, in processes of their own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.worker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def work(self, folder: Path, run_id: str, *, kill: int | None = None) -> int:
        """Have a worker carry the run on; its exit code, below zero for a signal."""
        order = {"folder": str(folder), "run": run_id, "kill": kill}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process that starts them."""
        self._process.communicate(timeout=20)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    started = Workers()
    yield started
    started.close()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_database(tmp_path_factory.mktemp("database"))


@pytest.mark.parametrize("seed", range(1, KILLS // KILLS_EACH + 1))
def test_killed_workers_lose_nothing_and_double_nothing(
    seed: int, workers: Workers, database: Path, tmp_path: Path
) -> None:
    quiet, torn = tmp_path / "undisturbed", tmp_path / "disturbed"
    undisturbed = play(seed, workers, database, quiet, kills=[])
    disturbed = play(seed, workers, database, torn, kills=moments(seed, quiet))
    assert disturbed.status is RunStatus.COMPLETED, disturbed.failure
    assert outcome(disturbed) == outcome(undisturbed)
    wanted = Counter(World(quiet).lines)
    done = Counter(World(torn).lines)
    assert done == wanted
    assert set(wanted.values()) <= {1}


def moments(seed: int, quiet: Path) -> list[int]:
    """At which of its calls each worker is killed; even the last of them has not done it all."""
    chance = random.Random(f"{seed} kills")
    calls = int((quiet / "calls").read_text())
    return [chance.randint(1, calls // KILLS_EACH) for _ in range(KILLS_EACH)]


def play(seed: int, workers: Workers, database: Path, folder: Path, *, kills: Sequence[int]) -> Run:
    """Carry one workflow to its end, with a worker killed at each of these calls."""
    folder.mkdir()
    shutil.copy(database, folder / "store.db")
    run_id = queued(seed, folder)
    for kill in kills:
        assert workers.work(folder, run_id, kill=kill) == KILLED
    assert workers.work(folder, run_id) == 0
    run = services_on(folder).store.runs.get(run_id)
    assert run is not None
    return run


def queued(seed: int, folder: Path) -> str:
    """A queued run of the workflow of that seed."""
    with step_types(*kinds(World(folder))):
        workflow = checked(graph(seed), source=f"torture-{seed}.yaml")
    store = services_on(folder).store
    run = store.runs.create(
        NewRun(
            id=str(uuid4()),
            workflow=to_data(workflow),
            inputs=inputs(seed),
            steps=[(plan.id, plan.uses) for plan in workflow.steps],
            requester=Actor(forge="github", account_id="1", login="ann"),
            thread=None,
            command_id=None,
            comment_id=None,
            organisation_id=None,
            project_name=None,
        )
    )
    store.database.close()
    return run.id


def outcome(run: Run) -> object:
    """How a run ended, and what every step and part of it gave."""
    steps = {step.id: (step.status, step.outputs) for step in (*run.steps, *run.parts)}
    return run.status, run.outputs, steps
