"""``serve`` and ``demo`` on one machine: how they start, meet, fall and leave nothing behind."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bot import embedded
from bot.cli import EXIT_ALREADY_SERVED
from bot.core.runs import RunStatus
from bot.demo import EXIT_NO_LOCAL_FORGE
from tests.e2e.bed import eventually
from tests.e2e.product import (
    START_TIMEOUT_S,
    Machine,
    Part,
    children,
    command_line,
    deliver,
    machine,
)

pytestmark = pytest.mark.e2e

DEMO_TIMEOUT_S = 120
#: What is promised is 20 s; on a busy machine a test asserts only that it comes to an end.
STOP_TIMEOUT_S = 60


@pytest.fixture
def here() -> Iterator[Machine]:
    with machine() as made:
        yield made


@pytest.fixture(scope="module")
def server() -> Iterator[Machine]:
    """A machine on which ``serve`` runs."""
    with machine() as made, serving(made):
        yield made


def test_what_serves_is_the_installed_program_wherever_one_stands(
    here: Machine, tmp_path: Path
) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "__init__.py").write_text("raise SystemExit('a program of strangers')\n")
    # As the installed command: it looks for itself beside itself, and not where one stands.
    program = [sys.executable, "-P", "-m", "bot.cli", "serve"]
    part = here.start("serve", program, folder=tmp_path)
    eventually(lambda: "serves at" in part.said() or part.process.poll() is not None)
    assert "serves at" in part.said()
    assert "a program of strangers" not in part.said()


@contextmanager
def serving(here: Machine) -> Iterator[Part]:
    """``serve``, once it answers; ended with SIGTERM."""
    part = serve(here)
    yield part
    assert part.stop() == 0
    here.until_empty()


def serve(here: Machine) -> Part:
    part = here.command("serve")
    eventually(lambda: "Press Ctrl+C" in said_by(part), timeout_s=START_TIMEOUT_S)
    return part


def said_by(part: Part) -> str:
    """What it has said; it must not have ended."""
    assert part.process.poll() is None, part.said()
    return part.said()


def url_of(here: Machine) -> str:
    return f"http://127.0.0.1:{here.environment['FIRSTCOMMIT_PORT']}"


def demo(here: Machine) -> tuple[str, str]:
    """Run the demo to its end; gives the repository's place and the project's name."""
    part = here.command("demo")
    assert part.wait(DEMO_TIMEOUT_S) == 0, part.said()
    repository, project = part.said().splitlines()[-2:]
    assert repository.startswith("repository: ")
    assert project.startswith("project: ")
    return repository.partition(": ")[2], project.partition(": ")[2]


def valkey_of(here: Machine) -> int | None:
    """The process of the embedded Valkey."""
    found = [pid for pid in here.processes() if "valkey-server" in command_line(pid)]
    return found[0] if found else None


def test_the_demo_goes_through_the_server_that_runs(server: Machine) -> None:
    first = demo(server)
    # Whoever has carried out a command is there; workers may start after the first page.
    before = set(server.processes())
    assert first[1] == "orders"
    assert (server.data_dir / "forge" / "repositories" / "demo" / "orders.git").is_dir()
    assert first[0].endswith("demo/orders.git")
    assert demo(server)[1] == "orders-2"
    assert "Using the server that runs at " + url_of(server) in server.parts[-1].said()
    eventually(lambda: set(server.processes()) <= before)


def test_a_second_server_on_one_folder_names_the_first(server: Machine) -> None:
    first = server.parts[0]
    told = server.done("serve", code=EXIT_ALREADY_SERVED)
    assert str(first.pid) in told
    assert url_of(server) in told
    # The first is none the worse for it.
    assert httpx.get(f"{url_of(server)}/healthz", trust_env=False).status_code == 200


def test_a_killed_queue_server_comes_back_and_nothing_is_lost(server: Machine) -> None:
    services = server.services()
    assert services.people is not None
    killed = eventually(lambda: valkey_of(server))
    thread = services.people.open_thread("demo/playground", "Something is wanted", "Please.")
    text = "/generate python-package name=survivor into=demo/survivor"
    said = services.people.say(thread, text)
    kind, body = services.people.delivery_for_comment(thread, said)
    os.kill(killed, signal.SIGKILL)
    secret = services.keys.local_webhook_secret
    assert deliver(url_of(server), kind, body, secret=secret).status_code == 202
    another = eventually(lambda: pid if (pid := valkey_of(server)) != killed else None)
    assert embedded.socket_path(server.data_dir).is_socket()
    runs = services.store.runs
    eventually(lambda: [run for run in runs.in_thread(thread) if run.reported_at], timeout_s=60)
    (run,) = runs.in_thread(thread)
    assert run.status is RunStatus.COMPLETED
    bots = [post for post in services.people.timeline(thread) if post.author.is_bot]
    assert len(bots) == 1
    assert valkey_of(server) == another
    services.store.database.close()


def test_a_killed_server_leaves_no_process_and_is_followed_by_the_next(here: Machine) -> None:
    part = serve(here)
    assert len(here.processes()) > 4
    part.kill()
    here.until_empty()
    # Its lock and its socket are left behind, and are nobody's.
    assert (here.data_dir / "serve.lock").exists()
    assert embedded.socket_path(here.data_dir).is_socket()
    with serving(here):
        assert demo(here)[1] == "orders"


def test_a_terminated_server_stops_whole(here: Machine) -> None:
    part = serve(here)
    assert part.stop() == 0
    here.until_empty(STOP_TIMEOUT_S)
    assert "Stopping." in part.said()


@pytest.mark.parametrize("child", ["web", "worker"])
def test_a_killed_part_of_the_server_is_started_again(server: Machine, child: str) -> None:
    def part_pid() -> int | None:
        parts = children(server.parts[0].pid)
        found = [pid for pid in parts if re.search(rf"bot\.cli {child}\b", command_line(pid))]
        return found[0] if found else None

    killed = eventually(part_pid)
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: part_pid() not in (None, killed), timeout_s=START_TIMEOUT_S)
    eventually(lambda: answers(server), timeout_s=START_TIMEOUT_S)
    assert demo(server)[1].startswith("orders")


def answers(here: Machine) -> bool:
    try:
        return httpx.get(f"{url_of(here)}/healthz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_the_demo_says_why_where_the_server_has_its_forge_off() -> None:
    with machine({"FIRSTCOMMIT_LOCAL_FORGE": "off"}) as here, serving(here):
        assert "FIRSTCOMMIT_LOCAL_FORGE" in here.done("demo", code=EXIT_NO_LOCAL_FORGE)


def test_the_demo_alone_leaves_no_process_and_finds_a_free_name(here: Machine) -> None:
    assert demo(here)[1] == "orders"
    here.until_empty()
    assert demo(here)[1] == "orders-2"
    here.until_empty()


@pytest.mark.parametrize("when", ["Starting an embedded Valkey", "The signed delivery"])
def test_an_interrupted_demo_leaves_no_process(here: Machine, when: str) -> None:
    part = here.command("demo")
    eventually(lambda: when in part.said(), timeout_s=DEMO_TIMEOUT_S)
    # As a terminal does it: everything in the foreground group hears it.
    os.killpg(part.pid, signal.SIGINT)
    code = part.wait(STOP_TIMEOUT_S)
    # A shell shows both as 130: where the signal came within an `exec`, which libraries use,
    # Python ends by the signal itself after everything was closed. Or it was done already.
    assert code in (130, -signal.SIGINT) or "project: orders" in part.said()
    assert "Traceback" not in part.said()
    here.until_empty()
