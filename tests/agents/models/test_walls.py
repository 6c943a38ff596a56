"""What hostile code gets that has taken over the process that speaks to a model."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot import embedded
from bot.keys import open_keys
from bot.settings import Settings
from tests.parts import ROOT

_SECRET = "sk-stolen-0123456789"

#: Runs in the walls of the process. It is told where everything is, and says what it got.
_HOSTILE = """
import json, os, socket, sys
given = json.loads(sys.stdin.readline())
got = []

def attempt(name, act):
    try:
        found = act()
    except Exception:
        return
    if found:
        got.append(name)

def holds(path, most=1 << 20):
    with open(path, "rb") as file:
        return given["secret"].encode() in file.read(most)

def reaches(family, address):
    with socket.socket(family) as made:
        made.settimeout(3)
        made.connect(address)
        return True

def look_around():
    # Everything that is to be seen: only where all of that is the sandbox's own.
    for process in filter(str.isdigit, os.listdir("/proc")):
        if int(process) != os.getpid():
            path = f"/proc/{process}"
            attempt("environment", lambda: holds(f"{path}/environ"))
            attempt("command line", lambda: holds(f"{path}/cmdline"))
            attempt("descriptors of others", lambda: os.listdir(f"{path}/fd"))
            attempt("memory", lambda: open(f"{path}/mem", "rb"))
            for file in given["files"]:
                attempt("root of others", lambda: holds(f"{path}/root{file}"))
                attempt("folder of others", lambda: holds(f"{path}/cwd/..{file}"))
    for folder, _, files in os.walk("/"):
        ours = ("/dev/", "/proc", "/sys", "/usr", "/packages", "/firstcommit", given["base"])
        if not (folder + "/").startswith(ours):
            for file in files:
                attempt("a file somewhere", lambda: holds(os.path.join(folder, file)))
    attempt("inherited descriptors", lambda: [
        fd for fd in range(3, 256) if os.path.exists(f"/proc/self/fd/{fd}")])
    for path in given["sockets"]:
        attempt("abstract socket", lambda: reaches(socket.AF_UNIX, chr(0) + path))
    for port in (given["port"], 5432, 6379, 8000):
        attempt("loopback", lambda: reaches(socket.AF_INET, ("127.0.0.1", port)))
        attempt("loopback", lambda: reaches(socket.AF_INET6, ("::1", port)))
    attempt("metadata", lambda: reaches(socket.AF_INET, ("169.254.169.254", 80)))
    attempt("metadata", lambda: reaches(socket.AF_INET6, ("fd00:ec2::254", 80)))
    attempt("the world", lambda: reaches(socket.AF_INET, ("192.0.2.1", 443)))

attempt("own environment", lambda: given["secret"] in str(os.environ))
attempt("environment", lambda: holds(f"/proc/{given['parent']}/environ"))
for file in given["files"]:
    attempt(f"file {os.path.basename(file)}", lambda: holds(file))
for path in given["sockets"]:
    attempt("socket", lambda: reaches(socket.AF_UNIX, path))
attempt("loopback", lambda: reaches(socket.AF_INET, ("127.0.0.1", given["port"])))
if given["alone"] and socket.gethostname() == "sandbox":
    look_around()
print(json.dumps(sorted(set(got))), flush=True)
sys.stdin.readline()
"""

#: A worker with secrets in its environment, in which the process of a run was taken over.
_WORKER = """
import json, os, queue, sys
from pathlib import Path
from bot.agents.models.room import walls
from bot.sandbox.bubblewrap import Bubblewrap
from bot.sandbox.plain import PlainProcesses
kind, data, hostile = sys.argv[1:]
given = json.loads(sys.stdin.readline())
given["parent"] = os.getpid()
given["alone"] = kind == "sandbox"
said = queue.SimpleQueue()
sandbox = Bubblewrap(hidden=[Path(data)]) if kind == "sandbox" else PlainProcesses()
talk = sandbox.open(walls(hostile), hear=said.put, over=said.put)
talk.say(json.dumps(given).encode())
print(said.get(timeout=150).decode(), flush=True)
talk.close()
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Mapping[str, Any]]:
    """A server's data folder, its key file, database and queue, and a port of this machine."""
    settings = Settings(data_dir=tmp_path / "data")
    open_keys(settings)
    files = [path for path in settings.data_dir.rglob("*") if path.is_file()]
    assert files, "the key file is there"
    database = Path(settings.effective_database_url.removeprefix("sqlite:///"))
    with sqlite3.connect(database) as connection:
        connection.execute("create table kept (secret text)")
        connection.execute("insert into kept values (?)", (_SECRET,))
    connection.close()
    for file in files:
        file.write_text(_SECRET)
    queue = embedded.redis_url(settings.data_dir).removeprefix("unix://").partition("?")[0]
    with socket.socket(socket.AF_UNIX) as valkey, socket.create_server(("127.0.0.1", 0)) as web:
        valkey.bind(queue)
        valkey.listen()
        yield {
            "secret": _SECRET,
            "data": str(settings.data_dir),
            "files": [str(file) for file in (*files, database)],
            "sockets": [queue],
            "port": web.getsockname()[1],
            "base": str(Path(sys.base_prefix).resolve()),
        }


def taken(kind: str, place: Mapping[str, Any]) -> list[str]:
    """What the code says that it got."""
    worker = subprocess.run(
        [sys.executable, "-c", _WORKER, kind, place["data"], textwrap.dedent(_HOSTILE)],
        input=json.dumps(place) + "\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": os.defpath, "OPENAI_API_KEY": _SECRET, "HOME": place["data"]},
        timeout=170,
        check=False,
    )
    assert worker.returncode == 0, worker.stderr
    found: list[str] = json.loads(worker.stdout.splitlines()[-1])
    return found


@pytest.mark.needs("bwrap")
def test_it_gets_nothing(place: Mapping[str, Any]) -> None:
    assert taken("sandbox", place) == []


def test_in_a_plain_process_it_would(place: Mapping[str, Any]) -> None:
    """Which is why strangers' text is not read there, and that what is tried could succeed."""
    found = taken("plain", place)
    assert "own environment" not in found
    names = {Path(file).name for file in place["files"]}
    assert {f"file {name}" for name in names} | {"environment", "socket", "loopback"} <= set(found)
