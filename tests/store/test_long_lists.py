"""Lists of projects and runs among thousands: the right rows, found without looking at the others.

Twenty homes have something old only, one has everything that is new. So whoever sees the twenty
would have to wait longest if lists were walked through from their newest end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Table, text

from bot.core.runs import ProjectStatus, RunStatus
from bot.store.engines import engines_for
from bot.store.models import OrganisationRow, ProjectRow, RunRow
from bot.store.port import Page, ProjectFilter, RunFilter, Store
from tests.store.looking import rows_looked_at, statements

ROWS, OLD, SHOWN = 6_000, 1_000, 10
OLD_HOMES = [f"repository:github:{number}" for number in range(20)]
NEW_HOME = "repository:github:new"
#: Who sees what.
SEEN: Mapping[str, list[str] | None] = {
    "everything": None,
    "the old": OLD_HOMES,
    "the old and the new": [*OLD_HOMES, NEW_HOME],
    "one old": OLD_HOMES[:1],
    "nothing": [],
}
PROJECTS: Mapping[str, dict[str, Any]] = {
    "all": {},
    "with archived ones": {"with_archived": True},
    "of a rare state": {"status": ProjectStatus.FAILED},
    "of a rare pack": {"pack": "rare"},
    "of an old organisation": {"organisation_id": str(UUID(int=1))},
    "of a pack and a state": {"pack": "rare", "status": ProjectStatus.FAILED},
}
RUNS: Mapping[str, dict[str, Any]] = {
    "all": {},
    "of a rare state": {"status": RunStatus.FAILED},
    "of an old organisation": {"organisation_id": str(UUID(int=1))},
}
Listed = Callable[[str | None], Page[Any]]


@pytest.fixture
def crowd(store: Store, url: str) -> Store:
    """A store in which much has happened. Rows by the thousand take too long by its own means."""
    now = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    organisation = {"forge": "github", "account_id": "1", "login": "acme", "is_person": False}
    organisation |= {"id": str(UUID(int=1)), "installation": "77", "created_at": now}
    actor = {"forge": "github", "account_id": "1", "login": "ada"}
    run = {"workflow": {}, "inputs": {}, "requester": actor, "created_at": now}
    project = {"created_by": "github:ada", "created_at": now, "updated_at": now}
    with engines_for(url).writing.begin() as connection:
        connection.execute(_table(OrganisationRow).insert(), [organisation])
        connection.execute(
            _table(ProjectRow).insert(),
            [{**project, **_project(number), "id": str(uuid4())} for number in range(ROWS)],
        )
        connection.execute(
            _table(RunRow).insert(),
            [{**run, **_run(number), "id": str(uuid4())} for number in range(ROWS)],
        )
    if not url.startswith("sqlite"):
        # As a server does by itself before long.
        with engines_for(url).looking.connect() as connection:
            connection.execute(text("SET default_transaction_read_only = off"))
            connection.execute(text("VACUUM (ANALYZE) projects, runs"))
            connection.invalidate()
    return store


def _common(number: int) -> dict[str, Any]:
    is_old = number < OLD
    home = OLD_HOMES[number % len(OLD_HOMES)] if is_old else NEW_HOME
    return {"home": home, "organisation_id": str(UUID(int=1)) if is_old else None}


def _project(number: int) -> dict[str, Any]:
    state = {1: "failed", 2: "archived"}.get(number % 40, "completed")
    return {
        **_common(number),
        "name": f"Orders {number}",
        "pack": "rare" if number < OLD and number % 7 == 0 else "usual",
        "status": "completed" if number >= OLD and state == "failed" else state,
    }


def _run(number: int) -> dict[str, Any]:
    return {
        **_common(number),
        "status": "failed" if number < OLD and number % 40 == 1 else "completed",
    }


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


def _projects(store: Store, seen: str, kind: str) -> Listed:
    wanted = ProjectFilter(homes=SEEN[seen], **PROJECTS[kind])
    return lambda after: store.projects.listed(wanted, after=after, limit=SHOWN)


def _runs(store: Store, seen: str, kind: str) -> Listed:
    wanted = RunFilter(homes=SEEN[seen], **RUNS[kind])
    return lambda after: store.runs.listed(wanted, after=after, limit=SHOWN)


CASES = [(_projects, kind) for kind in PROJECTS] + [(_runs, kind) for kind in RUNS]


def _paged(listed: Listed) -> list[Any]:
    """All items of a list, page by page."""
    items: list[Any] = []
    after: str | None = None
    while True:
        page = listed(after)
        items += page.items
        after = page.next
        if after is None:
            return items


def test_pages_of_a_list_are_together_what_was_asked_for(crowd: Store) -> None:
    for seen in ("the old", "one old", "nothing"):
        homes = SEEN[seen] or []
        for kind, chosen in PROJECTS.items():
            names = [project.name for project in _paged(_projects(crowd, seen, kind))]
            expected = [row for row in map(_project, range(OLD)) if _fits(row, homes, chosen)]
            assert names == [row["name"] for row in reversed(expected)], (seen, kind)


def _fits(row: Mapping[str, Any], homes: list[str], chosen: Mapping[str, Any]) -> bool:
    asked = {key: value for key, value in chosen.items() if key != "with_archived"}
    hidden = row["status"] == "archived" and "status" not in asked
    if hidden and not chosen.get("with_archived"):
        return False
    return row["home"] in homes and all(row[key] == value for key, value in asked.items())


def test_the_newest_of_many_homes_come_first(crowd: Store) -> None:
    names = [item.name for item in _projects(crowd, "the old and the new", "all")(None).items]
    there = (n for n in reversed(range(ROWS)) if _project(n)["status"] != "archived")
    assert names == [f"Orders {number}" for number in islice(there, SHOWN)]


@pytest.mark.parametrize("seen", SEEN)
def test_a_page_is_one_query_that_looks_at_few_rows(crowd: Store, url: str, seen: str) -> None:
    for make, kind in CASES:
        listed = make(crowd, seen, kind)
        first = listed(None)
        for after in (None, first.next or "500"):
            with statements() as sent:
                listed(after)
            assert len(sent) == 1
            looked_at = rows_looked_at(url, *sent[0])
            assert looked_at < 600, (make.__name__, kind, after, looked_at)


def test_text_is_looked_for_as_it_stands(crowd: Store) -> None:
    for asked, found in (("ORDERS 99", 11), ("%", 0), ("_", 0), ("/", 0)):
        wanted = ProjectFilter(homes=OLD_HOMES, text=asked, with_archived=True)
        assert len(crowd.projects.listed(wanted, limit=100).items) == found, asked
