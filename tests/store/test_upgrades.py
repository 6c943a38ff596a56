"""Databases that older versions filled go on working."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from bot.core.runs import PlanStatus, RunStatus, StepStatus
from bot.store import migration
from bot.store.engines import engines_for
from bot.store.opening import open_store
from bot.store.port import Crowd, Store
from tests.store.making import ADA, new_plan, queued

NOW = "2026-11-22 09:30:00.000000"
LATER = "2099-01-01 00:00:00.000000"
RUN = {
    "lease_number": 0,
    "workflow": json.dumps({"name": "generate", "steps": []}),
    "inputs": json.dumps({"pack": "python-package"}),
    "requester": json.dumps({"forge": "github", "account_id": "1", "login": "ada"}),
    "created_at": NOW,
}
STEP = {"position": 0, "step_id": "files", "uses": "file_generation", "attempts": 1}


def insert(connection: Connection, table: str, **values: object) -> None:
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)


@pytest.fixture
def first_version(empty_url: str) -> Iterator[tuple[Store, Mapping[str, str]]]:
    """A store as the first version left it, not yet brought up to date, and its runs."""
    runs = {name: str(uuid4()) for name in ("queued", "waiting", "failed", "completed", "left")}
    if empty_url.startswith("sqlite"):
        Path(empty_url.removeprefix("sqlite:///")).touch()
    engine = engines_for(empty_url).writing
    with engine.begin() as connection:
        migration.run(connection, "0001")
        fill(connection, runs)
    engine.dispose()
    store = open_store(empty_url)
    yield store, runs
    store.database.close()


def fill(connection: Connection, runs: Mapping[str, str]) -> None:
    insert(
        connection,
        "organisations",
        id="o1",
        forge="github",
        account_id="10",
        login="acme",
        is_person=False,
        installation="99",
        created_at=NOW,
    )
    failure = json.dumps({"reason": "r", "message": "m", "remedy": ""})
    states: dict[str, dict[str, object]] = {
        "queued": {"status": "queued", "due_at": NOW, "organisation_id": "o1"},
        "waiting": {"status": "waiting", "due_at": LATER, "waiting_for": "the pace"},
        "failed": {"status": "failed", "finished_at": NOW, "failure": failure},
        "completed": {"status": "completed", "finished_at": NOW},
        "left": {"status": "running", "due_at": NOW, "lease_number": 3, "worker": "w0"},
    }
    for name, state in states.items():
        insert(connection, "runs", id=runs[name], **{**RUN, **state})
        done = name == "completed"
        insert(
            connection,
            "steps",
            run_id=runs[name],
            **STEP,
            status="completed" if done else "failed" if name == "failed" else "pending",
            outputs=json.dumps({"project": "p"}) if done else None,
        )
        insert(
            connection,
            "events",
            run_id=runs[name],
            subject=f"run:{runs[name]}",
            kind="run_queued",
            data="{}",
            at=NOW,
        )


def test_what_the_first_version_kept_is_read(
    first_version: tuple[Store, Mapping[str, str]],
) -> None:
    store, runs = first_version
    problem = store.database.schema_problem()
    assert problem is not None
    assert "firstcommit migrate" in problem
    store.database.migrate()
    found = {name: store.runs.get(run_id) for name, run_id in runs.items()}
    for run in found.values():
        assert run is not None
        assert (run.source, run.policy, run.destination) == ({}, {}, "")
        assert (run.outputs, run.worked_s, run.parts, run.requester) == (None, 0, (), ADA)
        assert (run.step("files").round, run.step("files").inputs) == (0, None)
        assert [event.kind for event in store.runs.events(run.id)] == ["run_queued"]
    assert found["completed"] is not None
    assert found["completed"].step("files").outputs == {"project": "p"}
    assert found["waiting"] is not None
    assert found["waiting"].waiting_for == "the pace"


def test_runs_of_the_first_version_go_on(
    first_version: tuple[Store, Mapping[str, str]],
) -> None:
    store, runs = first_version
    store.database.migrate()
    assert set(store.runs.due(queued_for_s=0)) == {runs["queued"], runs["left"]}
    assert store.runs.wake(runs["waiting"])
    store.runs.retry(runs["failed"])
    store.runs.retry(runs["completed"], steps=["files"])
    taken = 0
    while (chosen := store.runs.choose(runs["queued"], crowd=Crowd())) is not None:
        run = store.runs.lease(chosen, worker="w", lease_s=60, crowd=Crowd())
        assert run is not None
        number = run.lease_number
        store.runs.step_started(run.id, number, "files", inputs={})
        store.plans.propose(new_plan(run), number=number)
        store.runs.step_completed(run.id, number, "files", {})
        store.runs.finish(run.id, number, RunStatus.COMPLETED, outputs={})
        taken += 1
    assert taken == len(runs)
    again = store.runs.get(runs["left"])
    assert again is not None
    assert (again.lease_number, again.step("files").status) == (4, StepStatus.COMPLETED)
    assert [plan.status for plan in store.plans.of_run(again.id)] == [PlanStatus.LAPSED]


def test_old_runs_share_workers_with_new_ones(
    first_version: tuple[Store, Mapping[str, str]],
) -> None:
    store, runs = first_version
    store.database.migrate()
    alone = Crowd(per_organisation=1)
    # It was asked for by the same person, and is still held as far as anybody knows.
    assert store.runs.lease(queued(store).id, worker="w", lease_s=9, crowd=alone) is None
    assert store.runs.lease(runs["queued"], worker="w", lease_s=9, crowd=alone) is not None


def test_a_filled_database_can_go_down_and_up_again(
    first_version: tuple[Store, Mapping[str, str]], empty_url: str
) -> None:
    store, runs = first_version
    store.database.migrate()
    assert store.runs.lease(runs["left"], worker="w", lease_s=60)
    store.runs.add_parts(runs["left"], 4, "files", 2)
    store.database.close()
    engine = engines_for(empty_url).writing
    with engine.begin() as connection:
        migration.run(connection, "0001")
        steps = connection.scalars(text("SELECT step_id FROM steps"))
        assert set(steps) == {"files"}
    engine.dispose()
    store.database.migrate()
    assert len(store.runs.recent()) == len(runs)


def test_a_filled_file_is_copied_first(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    file.touch()
    engine = engines_for(f"sqlite:///{file}").writing
    with engine.begin() as connection:
        migration.run(connection, "0001")
        fill(
            connection,
            {name: name for name in ("queued", "waiting", "failed", "completed", "left")},
        )
    engine.dispose()
    store = open_store(f"sqlite:///{file}")
    newest = store.database.migrate()
    store.database.close()
    copy = engines_for(f"sqlite:///{tmp_path / f'store.db.before-{newest}'}").writing
    with copy.begin() as connection:
        assert connection.scalars(text("SELECT version_num FROM alembic_version")).all() == ["0001"]
        assert len(connection.scalars(text("SELECT id FROM runs")).all()) == 5
    copy.dispose()
