"""What somebody waits for who writes a comment: `serve` in its processes, over HTTP.

Embedded Valkey, web server and workers run as they do on one machine. The clock starts when the
signed delivery is sent, and stops when the forge has what people see.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import httpx

from bot.core.identity import Thread
from bot.core.signatures import sign
from bot.services import People
from bot.serving.serve import Served, serving
from bot.settings import Settings
from tests.bench.bench_spine import CHANGE_WITHIN_MS, REPOSITORY
from tests.bench.figures import Figure
from tests.bench.turns import Turns
from tests.parts import ROOT, free_port

ROUNDS = 7
FEEDBACK_WITHIN_MS = 1_000
STARTED_WITHIN_S = 60.0
LOOK_EVERY_S = 0.005


def measure() -> list[Figure]:
    """Starting, first feedback, and the open change."""
    seconds: dict[str, list[float]] = {"start": [], "feedback": [], "change": []}
    with tempfile.TemporaryDirectory(prefix="fc-") as folder:
        environment = _environment(folder)
        began = time.perf_counter()
        with serving(
            Settings.from_environment(environment), environment, log=Path(folder) / "log"
        ) as (served, _):
            seconds["start"].append(time.perf_counter() - began)
            person = Person(served)
            person.ask()  # The workers may still be on their way when the first one is sent.
            for _round in range(ROUNDS):
                feedback_s, change_s = person.ask()
                seconds["feedback"].append(feedback_s)
                seconds["change"].append(change_s)
    turns = Turns(seconds=seconds)
    return [
        turns.figure("serve: from nothing to an answering server", ours="start", unit="s"),
        turns.figure(
            "serve: comment sent to first feedback",
            ours="feedback",
            ours_at_most=FEEDBACK_WITHIN_MS,
        ),
        turns.figure(
            "serve: comment sent to change open", ours="change", ours_at_most=CHANGE_WITHIN_MS
        ),
    ]


class Person:
    """Writes commands and watches what becomes of them."""

    def __init__(self, served: Served) -> None:
        people = served.services.people
        assert people is not None
        self._people: People = people
        self._served = served
        self._client = httpx.Client(trust_env=False)
        self._number = 0

    def ask(self) -> tuple[float, float]:
        """Seconds until our first comment, and until the change is open."""
        self._number += 1
        thread = self._people.open_thread(REPOSITORY, "Orders", "We need it.")
        text = f"/generate python-package name=orders path=packages/orders-{self._number}"
        kind, body = self._people.delivery_for_comment(thread, self._people.say(thread, text))
        known = len(self._people.changes(thread.repository))
        began = time.perf_counter()
        self._send(kind, body)
        _wait(lambda: self._has_answer(thread))
        feedback_s = time.perf_counter() - began
        _wait(lambda: len(self._people.changes(thread.repository)) > known)
        return feedback_s, time.perf_counter() - began

    def _has_answer(self, thread: Thread) -> bool:
        return any(post.author.is_bot for post in self._people.timeline(thread))

    def _send(self, kind: str, body: bytes) -> None:
        secret = self._served.services.keys.local_webhook_secret
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": kind,
            "X-GitHub-Delivery": str(uuid4()),
            "X-Hub-Signature-256": sign(body, secret),
        }
        address = f"{self._served.url}/webhooks/local"
        self._client.post(address, content=body, headers=headers).raise_for_status()


def _environment(folder: str) -> dict[str, str]:
    """Nothing of whoever runs the bench."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "FIRSTCOMMIT_DATA_DIR": folder,
        "FIRSTCOMMIT_LOCAL_FORGE": "on",
        "FIRSTCOMMIT_PORT": str(free_port()),
    }


def _wait(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + STARTED_WITHIN_S
    while not happened():
        if time.monotonic() > until:
            raise TimeoutError("the server did not do what it was asked for")
        time.sleep(LOOK_EVERY_S)
