"""Several calls at once under one idempotency key: one of them makes it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from bot.errors import UserError
from bot.web.api import hooks, once, tokens
from tests.store.making import all_at_once
from tests.web.api.server import Server
from tests.web.api.test_projects import reason

KEY = {"Idempotency-Key": "once"}
WHAT = {"/tokens": {"name": "ci"}, "/hooks": {"url": "https://hooks.example.com/in"}}
MAKERS = {"/tokens": (tokens, "issue"), "/hooks": (hooks, "add_hook")}


def slowed(monkeypatch: pytest.MonkeyPatch, address: str, before: Callable[[], None]) -> None:
    """Has something happen before anything is made: calls meet there only by chance otherwise."""
    module, name = MAKERS[address]
    make = getattr(module, name)

    def slow(*args: Any, **more: Any) -> Any:
        before()
        return make(*args, **more)

    monkeypatch.setattr(module, name, slow)


def posted(server: Server, address: str, times: int) -> list[Any]:
    server.token("mia")
    return all_at_once([lambda: server.post(address, WHAT[address], by="mia", headers=KEY)] * times)


def count(server: Server, address: str) -> int:
    return len(server.get(address, by="mia").json["items"])


@pytest.mark.parametrize("address", sorted(WHAT))
def test_of_calls_at_once_one_makes_it(
    server: Server, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    server.token("mia")
    before = count(server, address)
    slowed(monkeypatch, address, lambda: time.sleep(0.1))
    answers = posted(server, address, 4)
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    assert {each.json.get("reason") for each in answers} == {None, "already_done"}
    assert count(server, address) == before + 1


def test_where_one_fails_the_next_one_makes_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def fail_first() -> None:
        tries.append(1)
        if len(tries) == 1:
            time.sleep(0.1)
            raise UserError("Not now.", reason="too_many_tokens")

    slowed(monkeypatch, "/tokens", fail_first)
    answers = posted(server, "/tokens", 3)
    told = [each.json.get("reason", "made") for each in answers]
    assert sorted(told) == ["already_done", "made", "too_many_tokens"]


def test_a_refused_call_has_used_up_its_key_for_anything_else(server: Server) -> None:
    private = {"url": "https://10.0.0.1/"}
    for _ in range(2):
        refused = server.post("/hooks", private, by="mia", headers=KEY)
        assert reason(refused) == (422, "private_address")
    mended = server.post("/hooks", WHAT["/hooks"], by="mia", headers=KEY)
    assert reason(mended) == (409, "key_used_otherwise")


def test_who_waits_too_long_is_told_that_it_is_being_done(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "PAUSES_S", (0.01,))
    begun, told = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        told.wait(30)

    slowed(monkeypatch, "/tokens", hold)
    first: list[Any] = []
    maker = threading.Thread(target=lambda: first.extend(posted(server, "/tokens", 1)))
    maker.start()
    assert begun.wait(30)
    (waited,) = posted(server, "/tokens", 1)
    told.set()
    maker.join(30)
    assert reason(waited) == (409, "being_done")
    assert "same key" in waited.json["remedy"]
    assert first[0].status_code == 201


def test_a_maker_that_died_is_overtaken(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def die() -> None:
        raise SystemExit

    with monkeypatch.context() as killing, pytest.raises(SystemExit):
        slowed(killing, "/tokens", die)
        server.post("/tokens", WHAT["/tokens"], by="mia", headers=KEY)
    monkeypatch.setattr(once, "PAUSES_S", (0.01,))
    (held,) = posted(server, "/tokens", 1)
    monkeypatch.setattr(once, "LOST_AFTER_S", 0.0)
    (made,) = posted(server, "/tokens", 1)
    assert (reason(held), made.status_code) == ((409, "being_done"), 201)
