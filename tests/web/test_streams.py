"""Streams of events: what they say, when they wait, how many there may be."""

from __future__ import annotations

import gc

import pytest
from flask import Flask

from bot.errors import Transient
from bot.web import streams
from bot.web.pieces import Step
from bot.web.streams import HEARTBEAT, Pause, Source, Stream, Streams, event


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def silent() -> Source:
    while True:
        yield Pause(seconds=1)


def made(source: Source, clock: Clock) -> Stream:
    return Stream(source, lambda: None, heartbeat_s=15, longest_s=600, clock=clock)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (event("hello"), b"data: hello\n\n"),
        (
            event("a\r\nb\rc\n", id="7", name="run"),
            b"id: 7\nevent: run\ndata: a\ndata: b\ndata: c\ndata: \n\n",
        ),
        (event("é\ud800"), "data: é?\n\n".encode()),
    ],
)
def test_events_are_written_so_that_browsers_read_them(given: bytes, sent: bytes) -> None:
    assert given == sent


def test_it_speaks_at_once_then_every_fifteen_seconds() -> None:
    clock = Clock()
    stream = made(silent(), clock)
    assert stream.step().part == HEARTBEAT
    clock.now += 14
    assert stream.step() == Step(b"", 1.0)
    clock.now += 1
    assert stream.step().part == HEARTBEAT


def test_its_source_is_not_asked_before_the_pause_is_over() -> None:
    asked = []

    def source() -> Source:
        while True:
            asked.append(True)
            yield Pause(seconds=10)

    clock = Clock()
    stream = made(source(), clock)
    assert stream.step().again_s == 10
    clock.now += 9
    stream.step()
    assert len(asked) == 1
    clock.now += 1
    stream.step()
    assert len(asked) == 2


def test_what_there_is_comes_together_but_not_without_end() -> None:
    def source() -> Source:
        while True:
            yield b"x" * 40_000

    step = made(source(), Clock()).step()
    assert (len(step.part), step.again_s) == (80_000, 0.0)


def test_it_ends_after_its_longest_life() -> None:
    clock = Clock()
    stream = made(silent(), clock)
    clock.now += 600
    assert stream.step() == Step(b"", None)


def test_on_another_server_it_is_a_plain_iterable() -> None:
    def source() -> Source:
        yield b"one"
        yield Pause(seconds=0.01)
        yield b"two"

    assert b"".join(Stream(source(), lambda: None)) == b"onetwo"


def test_so_many_may_be_open_and_no_more() -> None:
    places = Streams(most=3, per_person=2)
    first = places.open(silent(), person="ada")
    places.open(silent(), person="ada").close()
    second = places.open(silent(), person="ada")
    with pytest.raises(Transient, match="You have 2") as refused:
        places.open(silent(), person="ada")
    assert refused.value.retry_after_s
    third = places.open(silent(), person="bob")
    with pytest.raises(Transient) as refused:
        places.open(silent(), person="eve")
    assert refused.value.reason == "too_many_streams"
    for stream in (first, first, second, third):
        stream.close()
    assert places.count == 0


def test_a_stream_that_nobody_came_to_close_gives_its_place_up() -> None:
    places = Streams(most=1)
    places.open(silent(), person="ada")
    gc.collect()
    assert places.count == 0


def test_its_source_is_closed_with_it() -> None:
    ended = []

    def source() -> Source:
        try:
            yield b"x"
        finally:
            ended.append(True)

    stream = Streams().open(source(), person="ada")
    stream.step()
    stream.close()
    assert ended == [True]
    assert stream.step() == Step(b"", None)


def test_proxies_are_asked_to_pass_it_on_at_once() -> None:
    app, places = Flask(__name__), Streams()

    @app.get("/events")
    def follow() -> object:
        return streams.answer(places.open(iter_once(), person="ada"))

    answer = app.test_client().get("/events")
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.text == "data: x\n\n"
    answer.close()
    app.test_client().head("/events").close()
    assert places.count == 0


def iter_once() -> Source:
    yield event("x")
