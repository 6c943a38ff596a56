"""How long the program's processes take to load, beside the libraries that they stand on."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.bench.figures import Figure
from tests.bench.turns import Call, in_turns
from tests.parts import ROOT

ROUNDS = 7
LIBRARIES = "import flask, jinja2, redis, rq, sqlalchemy.orm"


def measure() -> list[Figure]:
    """Each process up to where it would begin to work, in interpreters of their own."""
    turns = in_turns(
        rounds=ROUNDS,
        nothing=python("-c", "pass"),
        version=python("-m", "bot.cli", "--version"),
        libraries=python("-c", LIBRARIES),
        web=python("-c", "import bot.wsgi"),
        worker=python("-c", "import bot.build, bot.jobs.worker"),
        demo=python("-c", "import bot.demo"),
    )
    libraries = "bare: flask, jinja2, redis, rq and sqlalchemy alone"
    return [
        turns.figure("firstcommit --version; bare: python -c pass", ours="version", bare="nothing"),
        turns.figure(f"loading the web process; {libraries}", ours="web", bare="libraries"),
        turns.figure(f"loading a worker; {libraries}", ours="worker", bare="libraries"),
        turns.figure(f"loading the demo; {libraries}", ours="demo", bare="libraries"),
    ]


def python(*arguments: str) -> Call:
    """Run an interpreter to its end."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}

    def run() -> None:
        subprocess.run(
            [sys.executable, *arguments], env=environment, check=True, capture_output=True
        )

    return run
