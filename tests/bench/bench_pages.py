"""The list of runs at 10,000 and at 100,000 rows, beside the query that it stands on.

``page`` is the whole request: session, query, HTML. ``store`` is the list as values, without HTML.
The bare query fetches the same columns of the same rows by the driver alone.
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from flask.testing import FlaskClient

from bot.core.runs import RunStatus
from bot.store.port import RunFilter
from tests.bench.figures import Figure
from tests.bench.turns import UNITS, Turns, in_turns
from tests.web.world import World

FEW, MANY = 10_000, 100_000
SHOWN = 50
ROUNDS = 15
NEWEST = (
    "SELECT serial, id, status, workflow_name, inputs, repository, thread_number, thread, "
    f"created_at, started_at, finished_at FROM runs ORDER BY serial DESC LIMIT {SHOWN + 1}"
)


def measure() -> list[Figure]:
    """Both sizes, and what ten times as many rows cost."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        run = world.start(world.open_thread())
        world.store.runs.lease(run.id, worker="w1", lease_s=60)
        world.store.runs.finish(run.id, 1, RunStatus.COMPLETED, None)
        browser, file = world.browser(), Path(folder) / "store.db"
        with closing(sqlite3.connect(file)) as connection:
            _multiply(connection, run.id, FEW)
            few = _in_turns(world, browser, connection)
            _multiply(connection, run.id, MANY)
            many = _in_turns(world, browser, connection)
        world.store.database.close()
    return [
        few.figure(
            f"list of {SHOWN} among {FEW:,} runs, as values; bare: its query",
            ours="store",
            bare="bare",
            ratio_at_most=3.0,
        ),
        few.figure(
            f"page of {SHOWN} among {FEW:,} runs; bare: its query", ours="page", bare="bare"
        ),
        _growth(few, many),
    ]


def _growth(few: Turns, many: Turns) -> Figure:
    before, after = few.median_s("page"), many.median_s("page")
    return Figure(
        what=f"the same page among {MANY:,} runs; bare: among {FEW:,}",
        ours=after * UNITS["ms"],
        bare=before * UNITS["ms"],
        ratio=after / before,
        ratio_at_most=1.5,
        unit="ms",
    )


def _in_turns(world: World, browser: FlaskClient, connection: sqlite3.Connection) -> Turns:
    def page() -> None:
        assert browser.get("/runs").status_code == 200

    def bare() -> None:
        assert connection.execute(NEWEST).fetchall()

    return in_turns(
        rounds=ROUNDS,
        calls_a_round=3,
        warm_up=6,
        page=page,
        store=lambda: world.store.runs.lines(RunFilter(homes=None), limit=SHOWN),
        bare=bare,
    )


def _multiply(connection: sqlite3.Connection, run_id: str, wanted: int) -> None:
    """Copy a run and its steps until there are so many, ten to a thread."""
    (there,) = connection.execute("SELECT count(*) FROM runs").fetchone()
    numbers = [
        (f"{number:08}-0000-4000-8000-000000000000", number // 10)
        for number in range(there, wanted)
    ]
    own = {"serial": "NULL", "id": "?1", "command_id": "NULL", "project_id": "NULL"}
    own["thread_number"] = "?2"
    with connection:
        connection.executemany(
            f"INSERT INTO runs SELECT {_columns(connection, 'runs', own)} FROM runs "
            f"WHERE id = '{run_id}'",
            numbers,
        )
        connection.executemany(
            f"INSERT INTO steps SELECT {_columns(connection, 'steps', {'run_id': '?1'})} "
            f"FROM steps WHERE run_id = '{run_id}'",
            [(copy,) for copy, _ in numbers],
        )


def _columns(connection: sqlite3.Connection, table: str, own: dict[str, str]) -> str:
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    return ", ".join(own.get(name, name) for name in names)
