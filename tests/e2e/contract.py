"""The API held to its own description by schemathesis, on a server with something in it.

``python -m tests.e2e.contract`` is the long form of `test_api_contract`: more examples, and another
seed each time unless one is given.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import redis

from bot.core.access_scopes import PERSONAL, PERSONS_SESSION
from bot.forges.local import YOU
from bot.tokens import issue
from tests.e2e.bed import eventually
from tests.e2e.product import Product, product
from tests.parts import ROOT

PROJECTS = 4
PHASES = "examples,coverage,fuzzing"
#: It has a script and no module of its own to be started by.
_SCHEMATHESIS = "from schemathesis.cli import schemathesis; schemathesis()"
ALL_PHASES = f"{PHASES},stateful"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What schemathesis said."""

    failed: bool
    said: str


@contextmanager
def contract(*, database_url: str = "") -> Iterator[Product]:
    """A server with the local forge, which is there for the block."""
    with product(database_url=database_url) as server:
        yield server


def hold(
    server: Product,
    *,
    operates: bool = True,
    repeats: bool = False,
    examples: int,
    seed: int,
    phases: str = PHASES,
    mode: str = "all",
) -> Outcome:
    """Have schemathesis try, by the operator's token or by a person's.

    With ``repeats``, each fuzzed call of the operator is made once more with a person's token:
    most of what a process of schemathesis takes goes into making calls up, whoever makes them.
    The ``mode`` positive is of what fits the description alone.
    """
    token = server.services.keys.admin_token if operates else _persons(server)
    given = {"CONTRACT_THERE": json.dumps(_filled(server, token))}
    if repeats:
        person = _persons(server)
        given |= {"CONTRACT_PERSON": person, "CONTRACT_HERS": json.dumps(_filled(server, person))}
    program = [
        *(sys.executable, "-c", _SCHEMATHESIS, "--config-file", "tests/e2e/contract.toml"),
        *("run", f"{server.url}/api/v1/openapi.json", "-H", f"Authorization: Bearer {token}"),
        *("--checks", "all", "--phases", phases, "--seed", str(seed), "--no-color"),
        *("--max-examples", str(examples), "--no-shrink", "--mode", mode),
    ]
    with _uncounted(server):
        done = subprocess.run(
            program,
            cwd=ROOT,
            env={**server.machine.environment, **given},
            capture_output=True,
            text=True,
            check=False,
        )
    return Outcome(failed=done.returncode != 0, said=done.stdout + done.stderr)


def _persons(server: Product) -> str:
    services = server.services
    person = services.store.persons.signed_in(YOU)
    return issue(
        services, person_id=person.id, name="contract", scopes=PERSONAL, by=PERSONS_SESSION
    ).text


def _filled(server: Product, token: str) -> Mapping[str, Sequence[str]]:
    """What somebody has made before, by the first word of its address."""
    with httpx.Client(
        base_url=f"{server.url}/api/v1",
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
        trust_env=False,
    ) as client:
        return _Filling(client, server).all()


class _Filling:
    def __init__(self, client: httpx.Client, server: Product) -> None:
        self._client = client
        self._server = server

    def all(self) -> Mapping[str, Sequence[str]]:
        """Projects in every state, and all that hangs on them."""
        made = [self._project(number) for number in range(PROJECTS)]
        for project in made:
            self._until_settled(project["run_id"])
        projects = [project["id"] for project in made]
        exports = [self._post(f"/projects/{one}/exports", {"type": "zip"}) for one in projects[:4]]
        hook = {"url": "https://hooks.example/contract"}
        self._server.deliver("ping", b"{}")
        files = self._get(f"/projects/{projects[0]}/files")["items"]
        return {
            "projects": projects,
            "runs": [project["run_id"] for project in made],
            "exports": [export["id"] for export in exports],
            "hooks": [self._post("/hooks", hook)["id"] for _ in range(3)],
            "tokens": [self._post("/tokens", {"name": "t"})["id"] for _ in range(3)],
            "organisations": [each["id"] for each in self._get("/organisations")["items"]],
            "deliveries": [one.id for one in self._server.services.store.deliveries.recent()],
            "paths": [file["path"] for file in files],
            "names": [pack["name"] for pack in self._get("/packs")["items"]],
        }

    def _project(self, number: int) -> dict[str, Any]:
        body: dict[str, Any] = {
            "pack": "python-package",
            "answers": {"name": f"contract-{number}-{random.randrange(10**9)}"},
        }
        if number % 2:
            body |= {"into": f"local:demo/{body['answers']['name']}", "plan": number % 4 == 1}
        return self._post("/projects", body)

    def _until_settled(self, run_id: str) -> None:
        resting = ("completed", "waiting", "failed")
        eventually(lambda: self._get(f"/runs/{run_id}")["status"] in resting, timeout_s=60)

    def _get(self, address: str) -> dict[str, Any]:
        found: dict[str, Any] = self._client.get(address).raise_for_status().json()
        return found

    def _post(self, address: str, body: object) -> dict[str, Any]:
        made: dict[str, Any] = self._client.post(address, json=body).raise_for_status().json()
        return made


@contextmanager
def _uncounted(server: Product) -> Iterator[None]:
    """As if there were hours between the calls: none of them is refused for being too many."""
    over = threading.Event()

    def forget() -> None:
        with redis.Redis.from_url(server.valkey.url) as client:
            while not over.wait(0.5):
                for key in client.scan_iter("*firstcommit:limits*", count=1000):
                    client.delete(key)

    thread = threading.Thread(target=forget, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def main() -> int:
    """The long form; gives what a shell takes for a failure."""
    options = argparse.ArgumentParser(prog="python -m tests.e2e.contract", description=__doc__)
    options.add_argument("--examples", type=int, default=200, help="for each operation")
    options.add_argument("--seed", type=int, default=random.randrange(2**31))
    options.add_argument("--database-url", default="", help="an empty PostgreSQL; else SQLite")
    options.add_argument("--phases", default=ALL_PHASES)
    given = options.parse_args()
    failed = False
    for operates in (True, False):
        with contract(database_url=given.database_url) as server:
            outcome = hold(
                server,
                operates=operates,
                examples=given.examples,
                seed=given.seed,
                phases=given.phases,
            )
        print(outcome.said)
        failed = failed or outcome.failed
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
