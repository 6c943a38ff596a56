"""The database itself: opened, away, forked, described."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import ConfigurationError, StoreUnavailable
from bot.store.engines import engines_for
from bot.store.opening import open_store
from bot.store.port import RunFilter, Store
from tests import parts
from tests.store.making import claim, queued, text_file

CALLS: dict[str, Callable[[Store], object]] = {
    "ping": lambda store: store.database.ping(),
    "claim": claim,
    "recent": lambda store: store.runs.recent(),
    "save_files": lambda store: store.projects.save_files(
        "p", [text_file("a.py")], run_id="r", number=1
    ),
    "use": lambda store: store.sign_ins.use("sesame"),
}


def test_a_database_that_is_there_answers(store: Store) -> None:
    store.database.ping()


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("kind", ["no folder", "a folder", "no database", "no server"])
def test_a_database_that_is_away_is_unavailable(tmp_path: Path, kind: str, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("This is a letter, and no database at all. " * 100)
    address = {
        "no folder": f"sqlite:///{tmp_path / 'nowhere' / 'store.db'}",
        "a folder": f"sqlite:///{tmp_path / 'folder'}",
        "no database": f"sqlite:///{tmp_path / 'text'}",
        "no server": f"postgresql://u:hush@127.0.0.1:{parts.free_port()}/store",
    }[kind]
    store = open_store(address)
    with pytest.raises(StoreUnavailable) as refused:
        CALLS[name](store)
    assert "hush" not in str(refused.value)


def test_migrating_a_server_that_is_away_is_unavailable() -> None:
    store = open_store(f"postgresql://u@127.0.0.1:{parts.free_port()}/store")
    with pytest.raises(StoreUnavailable):
        store.database.migrate()
    with pytest.raises(StoreUnavailable):
        store.database.schema_problem()


def test_a_file_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    with pytest.raises(StoreUnavailable):
        store.database.ping()
    assert list(tmp_path.iterdir()) == []


def test_a_connection_that_the_server_closed_is_replaced(postgres_url: str) -> None:
    store = open_store(postgres_url)
    store.database.migrate()
    claim(store)
    store.database.ping()
    run = queued(store)
    assert store.runs.listed(RunFilter(homes=None)).items
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    # Nobody asks of this one beforehand whether it still lives.
    assert [found.id for found in store.runs.listed(RunFilter(homes=None)).items] == [run.id]
    store.database.ping()
    assert not claim(store).fresh
    store.database.close()


def test_connections_for_looking_cannot_write(store: Store, url: str) -> None:
    run = queued(store)
    with pytest.raises(SQLAlchemyError), engines_for(url).looking.connect() as connection:
        connection.execute(text("DELETE FROM steps"))
    assert store.runs.get(run.id) == run


def test_an_error_undoes_everything_before_it(store: Store) -> None:
    run = queued(store)
    with pytest.raises(Exception, match="no JSON data"):
        store.runs.add_event(run.id, "log", {"no": object()})
    assert len(store.runs.events(run.id)) == 2
    store.runs.add_event(run.id, "log", {})


@pytest.mark.parametrize(
    "address, described",
    [
        ("sqlite:////var/lib/store.db", "SQLite, /var/lib/store.db"),
        ("postgres://u:hush@db.example:6543/fc", "PostgreSQL, db.example:6543/fc"),
        ("postgresql://u:hush@db.example/fc?sslmode=require", "PostgreSQL, db.example/fc"),
        ("postgresql:///fc", "PostgreSQL, local socket/fc"),
    ],
)
def test_it_is_described_without_credentials(address: str, described: str) -> None:
    assert open_store(address).database.describe() == described


@pytest.mark.parametrize(
    "address", ["", "store.db", "mysql://u:hush@h/d", "sqlite://", "sqlite:///:memory:"]
)
def test_other_kinds_of_database_are_refused(address: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        open_store(address)
    assert "hush" not in str(refused.value)


def test_options_in_the_address_win(postgres_url: str) -> None:
    store = open_store(f"{postgres_url}?options=-c%20search_path%3Delsewhere")
    store.database.ping()


def test_forked_processes_use_the_store_beside_their_parent(store: Store) -> None:
    claim(store)
    run = queued(store)
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()

    def work() -> None:
        store.database.close()
        fresh = claim(store, "forked").fresh
        leased = store.runs.lease(run.id, worker="w", lease_s=60)
        answers.put((fresh, leased is not None))

    children = [context.Process(target=work) for _ in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join(timeout=60)
    assert [child.exitcode for child in children] == [0] * 4
    told = [answers.get() for _ in children]
    assert sorted(fresh for fresh, _ in told) == [False, False, False, True]
    assert sorted(leased for _, leased in told) == [False, False, False, True]
    assert not claim(store, "forked").fresh


def test_a_fork_amid_other_threads_work_leaves_both_sides_working(store: Store) -> None:
    stop = Event()

    def busy() -> int:
        done = 0
        while not stop.is_set():
            claim(store, f"busy {done}")
            store.deliveries.recent(limit=1)
            done += 1
        return done

    with ThreadPoolExecutor(2) as pool:
        workers = [pool.submit(busy) for _ in range(2)]
        try:
            for number in range(5):
                assert _in_child(lambda number=number: claim(store, f"child {number}").fresh)  # type: ignore[misc]
        finally:
            stop.set()
        assert all(worker.result() > 0 for worker in workers)
    assert {f"child {number}" for number in range(5)} <= {
        found.delivery_id for found in store.deliveries.recent(limit=10_000)
    }


def _in_child(call: Callable[[], bool]) -> bool:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if call() else 2
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def test_who_has_less_patience_hears_sooner_that_a_file_is_locked(sqlite_url: str) -> None:
    file = sqlite_url.removeprefix("sqlite:///")
    store = open_store(sqlite_url, patience_s=0.02)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            store.sign_ins.add("sesame", valid_s=60)
        other.execute("ROLLBACK")
    store.sign_ins.add("sesame", valid_s=60)
    assert store.sign_ins.holds("sesame")
    store.database.close()
