"""Dry runs over HTTP."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from bot.forges.memory import Call
from bot.rehearsal.bounded import BoundedRehearsals
from bot.sealing import seal, secret_place
from bot.services import Services
from bot.steps import STEP_TYPES, registry
from bot.steps.registry import Registered
from bot.steps.spec import StepContext, StepType
from bot.trials import Rehearsal, Tried
from tests.forges.test_recording import READS
from tests.spine import GENERATE, NEW, Bot
from tests.web.api.server import Server

SHOP = "github:acme/shop"
FOLDER = ".github/firstcommit/workflows"
PATIENT = b"""\
name: generate
steps:
  - {id: one, uses: nap}
  - {id: two, uses: nap}
"""


@pytest.fixture
def tried(bot: Bot) -> Server:
    """A server that rehearses."""
    bot.change(rehearsals=BoundedRehearsals())
    made = Server(bot)
    made.settle()
    return made


def rehearsed(server: Server, text: str, *, by: str = "olga") -> dict[str, Any]:
    told = server.post("/dry-runs", {"text": text, "repository": SHOP}, by=by)
    assert told.status_code == 200, told.text
    return dict(told.json)


def written(calls: list[Call]) -> list[str]:
    """What a forge was really told to do."""
    return [call.method for call in calls if call.method not in READS]


def everything(bot: Bot) -> list[str]:
    """All rows of the database, but for who asked over HTTP."""
    with sqlite3.connect(bot.services.settings.data_dir / "store.db") as connection:
        lines = list(connection.iterdump())
    return [line for line in lines if '"tokens"' not in line]


def test_what_is_told_is_what_is_then_done_in_the_same_order(tried: Server, bot: Bot) -> None:
    told = rehearsed(tried, NEW)
    assert (told["carried_out"], told["reason"]) == (True, "run")
    before = len(bot.forge.calls)
    bot.do(NEW, author="olga")
    done = written(list(bot.forge.calls[before:]))
    assert [effect["kind"] for effect in told["effects"]] == done
    paths = {file["path"] for file in told["files"]}
    assert paths == set(bot.files("acme/orders"))
    assert told["total_size"] == sum(file["size"] for file in told["files"])
    assert told["run"]["workflow"] == "generate"
    assert told["run"]["source"]["kind"] == "shipped"


def test_nothing_comes_of_it(tried: Server, bot: Bot) -> None:
    rehearsed(tried, GENERATE)
    before, calls = everything(bot), len(bot.forge.calls)
    for text in (NEW, "/plan library name=orders", "/generate nothing name=x", "no command"):
        rehearsed(tried, text)
    assert everything(bot) == before
    assert {call.method for call in bot.forge.calls[calls:]} <= READS
    assert bot.queue.runs == []


def test_a_plan_tells_where_it_would_wait(tried: Server) -> None:
    told = rehearsed(tried, "/plan library name=orders")
    # What follows an approval is listed, too.
    assert told["carried_out"] is True
    assert [wait["step"] for wait in told["waits"]] == ["gate"]


@pytest.mark.parametrize(
    ("by", "text", "reason"),
    [
        ("ann", NEW, "may_not_create"),
        ("rita", GENERATE, "no_write"),
        ("ann", "/generate library name=orders into=globex/vault", "no_destination"),
        ("ann", "/generate library name=orders into=globex/none", "no_destination"),
        ("ann", "hello", "no_command"),
    ],
)
def test_it_would_be_refused_for_whoever_asks_as_in_a_thread(
    tried: Server, bot: Bot, by: str, text: str, reason: str
) -> None:
    bot.forge.people.add_account("globex")
    bot.forge.people.add_repository("globex/vault")
    told = rehearsed(tried, text, by=by)
    assert (told["carried_out"], told["run"]) == (False, None)
    assert told["reason"] in (reason, "cannot_create", "may_not_create")


def test_nobody_rehearses_as_somebody_else_not_even_the_operator(tried: Server) -> None:
    refused = tried.post("/dry-runs", {"text": NEW, "repository": SHOP}, by=None)
    assert (refused.status_code, refused.json["reason"]) == (403, "foreign_forge")
    more = {"text": NEW, "repository": SHOP, "login": "olga"}
    assert tried.post("/dry-runs", more).status_code == 422


def test_a_repository_that_one_may_not_see_is_not_there(tried: Server) -> None:
    for repository in (SHOP, "github:acme/none"):
        body = {"text": GENERATE, "repository": repository}
        refused = tried.post("/dry-runs", body, by="eve")
        assert (refused.status_code, refused.json["reason"]) == (404, "unknown_repository")


def test_a_secret_of_the_organisation_stays_shut(tried: Server, bot: Bot) -> None:
    home = bot.forge.people.add_repository("acme/.github")
    origin = "https://api.example"
    place = secret_place("github", "acme", "KEY", origin)
    sealed = seal(bot.services.keys, "s3cr3t-w0rd", bound_to=place)
    bot.store.secrets.put("github", "acme", "KEY", origin=origin, sealed=sealed)
    bot.commit(
        f"{FOLDER}/generate.yaml",
        b"""\
name: generate
steps:
  - id: call
    uses: api_call
    with: {url: "https://api.example/x", headers: {Authorization: "${{ secrets.KEY }}"}}
""",
        where=home,
    )
    told = tried.post("/dry-runs", {"text": "/generate", "repository": SHOP}, by="olga")
    assert told.json["run"]["steps"][0]["uses"] == "api_call"
    assert "s3cr3t-w0rd" not in told.text
    (kept,) = bot.store.secrets.listed("github", "acme")
    assert kept.used_at is None


class Slow:
    """Rehearsals that end when they are told to."""

    def __init__(self, inner: BoundedRehearsals) -> None:
        self.begun, self.end = threading.Semaphore(0), threading.Event()
        self._inner = inner

    def rehearse(self, services: Services, tried: Tried) -> Rehearsal:
        with self._inner._turn(tried.actor):
            self.begun.release()
            assert self.end.wait(20)
            return Rehearsal(reason="run", carried_out=True, comment="")


def test_there_are_few_at_a_time_and_of_each_person_one(bot: Bot) -> None:
    slow = Slow(BoundedRehearsals(at_once=2))
    bot.change(rehearsals=slow)
    server = Server(bot)
    body: Mapping[str, str] = {"text": GENERATE, "repository": SHOP}
    threads = [
        threading.Thread(target=server.post, args=("/dry-runs", body), kwargs={"by": by})
        for by in ("ann", "olga")
    ]
    for number, thread in enumerate(threads):
        thread.start()
        assert slow.begun.acquire(timeout=20)
        if number == 0:
            refused = server.post("/dry-runs", body, by="ann")
            assert refused.json["reason"] == "too_many_rehearsals"
    refused = server.post("/dry-runs", body, by="mia")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    slow.end.set()
    for thread in threads:
        thread.join()
    assert server.post("/dry-runs", body, by="mia").status_code == 200


def test_one_that_takes_too_long_is_stopped_and_tells_what_there_was_until_then(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nap(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
        context.stop.wait(30)
        context.stop.check()
        return {}

    kind = StepType(name="nap", summary="Sleep", takes={}, gives={}, run=nap)
    known = (*(Registered(step_type=one) for one in STEP_TYPES), Registered(step_type=kind))
    # No package that is installed brings a step that sleeps.
    monkeypatch.setattr(registry, "registered", lambda: known)
    registry.step_types.cache_clear()
    registry.fields.cache_clear()
    home = bot.forge.people.add_repository("acme/.github")
    bot.commit(f"{FOLDER}/generate.yaml", PATIENT, where=home)
    bot.change(rehearsals=BoundedRehearsals(within_s=0.5))
    try:
        told = rehearsed(Server(bot), "/generate")
    finally:
        registry.step_types.cache_clear()
        registry.fields.cache_clear()
    assert (told["carried_out"], told["reason"]) == (False, "too_long")
    assert "cancel" not in str(told["effects"])
    assert told["effects"]
    assert [step["status"] for step in told["run"]["steps"]][1] == "pending"
