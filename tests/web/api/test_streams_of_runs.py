"""Streams of events outlast the request that began them: rights are asked again on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.test import EnvironBuilder

from bot import sight
from bot.core.identity import Permission
from bot.web.api import runs
from bot.web.streams import Stream
from tests.web.api.server import Server


class Minutes:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def minutes(monkeypatch: pytest.MonkeyPatch) -> Minutes:
    """The clock by which answers of forges are held, and streams look again."""
    clock = Minutes()
    # It is the process's own: nothing else may stand still by it.
    monkeypatch.setattr(sight, "time", clock)
    monkeypatch.setattr(runs, "time", clock)
    return clock


@pytest.fixture
def stream(server: Server, minutes: Minutes) -> Stream:
    """What ann reads of a run that waits for an answer."""
    server.bot.do("/plan library name=orders path=orders")
    environ = EnvironBuilder(
        f"/api/v1/runs/{server.bot.run.id}/events",
        headers={"Accept": "text/event-stream", "Authorization": f"Bearer {server.token('ann')}"},
    ).get_environ()
    stream: object = server.app.wsgi_app(environ, lambda *_: lambda _: None)
    assert isinstance(stream, Stream)
    return stream


def read(stream: Stream, minutes: Minutes, *, after_s: float) -> bool:
    """Whether a stream goes on after some time."""
    assert stream.step().again_s is not None
    minutes.now += after_s
    stream._ask_at = 0.0  # Its pauses are by the true clock.
    return stream.step().again_s is not None


def no_right(server: Server) -> None:
    server.bot.forge.permissions["acme/shop", "ann"] = Permission.NONE


def no_token(server: Server) -> None:
    person = server.bot.store.persons.signed_in(server.bot.person("ann"))
    for token in server.bot.store.tokens.listed(person.id):
        server.bot.store.tokens.revoke(token.id, person.id)


def ended_token(server: Server) -> None:
    server.bot.clock.now = server.bot.clock.now.replace(year=2030)


def no_answer(server: Server) -> None:
    server.bot.fail("permission", times=100)


def dropped(server: Server) -> None:
    server.bot.store.organisations.remove("github", "77")


def test_a_stream_goes_on_for_whoever_may_read(stream: Stream, minutes: Minutes) -> None:
    for _ in range(5):
        assert read(stream, minutes, after_s=30)


@pytest.mark.parametrize("lost", [no_right, no_token, ended_token, no_answer, dropped])
def test_a_stream_ends_soon_after_the_right_to_read_it(
    server: Server, stream: Stream, minutes: Minutes, lost: Callable[[Server], None]
) -> None:
    assert read(stream, minutes, after_s=1)
    lost(server)
    assert not read(stream, minutes, after_s=sight.HELD_S + 20)
    assert b"event: end" not in stream.step().part


def test_who_lost_the_right_to_write_does_not_write_and_reads_for_a_minute_at_most(
    server: Server, minutes: Minutes
) -> None:
    server.bot.do("/generate library name=orders path=orders")
    project = f"/projects/{server.bot.run.project_id}"
    assert server.get(project).status_code == 200
    no_right(server)
    minutes.now += sight.HELD_S - 1
    assert server.get(project).status_code == 200
    denied = [
        server.call("PATCH", project, json={"name": "mine"}),
        server.call("PUT", f"{project}/files/mine", data=b"Mine."),
        server.call("DELETE", project),
        server.post(f"{project}/exports", {"type": "zip"}),
    ]
    assert [answer.status_code for answer in denied] == [403] * 4
    minutes.now += 2
    assert server.get(project).status_code == 404


def test_where_the_forge_does_not_answer_nothing_is_shown(server: Server, minutes: Minutes) -> None:
    server.bot.do("/generate library name=orders path=orders")
    server.bot.fail("permission", times=3)
    told = [
        server.get(address)
        for address in ("/projects", f"/projects/{server.bot.run.project_id}", "/me")
    ]
    assert [answer.status_code for answer in told] == [503] * 3
    assert all(b"orders" not in answer.data for answer in told)
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in told)
    assert server.get("/projects").status_code == 200


def test_a_run_in_a_repository_that_is_new_here_is_seen_by_who_began_it(server: Server) -> None:
    assert server.get("/projects", by="olga").json["items"] == []
    wish = {"pack": "library", "answers": {"name": "orders"}, "into": "github:acme/orders"}
    made = server.post("/projects", wish, by="olga").json
    assert server.get(f"/projects/{made['id']}", by="olga").status_code == 200
    server.bot.drain()
    project = server.get(f"/projects/{made['id']}", by="olga")
    assert project.status_code == 200
    assert project.json["status"] == "completed"
    again = server.get(f"/runs/{made['run_id']}/events", by="olga")
    assert again.status_code == 200
