"""Long answers: piece by piece, no faster than they are read, and closed whatever happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from bot.web.front import Front
from bot.web.pieces import PIECE_BYTES
from bot.web.streams import Pause, Source, Stream
from tests.web.test_front import Request

Start = Callable[[str, list[tuple[str, str]]], Callable[[bytes], object]]


class Answer:
    """A WSGI iterable that remembers how far it came."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self.made = 0
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = next(self._chunks)
        self.made += 1
        return chunk

    def close(self) -> None:
        self.closed += 1


class Client(Request):
    """Somebody who asks by GET, and may go away or stop to read."""

    def __init__(self, *, reads: int | None = None, goes: bool = False, **more: Any) -> None:
        super().__init__(method="GET", path="/", **more)
        self._reads, self._goes, self._gone = reads, goes, asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, event: Any) -> None:
        if self._reads is not None and len(self.parts) >= self._reads:
            if not self._goes:
                await asyncio.Event().wait()
            self._gone.set()
        self.sent.append(event)
        # So that others come to run, as they do where there is a network.
        await asyncio.sleep(0)

    @property
    def parts(self) -> list[bytes]:
        return [e["body"] for e in self.sent if e["type"] == "http.response.body"]

    @property
    def is_whole(self) -> bool:
        last = self.sent[-1]
        return last["type"] == "http.response.body" and not last.get("more_body", False)


def front(answered: Iterable[bytes], **more: Any) -> Front:
    def application(_environ: Any, start: Start) -> Iterable[bytes]:
        start("200 OK", [])
        return answered

    return Front(application, lambda _environ: 0, **more)


def ask(server: Front, client: Client) -> Client:
    asyncio.run(server(client.scope, client.receive, client.send))
    return client


def closed(answer: Answer) -> bool:
    """Once, though maybe a moment after the answer ended."""
    until = time.monotonic() + 5
    while not answer.closed and time.monotonic() < until:
        time.sleep(0.002)
    return answer.closed == 1


def stream(source: Source, **more: Any) -> Stream:
    return Stream(source, lambda: None, **more)


def test_a_short_answer_is_one_message() -> None:
    answer = Answer([b"a", b"b", b"c"])
    client = ask(front(answer), Client())
    assert client.parts == [b"abc"]
    assert answer.closed == 1


def test_a_long_answer_comes_in_pieces_and_whole() -> None:
    answer = Answer([b"x" * 10_000 for _ in range(50)])
    client = ask(front(answer), Client())
    assert len(client.parts) > 3
    assert max(map(len, client.parts)) < 2 * PIECE_BYTES
    assert b"".join(client.parts) == b"x" * 500_000
    assert client.is_whole
    assert closed(answer)


def test_what_comes_slowly_is_sent_as_far_as_it_has_come() -> None:
    def slow() -> Iterator[bytes]:
        for part in (b"first", b"second"):
            time.sleep(0.06)
            yield part

    client = ask(front(slow()), Client())
    assert client.parts[:2] == [b"first", b"second"]


def test_the_next_piece_is_made_after_the_former_was_sent() -> None:
    answer = Answer([b"x" * PIECE_BYTES for _ in range(50)])
    client = Client(reads=2)

    async def run() -> None:
        server = asyncio.ensure_future(
            front(answer, stalled_s=0.2)(client.scope, client.receive, client.send)
        )
        await server

    asyncio.run(run())
    assert answer.made == 3
    assert not client.is_whole
    assert closed(answer)


def test_a_client_that_goes_away_ends_its_answer() -> None:
    answer = Answer([b"x" * PIECE_BYTES for _ in range(50)])
    ask(front(answer), Client(reads=2, goes=True))
    assert answer.made < 10
    assert closed(answer)


def test_an_answer_that_breaks_is_not_taken_for_a_whole_one() -> None:
    def breaks() -> Iterator[bytes]:
        yield b"x" * PIECE_BYTES
        raise ValueError("the disk is gone")

    answer, client = Answer(breaks()), Client()
    with pytest.raises(ValueError, match="disk"):
        ask(front(answer), client)
    assert not client.is_whole
    assert closed(answer)


def test_an_answer_that_breaks_at_once_has_not_begun() -> None:
    def breaks() -> Iterator[bytes]:
        yield b"x"
        raise ValueError("the disk is gone")

    answer, client = Answer(breaks()), Client()
    with pytest.raises(ValueError, match="disk"):
        ask(front(answer), client)
    assert (client.sent, answer.closed) == ([], 1)


def test_an_answer_that_cannot_be_closed_harms_nobody() -> None:
    class Stuck(Answer):
        def close(self) -> None:
            super().close()
            raise ValueError("cannot close")

    answer = Stuck([b"x" * PIECE_BYTES] * 3)
    assert ask(front(answer), Client()).is_whole
    assert closed(answer)


def test_nothing_is_made_of_an_answer_whose_head_alone_is_asked_for() -> None:
    answer, client = Answer([b"x"]), Client()
    client.method = "HEAD"
    ask(front(answer), client)
    assert client.parts == [b""]
    assert (answer.made, answer.closed) == (0, 1)


def test_a_request_that_is_given_up_closes_its_answer() -> None:
    answer = Answer([b"x" * PIECE_BYTES] * 3)

    def application(_environ: Any, start: Start) -> Iterable[bytes]:
        time.sleep(0.05)
        start("200 OK", [])
        return answer

    async def run() -> None:
        client = Client()
        server = Front(application, lambda _environ: 0)
        task = asyncio.ensure_future(server(client.scope, client.receive, client.send))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
    assert closed(answer)


def test_a_stream_sends_what_happens_and_ends_with_its_source() -> None:
    def events() -> Source:
        yield b"one"
        yield Pause(seconds=0.01)
        yield b"two"

    client = ask(front(stream(events())), Client())
    assert b"".join(client.parts) == b"onetwo"
    assert client.is_whole


def test_a_stream_that_is_old_enough_ends_cleanly() -> None:
    def events() -> Source:
        while True:
            yield Pause(seconds=60)

    client = ask(front(stream(events(), longest_s=0.05)), Client())
    assert client.is_whole


def test_waiting_streams_hold_no_thread() -> None:
    def events() -> Source:
        yield b"x"
        yield Pause(seconds=60)

    waiting = [stream(events()) for _ in range(200)]

    def application(environ: Any, start: Start) -> Iterable[bytes]:
        start("200 OK", [])
        return [b"page"] if environ["QUERY_STRING"] else waiting.pop()

    async def run() -> Client:
        server = Front(application, lambda _environ: 0)
        readers = [Client() for _ in range(200)]
        tasks = [asyncio.ensure_future(server(r.scope, r.receive, r.send)) for r in readers]
        async with asyncio.timeout(10):
            while not all(reader.parts for reader in readers):
                await asyncio.sleep(0.01)
            page = Client(query=b"page")
            await server(page.scope, page.receive, page.send)
        for task in tasks:
            task.cancel()
        return page

    assert asyncio.run(run()).parts == [b"page"]
