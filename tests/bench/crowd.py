"""A database with as much in it as a large installation has, made by the database itself.

Rows are written by a few statements that both databases understand; what they spell differently
stands in `Driver`. Projects and runs have homes and organisations in such shares that there are
people who see all of them, half, one in a hundred, and a few of the oldest only.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg
import yaml

from bot.core.homes import repository_home
from bot.core.identity import (
    Actor,
    Repository,
    Thread,
    actor_to_dict,
    repository_to_dict,
    thread_to_dict,
)
from tests.parts import ROOT

HOMES = 50
ORGANISATIONS = 5
OLD = 100
#: So many files has the first project, so many each of the others.
LARGE, USUAL = 5_000, 1_000
RARE_PACK, RARE_TEXT = "cobol-service", "needle"
_SERIES = """WITH RECURSIVE series(n) AS (
    SELECT CAST(%s AS bigint) UNION ALL SELECT n + 1 FROM series WHERE n < %s)"""
_PROJECTS = """
    INSERT INTO projects (id, organisation_id, run_id, home, name, pack, status, total_files,
        total_size, snapshot, created_by, created_at, updated_at, completed_at)
    {series}
    SELECT {id}, organisation, {run}, home, {name}, {pack}, {status}, 1000,
        1000000, 1, 'github:ann', %s, %s, %s
    FROM series JOIN bench_homes ON number = {number} ORDER BY n"""
_RUNS = """
    INSERT INTO runs (id, organisation_id, project_id, home, status, forge, repository_id,
        thread_number, lease_number, worked_s, woken, party, destination, workflow_name,
        workflow, inputs, source, policy, requester, repository, thread, outputs,
        created_at, started_at, finished_at, reported_at)
    {series}
    SELECT {run}, organisation, {id}, home, {status}, 'github', repository, n, 1, 1.5, {no}, 'o',
        '', 'generate', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s
    FROM series JOIN bench_homes ON number = {number} ORDER BY n"""
_STEPS = """
    INSERT INTO steps (run_id, position, step_id, uses, status, attempts, round, inputs, outputs,
        started_at, finished_at)
    {series}
    SELECT {run}, position, 'step' || position, 'file_generation', 'completed', 1, 0, %s, %s, %s, %s
    FROM series CROSS JOIN (SELECT 0 AS position UNION ALL SELECT 1 UNION ALL SELECT 2
        UNION ALL SELECT 3 UNION ALL SELECT 4) AS positions ORDER BY n, position"""
_FILES = """
    INSERT INTO project_files (project_id, path, id, name, type, size, mode, content_hash, preview,
        origin, created_at, updated_at)
    {series}
    SELECT {id}, {path}, {file}, 'part.py', {type}, 1000, 33188, {hash}, %s, 'agent', %s, %s
    FROM (SELECT n AS f FROM series) AS files"""
_HASHED = "(n * 7919 %% 100)"
_WORDS = {
    "series": _SERIES,
    "number": f"CASE WHEN n <= {OLD} THEN 1 WHEN {_HASHED} = 0 THEN 0 "
    f"ELSE 2 + {_HASHED} %% {HOMES - 2} END",
    "name": f"CASE WHEN n %% 2000 = 3 THEN '{RARE_TEXT}-' ELSE 'Orders-' END || n",
    "pack": f"CASE WHEN n %% 1000 = 7 THEN '{RARE_PACK}' ELSE 'pack-' || (n %% 5) END",
    "path": "'src/group' || (f / 100) || '/part' || f || '.py'",
    "type": "CASE WHEN f %% 1000 = 500 THEN 'image/png' ELSE 'text/x-python' END",
}


@dataclass(frozen=True, kw_only=True)
class Driver:
    """A database without us: the driver's own connection, and how it spells things."""

    name: str
    connection: Any
    hex: str
    find: str
    false: str
    mark: str

    def fetch(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """The rows that a statement gives."""
        found: list[Any] = self.connection.execute(self._spelled(statement), values).fetchall()
        return found

    def run(self, statement: str, values: Sequence[object] = ()) -> None:
        """Carry out a statement that gives none."""
        self.connection.execute(self._spelled(statement), values)

    def by(self, table: str, index: str) -> str:
        """A table to be read by an index: SQLite has to be told, a server counts its rows."""
        return f"{table} INDEXED BY {index}" if index and self.name == "SQLite" else table

    def id(self, kind: int, number: str) -> str:
        """The expression of an id of a row, scattered as true ids are."""
        scattered = f"({number} * 2654435761 %% 4294967296)"
        first, last = self.digits(scattered, 8), self.digits(number, 12)
        return f"{first} || '-000{kind}-4000-8000-' || {last}"

    def digits(self, number: str, digits: int) -> str:
        """The expression of a number in hex."""
        return self.hex.format(number=number, digits=digits)

    def _spelled(self, statement: str) -> Any:
        if self.mark != "%s":
            return statement.replace("%s", self.mark).replace("%%", "%")
        return cast(LiteralString, statement)


def on_file(file: Path) -> Driver:
    """SQLite by the standard library, set up as ours is."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous = NORMAL")
    return Driver(
        name="SQLite",
        connection=connection,
        find="instr",
        hex="printf('%%0{digits}x', {number})",
        false="0",
        mark="?",
    )


def on_server(url: str) -> Driver:
    """PostgreSQL by psycopg."""
    return Driver(
        name="PostgreSQL",
        connection=psycopg.connect(url, autocommit=True),
        find="strpos",
        hex="lpad(to_hex({number}), {digits}, '0')",
        false="false",
        mark="%s",
    )


@dataclass(frozen=True, kw_only=True)
class Home:
    """A repository whose people see something, and the organisation that it belongs to."""

    repository: Repository
    organisation_id: str

    @property
    def home(self) -> str:
        """As rows have it."""
        return repository_home(self.repository)


class Crowd:
    """Fills a database that has its tables, the homes and the organisations already."""

    def __init__(self, driver: Driver, homes: Sequence[Home]) -> None:
        self._driver = driver
        self._somewhere = homes[0].repository
        self._at = datetime(2026, 11, 22, 9, 30, tzinfo=UTC).isoformat(" ")
        if driver.name == "SQLite":
            self._at = "2026-11-22 09:30:00.000000"
        driver.run(
            "CREATE TEMPORARY TABLE bench_homes "
            "(number bigint PRIMARY KEY, home text, repository text, organisation text)"
        )
        for number, home in enumerate(homes):
            values = (number, home.home, home.repository.id, home.organisation_id)
            driver.run("INSERT INTO bench_homes VALUES (%s, %s, %s, %s)", values)
            told = json.dumps(repository_to_dict(home.repository))
            driver.run(
                "INSERT INTO places (home, forge, repository, organisation_id, used_at) "
                "VALUES (%s, 'github', %s, %s, %s)",
                (home.home, told, home.organisation_id, self._at),
            )

    def add_projects(self, first: int, last: int) -> None:
        """Projects of these numbers, each with the run that made it."""
        at = self._at
        self._fill(_PROJECTS, first, last, [at] * 3)
        told = {"repository": {"url": "https://forge.example/acme/orders", "full_name": "a/b"}}
        actor = actor_to_dict(Actor(forge="github", account_id="1", login="ann"))
        asked = {"pack": "p", "answers": {"name": "orders"}}
        thread = Thread(repository=self._somewhere, number=7, url="https://forge.example/7")
        where = (repository_to_dict(self._somewhere), thread_to_dict(thread))
        values = (_workflow(), asked, {}, {}, actor, *where, told)
        texts = [json.dumps(value) for value in values]
        self._fill(_RUNS, first, last, [*texts, *[at] * 4])
        self._fill(_STEPS, first, last, [json.dumps(told), json.dumps(told), at, at])

    def add_files(self, first: int, last: int) -> None:
        """Files for projects of these numbers."""
        for project in range(first, last + 1):
            count = LARGE if project == 1 else USUAL
            values = ["value = 1\n" * 20, self._at, self._at]
            self._fill(_FILES, 0, count - 1, values, p=str(project))

    def settle(self) -> None:
        """What a server does by itself before long."""
        if self._driver.name == "PostgreSQL":
            self._driver.run("VACUUM (ANALYZE) projects, runs, steps, project_files")

    def project(self, number: int) -> str:
        """The id of a project."""
        (row,) = self._driver.fetch(f"SELECT {self._driver.id(1, str(number))}", ())
        return str(row[0])

    def _fill(
        self, statement: str, first: int, last: int, values: list[object], p: str = "n"
    ) -> None:
        driver = self._driver
        spelled = statement.format(
            **_WORDS,
            status=_status("archived" if "INTO projects" in statement else "cancelled"),
            id=driver.id(1, p),
            run=driver.id(2, "n"),
            file=driver.id(3, f"(f + {LARGE} * {p})") if p != "n" else "",
            hash=f"{driver.digits('f', 32)} || {driver.digits('f', 32)}",
            no=driver.false,
        )
        # A statement names its series before everything else that is given.
        driver.run(spelled, [first, last, *values])


def _status(put_away: str) -> str:
    return (
        "CASE WHEN n %% 50 = 1 THEN 'failed' "
        f"WHEN n %% 20 = 11 THEN '{put_away}' ELSE 'completed' END"
    )


def _workflow() -> Any:
    text = (ROOT / "config" / "workflows" / "generate.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)
