"""What the engine costs: per step, and while runs wait.

The steps of both sides are the same functions. The bare side calls them in a row; ours reads the
workflow's snapshot, resolves and checks what each is given, runs it in a thread, and records its
beginning, inputs, outputs, attempt and events before the next one begins, in a SQLite file.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from bot.core.identity import Actor
from bot.core.runs import RunStatus
from bot.core.workflow import to_data
from bot.errors import Waits
from bot.forges.memory import MemoryForge
from bot.jobs.execute import execute
from bot.steps.spec import StepContext
from bot.store.opening import open_store
from bot.store.port import NewRun
from bot.workflows import checked
from tests.bench.figures import Figure
from tests.bench.turns import in_turns
from tests.jobs.engine import step, step_types
from tests.spine import Lists, services_with

ROUNDS = 15
STEPS = 20
WAITING = 200


def work(context: StepContext | None, given: Mapping[str, object]) -> Mapping[str, object]:
    """About a millisecond of honest work."""
    value = str(given["value"]).encode()
    for _ in range(4000):
        value = hashlib.sha256(value).digest()
    return {"value": value.hex()}


def wait(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    """Waits for somebody who never comes."""
    raise Waits("Somebody has to answer.")


def measure() -> list[Figure]:
    """The cost per step, and that of runs which wait."""
    with tempfile.TemporaryDirectory() as folder, step_types(step("work", work), step("ask", wait)):
        engine = Engine(Path(folder))
        per_step = in_turns(rounds=ROUNDS, ours=engine.chain, bare=engine.in_a_row)
        figures = [
            per_step.figure(
                f"{STEPS} steps of 1 ms each through the engine; bare: the same calls in a row",
                ours="ours",
                bare="bare",
            )
        ]
        crowd = Engine(Path(folder) / "crowd")
        crowd.have_waiting(WAITING)
        turns = in_turns(rounds=ROUNDS, beside=crowd.chain, alone=engine.chain)
        figures.append(
            turns.figure(
                f"the same run beside {WAITING} that wait for somebody; bare: alone",
                ours="beside",
                bare="alone",
                ratio_at_most=1.5,
            )
        )
        figures.append(
            Figure(
                what=f"workers held by {WAITING} waiting runs, and runs that the sweep finds due",
                ours=float(crowd.held() + len(crowd.services.store.runs.due(queued_for_s=0))),
                unit="calls",
                ours_at_most=0,
            )
        )
        for one in (engine, crowd):
            one.services.store.database.close()
    return figures


class Engine:
    """A store of its own, and the executor on it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        store = open_store(f"sqlite:///{folder / 'store.db'}", clock=_now)
        store.database.migrate()
        forge = MemoryForge(name="github", clock=_now)
        self.services = services_with(folder, forge=forge, clock=_now, queue=Lists(), store=store)

    def chain(self) -> None:
        """A run whose steps each take what the one before gave."""
        run_id = self._queued([_link(number) for number in range(STEPS)])
        execute(self.services, run_id, worker="bench:1")
        run = self.services.store.runs.get(run_id)
        assert run is not None
        assert run.status is RunStatus.COMPLETED

    def in_a_row(self) -> None:
        """The same functions, called."""
        value: object = "begin"
        for _ in range(STEPS):
            value = work(None, {"value": value})["value"]

    def have_waiting(self, count: int) -> None:
        """Runs that were begun and wait for somebody."""
        for _ in range(count):
            execute(self.services, self._queued([{"id": "ask", "uses": "ask"}]), worker="bench:1")

    def held(self) -> int:
        """How many runs a worker holds."""
        recent = self.services.store.runs.recent(limit=WAITING * 2)
        return sum(run.status is RunStatus.RUNNING or run.worker is not None for run in recent)

    def _queued(self, steps: list[dict[str, object]]) -> str:
        workflow = checked({"name": "bench", "inputs": {}, "steps": steps}, source="bench.yaml")
        run = self.services.store.runs.create(
            NewRun(
                id=str(uuid4()),
                workflow=to_data(workflow),
                inputs={},
                steps=[(plan.id, plan.uses) for plan in workflow.steps],
                requester=Actor(forge="github", account_id="1", login="ann"),
                thread=None,
                command_id=None,
                comment_id=None,
                organisation_id=None,
                project_name=None,
            )
        )
        return run.id


def _link(number: int) -> dict[str, object]:
    value = f"${{{{ steps.s{number - 1}.value }}}}" if number else "begin"
    return {"id": f"s{number}", "uses": "work", "with": {"value": value}}


def _now() -> datetime:
    return datetime.now(UTC)
