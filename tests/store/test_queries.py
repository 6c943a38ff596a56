"""How many queries a method takes, and that each finds its rows by an index."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from bot.core.access_scopes import DEFAULT
from bot.core.identity import Actor
from bot.core.runs import PlanStatus, RunStatus
from bot.store.engines import engines_for
from bot.store.models import DeliveryRow, RunRow
from bot.store.port import (
    Crowd,
    DeliveryFilter,
    DeliveryStatus,
    Hook,
    NewToken,
    ProjectFilter,
    RunFilter,
    Store,
    Whose,
)
from tests.store.hooking import DELIVERED, hook, settled, taken
from tests.store.looking import rows_looked_at, statements
from tests.store.making import (
    ADA,
    claim,
    project_of,
    proposed,
    queued,
    running,
    save,
    text_file,
    thread,
)
from tests.store.test_budgets import ANSWERED, reserved
from tests.store.test_questions import asked

#: Reading every row of these is what the method is for, or they have a handful of rows.
SMALL = ("organisations", "installations")
HOMES = ("repository:github:20", "account:github:1")

READS: dict[str, Callable[[Store, str, str], object]] = {
    "deliveries.due": lambda store, run, project: store.deliveries.due(older_than_s=1),
    "deliveries.get": lambda store, run, project: store.deliveries.get("d"),
    "deliveries.listed": lambda store, run, project: store.deliveries.listed(
        DeliveryFilter(status=DeliveryStatus.FAILED), after="9"
    ),
    "deliveries.recent": lambda store, run, project: store.deliveries.recent(),
    "commands.answered_since": lambda store, run, project: store.commands.answered_since(
        ADA, datetime(2026, 1, 1, tzinfo=UTC)
    ),
    "runs.get": lambda store, run, project: store.runs.get(run),
    "runs.in_thread": lambda store, run, project: store.runs.in_thread(thread()),
    "runs.newest_statuses": lambda store, run, project: store.runs.newest_statuses(
        "github", [("20", 7), ("21", 8)]
    ),
    "runs.lines": lambda store, run, project: store.runs.lines(RunFilter(homes=["a", "b"])),
    "runs.recent": lambda store, run, project: store.runs.recent(),
    "runs.due": lambda store, run, project: store.runs.due(queued_for_s=1),
    "runs.recent of a state": lambda store, run, project: store.runs.recent(
        status=RunStatus.WAITING, before=run
    ),
    "runs.named": lambda store, run, project: store.runs.named(run[:6]),
    "runs.choose": lambda store, run, project: store.runs.choose(run, crowd=Crowd(per_thread=1)),
    "runs.attempts": lambda store, run, project: store.runs.attempts(run),
    "plans.get": lambda store, run, project: store.plans.get("p"),
    "plans.pending": lambda store, run, project: store.plans.pending(thread()),
    "plans.newest": lambda store, run, project: store.plans.newest(thread()),
    "plans.of_run": lambda store, run, project: store.plans.of_run(run),
    "secrets.listed": lambda store, run, project: store.secrets.listed("github", "acme"),
    "known_files.get": lambda store, run, project: store.known_files.get("github", "20", "p"),
    "runs.unreported": lambda store, run, project: store.runs.unreported(finished_for_s=1),
    "runs.events": lambda store, run, project: store.runs.events(run),
    "runs.cancel_requested": lambda store, run, project: store.runs.cancel_requested(run),
    "ledger.of": lambda store, run, project: store.ledger.of(f"run:{run}"),
    "ledger.find": lambda store, run, project: store.ledger.find(f"run:{run}", "k"),
    "runs.listed": lambda store, run, project: store.runs.listed(RunFilter(homes=None)),
    "runs.listed of homes": lambda store, run, project: store.runs.listed(
        RunFilter(homes=HOMES, status=RunStatus.FAILED), after="9"
    ),
    "runs.listed of a project": lambda store, run, project: store.runs.listed(
        RunFilter(homes=HOMES, project_id=project)
    ),
    "projects.listed": lambda store, run, project: store.projects.listed(ProjectFilter(homes=None)),
    "projects.listed of homes": lambda store, run, project: store.projects.listed(
        ProjectFilter(homes=HOMES), after="9"
    ),
    "projects.listed of a name": lambda store, run, project: store.projects.listed(
        ProjectFilter(homes=HOMES, text="100%")
    ),
    "projects.files_page": lambda store, run, project: store.projects.files_page(
        project, prefix="src/", type="text/*", after="src/a.py"
    ),
    "projects.folder": lambda store, run, project: store.projects.folder(project, "src/"),
    "projects.file": lambda store, run, project: store.projects.file(project, "a.py"),
    "projects.get": lambda store, run, project: store.projects.get(project),
    "projects.recent": lambda store, run, project: store.projects.recent(),
    "projects.files": lambda store, run, project: store.projects.files(project),
    "projects.files of a snapshot": lambda store, run, project: store.projects.files(
        project, snapshot=1
    ),
    "exports.get": lambda store, run, project: store.exports.get("e"),
    "exports.listed": lambda store, run, project: store.exports.listed(project, before="e"),
    "exports.of_project": lambda store, run, project: store.exports.of_project(project),
    "hooks.get": lambda store, run, project: store.hooks.get("h"),
    "hooks.listed": lambda store, run, project: store.hooks.listed(
        Whose(organisation_ids=frozenset("o"), homes=frozenset("h"))
    ),
    "hook_deliveries.due": lambda store, run, project: store.hook_deliveries.due(),
    "hook_deliveries.ended": lambda store, run, project: store.hook_deliveries.ended(within_s=60),
    "hook_deliveries.get": lambda store, run, project: store.hook_deliveries.get("d"),
    "hook_deliveries.listed": lambda store, run, project: store.hook_deliveries.listed("h"),
    "organisations.find": lambda store, run, project: store.organisations.find("github", "1"),
    "places.on": lambda store, run, project: store.places.on("github"),
    "places.on since": lambda store, run, project: store.places.on(
        "github", since=datetime(2026, 1, 1, tzinfo=UTC)
    ),
    "places.get": lambda store, run, project: store.places.get(HOMES[0]),
    "persons.get": lambda store, run, project: store.persons.get("p"),
    "persons.of_account": lambda store, run, project: store.persons.of_account("github", "1"),
    "budgets.balances": lambda store, run, project: store.budgets.balances(["run:1", "server:1"]),
    "budgets.history": lambda store, run, project: store.budgets.history("generate"),
    "model_calls.get": lambda store, run, project: store.model_calls.get(run, "c"),
    "model_calls.of_run": lambda store, run, project: store.model_calls.of_run(run, after="1"),
    "model_calls.repeats": lambda store, run, project: store.model_calls.repeats(
        run, 1, "files", "file", "a" * 64
    ),
    "model_calls.sums": lambda store, run, project: store.model_calls.sums(within_s=60),
    "questions.get": lambda store, run, project: store.questions.get("q"),
    "questions.of_run": lambda store, run, project: store.questions.of_run(run),
    "questions.open_of_thread": lambda store, run, project: store.questions.open_of_thread(
        thread()
    ),
    "tokens.find": lambda store, run, project: store.tokens.find("0" * 64),
    "tokens.listed": lambda store, run, project: store.tokens.listed("p", before="t"),
    "tokens.listed of the operator": lambda store, run, project: store.tokens.listed(None),
    "tokens.everybodys": lambda store, run, project: store.tokens.everybodys(before="t"),
}
WRITES: dict[str, Callable[[Store, str, str], object]] = {
    "deliveries.purge": lambda store, run, project: store.deliveries.purge(),
    "projects.collect_blobs": lambda store, run, project: store.projects.collect_blobs(),
    "organisations.erase_removed": lambda store, run, project: store.organisations.erase_removed(),
    "runs.lease": lambda store, run, project: store.runs.lease(
        queued(store).id, worker="w", lease_s=9, crowd=Crowd()
    ),
    "runs.step_started": lambda store, run, project: store.runs.step_started(
        running(store).id, 1, "files"
    ),
    "runs.step_completed": lambda store, run, project: store.runs.step_completed(
        running(store).id, 1, "files", {}
    ),
    "runs.add_parts": lambda store, run, project: store.runs.add_parts(
        running(store).id, 1, "files", 2
    ),
    "runs.retry": lambda store, run, project: store.runs.retry(run, steps=["files"]),
    "plans.propose": lambda store, run, project: proposed(store, running(store, at=thread())),
    "plans.decide": lambda store, run, project: store.plans.decide(
        proposed(store, running(store)).id, PlanStatus.APPROVED, by="github:bob"
    ),
    "budgets.reserve": lambda store, run, project: reserved(store, running(store)),
    "budgets.settle": lambda store, run, project: store.budgets.settle(
        reserved(store, running(store)), ANSWERED
    ),
    "budgets.settle_abandoned": lambda store, run, project: store.budgets.settle_abandoned(
        older_than_s=1
    ),
    "budgets.purge": lambda store, run, project: store.budgets.purge(before_day="2026-01-01"),
    "model_calls.purge_texts": lambda store, run, project: store.model_calls.purge_texts(),
    "questions.ask": lambda store, run, project: asked(store),
    "questions.answer": lambda store, run, project: store.questions.answer(
        asked(store).id, "yes", by=ADA
    ),
    "secrets.take": lambda store, run, project: store.secrets.take("github", "acme", "HOOK"),
    "known_files.bad": lambda store, run, project: store.known_files.bad(
        "github", "20", "p", version="a", problem="x"
    ),
    "hooks.remove": lambda store, run, project: store.hooks.remove("h"),
    "hook_deliveries.take": lambda store, run, project: taken(store, told_of(store)),
    "hook_deliveries.settle": lambda store, run, project: settled(store, told_of(store), DELIVERED),
    "hook_deliveries.purge": lambda store, run, project: store.hook_deliveries.purge(),
    "deliveries.claim": lambda store, run, project: claim(store),
    "sign_ins.use": lambda store, run, project: store.sign_ins.use("sesame"),
    "persons.signed_in": lambda store, run, project: store.persons.signed_in(ADA),
    "persons.link": lambda store, run, project: store.persons.link(
        store.persons.signed_in(ADA).id, Actor(forge="gitlab", account_id="7", login="ada")
    ),
    "tokens.add": lambda store, run, project: store.tokens.add(
        NewToken(
            person_id=store.persons.signed_in(ADA).id,
            name="ci",
            sha256="0" * 64,
            beginning="fc_",
            scopes=DEFAULT,
            expires_at=datetime(2099, 1, 1, tzinfo=UTC),
        )
    ),
    "tokens.revoke": lambda store, run, project: store.tokens.revoke("t", "p"),
}


def told_of(store: Store) -> Hook:
    """A hook to which something is due."""
    hears = hook(store)
    queued(store)
    return hears


@pytest.mark.parametrize("count", [1, 40])
def test_lists_take_as_many_queries_for_one_as_for_many(store: Store, count: int) -> None:
    for _ in range(count):
        queued(store, at=thread())
    for read in (store.runs.recent, store.projects.recent, lambda: store.runs.in_thread(thread())):
        with statements() as sent:
            assert len(read()) == min(count, 20) or len(read()) == count
        assert len(sent) <= 4


def test_an_event_costs_one_query_where_nobody_listens_and_three_statements_for_any_number(
    store: Store,
) -> None:
    costs = []
    for count in (0, 1, 9):
        for _ in range(count):
            hook(store)
        run = running(store)
        save(store, run, text_file("a.py"))
        with statements() as sent:
            store.projects.complete(project_of(run), run_id=run.id, number=1)
        costs.append(len(sent))
        assert len([each for each, _ in sent if "FROM hooks" in each]) == 1
    assert costs[1] == costs[2] <= costs[0] + 2


def test_a_fresh_claim_is_two_statements_and_a_duplicate_two(store: Store) -> None:
    with statements() as fresh:
        claim(store)
    with statements() as duplicate:
        claim(store)
    assert (len(fresh), len(duplicate)) == (2, 2)


@pytest.mark.parametrize("name", [*READS, *WRITES])
def test_rows_are_found_by_an_index(sqlite_url: str, name: str) -> None:
    from bot.store.opening import open_store

    store = open_store(sqlite_url)
    run = running(store, at=thread())
    save(store, run, text_file("a.py"))
    store.runs.finish(run.id, 1, RunStatus.COMPLETED)
    claim(store)
    with statements() as sent:
        (READS | WRITES)[name](store, run.id, project_of(run))
    scans = [
        line
        for statement, parameters in sent
        for line in _plan(sqlite_url, statement, parameters)
        if line.startswith("SCAN") and not _is_fine(line, statement)
    ]
    assert sent
    assert scans == []


@pytest.mark.parametrize("ask", ["runs.due", "runs.choose"])
def test_runs_that_wait_for_somebody_cost_nothing(store: Store, url: str, ask: str) -> None:
    run = running(store, at=thread())
    _let_wait(url, 10_000)
    with statements() as sent:
        READS[ask](store, run.id, project_of(run))
    looked_at = [rows_looked_at(url, *each) for each in sent]
    assert looked_at
    assert max(looked_at) < 100


def _let_wait(url: str, count: int) -> None:
    """Runs of which half wait for somebody, and half for a time to come."""
    now = datetime.now(UTC)
    row = {"lease_number": 0, "created_at": now, "status": "waiting", "party": "o"}
    row |= {"workflow": {}, "inputs": {}, "source": {}, "policy": {}, "destination": ""}
    row |= {"requester": {"forge": "github", "account_id": "1", "login": "ada"}}
    dues = [None, now + timedelta(days=7)]
    rows = [{**row, "id": str(uuid4()), "due_at": dues[number % 2]} for number in range(count)]
    with engines_for(url).writing.begin() as connection:
        connection.execute(RunRow.__table__.insert(), rows)
        if not url.startswith("sqlite"):
            # As a server does by itself before long; nobody does it to a file.
            connection.execute(text("ANALYZE runs"))


@pytest.mark.parametrize(
    "wanted",
    [
        DeliveryFilter(status=DeliveryStatus.FAILED),
        DeliveryFilter(forge="gitlab"),
        DeliveryFilter(kind="push"),
        DeliveryFilter(forge="github", kind="push", status=DeliveryStatus.DONE),
    ],
)
def test_a_delivery_that_is_rare_is_found_among_many(
    store: Store, url: str, wanted: DeliveryFilter
) -> None:
    _let_arrive(url, 10_000)
    with statements() as sent:
        store.deliveries.listed(wanted)
    looked_at = [rows_looked_at(url, *each) for each in sent]
    assert looked_at
    assert max(looked_at) < 100


def _let_arrive(url: str, count: int) -> None:
    """Deliveries that are all of one kind."""
    now = datetime.now(UTC)
    row = {"forge": "github", "kind": "issue_comment", "status": "done", "attempts": 1, "note": ""}
    row |= {"body_sha256": "0" * 64, "received_at": now, "waiting_since": now}
    rows = [{**row, "id": str(uuid4()), "delivery_id": str(number)} for number in range(count)]
    with engines_for(url).writing.begin() as connection:
        connection.execute(DeliveryRow.__table__.insert(), rows)
        if not url.startswith("sqlite"):
            connection.execute(text("ANALYZE deliveries"))


def _plan(url: str, statement: str, parameters: Any) -> list[str]:
    engine = engines_for(url).reading
    many = parameters if isinstance(parameters, list) else [parameters]
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", tuple(many[0]))
        return [str(row[3]) for row in rows]


def _is_fine(line: str, statement: str) -> bool:
    # The newest few in the order of the table itself need no index.
    by_serial = "ORDER BY" in statement and "serial DESC" in statement and "LIMIT" in statement
    is_what_was_sent = line.endswith("CONSTANT ROWS")
    # All that such an index has is what is asked for: the few calls that are under way.
    is_whole = line.endswith("USING INDEX ix_model_calls_unsettled")
    return by_serial or is_what_was_sent or is_whole or any(table in line for table in SMALL)
