"""Answers that are made as things happen: server-sent events, which wait more than they say.

A `Stream` runs a generator that yields bytes, or a `Pause` where there is nothing for now. Our
own server sleeps such a pause in its event loop and holds no thread; any other WSGI server
iterates the stream, which then sleeps where it is. Each step may run in another thread, so a
generator keeps no transaction open across a ``yield``.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

from flask import Response

from bot.errors import Transient
from bot.web.pieces import PIECE_BYTES, Step

MOST = 500
PER_PERSON = 20
LONGEST_S = 600.0
HEARTBEAT_S = 15.0
RETRY_AFTER_S = 10.0

#: A comment to those who read events; to proxies on the way, a sign of life.
HEARTBEAT = b": still here\n\n"

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering
    "X-Accel-Buffering": "no",
}


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Nothing for now; ask again then."""

    seconds: float


Source = Generator[bytes | Pause, None, None]


def event(data: str, *, id: str = "", name: str = "") -> bytes:
    """One event in the format of https://html.spec.whatwg.org/multipage/server-sent-events.html

    Args:
        data: Any text; it arrives with its line ends as line feeds.
        id: What a reader who comes back sends as ``Last-Event-ID``. One line, as ``name`` is.
    """
    lines = [f"id: {id}"] if id else []
    lines += [f"event: {name}"] if name else []
    text = data.replace("\r\n", "\n").replace("\r", "\n")
    lines += [f"data: {line}" for line in text.split("\n")]
    return ("\n".join(lines) + "\n\n").encode("utf-8", "replace")


class Stream:
    """One such answer, from its place being taken to its end.

    It ends when its source does, or after `LONGEST_S`, cleanly: readers come back and say by
    ``Last-Event-ID`` what they had.
    """

    def __init__(
        self,
        source: Source,
        leave: Callable[[], None],
        *,
        heartbeat_s: float = HEARTBEAT_S,
        longest_s: float = LONGEST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._clock = clock
        self._heartbeat_s = heartbeat_s
        now = clock()
        self._ends_at = now + longest_s
        self._ask_at = now
        # Some servers keep the headers until there are bytes, so it speaks at once.
        self._spoke_at = now - heartbeat_s
        self._is_over = False
        self._lock = threading.Lock()
        # Also where an error on the way to the server keeps anybody from closing it.
        self._leave = weakref.finalize(self, leave)

    def step(self) -> Step:
        """What is there now; a heartbeat where nothing has been for long."""
        with self._lock:
            now = self._clock()
            if now >= self._ends_at:
                self._is_over = True
            parts = self._had(now)
            if parts:
                self._spoke_at = now
            elif not self._is_over and now >= self._spoke_at + self._heartbeat_s:
                parts.append(HEARTBEAT)
                self._spoke_at = now
            again_s = None if self._is_over else self._rest_s(now)
            return Step(b"".join(parts), again_s)

    def close(self) -> None:
        """End it, and give its place up."""
        with self._lock:
            self._is_over = True
            try:
                self._source.close()
            finally:
                self._leave()

    def __iter__(self) -> Iterator[bytes]:
        """The same for servers that know no better: pauses are slept here."""
        again_s: float | None = 0.0
        while again_s is not None:
            time.sleep(again_s)
            part, again_s = self.step()
            if part:
                yield part

    def _had(self, now: float) -> list[bytes]:
        parts: list[bytes] = []
        size = 0
        while not self._is_over and now >= self._ask_at and size < PIECE_BYTES:
            try:
                said = next(self._source)
            except StopIteration:
                self._is_over = True
                break
            if isinstance(said, Pause):
                self._ask_at = now + said.seconds
                break
            parts.append(said)
            size += len(said)
        return parts

    def _rest_s(self, now: float) -> float:
        until = min(self._ask_at, self._spoke_at + self._heartbeat_s, self._ends_at)
        return max(0.0, until - now)


class Streams:
    """All streams of this process, of which there may be so many at once."""

    def __init__(self, *, most: int = MOST, per_person: int = PER_PERSON) -> None:
        self._most = most
        self._per_person = per_person
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()

    def open(self, source: Source, *, person: str, longest_s: float = LONGEST_S) -> Stream:
        """A stream with its place, kept until it is closed.

        Args:
            source: Not begun yet; it is closed with the stream.
            person: Whose share of the places it counts to.

        Raises:
            Transient: No place is left, or none for that person.
        """
        with self._lock:
            if self._open.total() >= self._most:
                raise _full("Too many streams of events are open.", "too_many_streams")
            if self._open[person] >= self._per_person:
                raise _full(
                    f"You have {self._per_person} streams of events open.", "too_many_of_yours"
                )
            self._open[person] += 1
        return Stream(source, lambda: self._left(person), longest_s=longest_s)

    @property
    def count(self) -> int:
        """How many are open."""
        with self._lock:
            return self._open.total()

    def _left(self, person: str) -> None:
        with self._lock:
            self._open[person] -= 1
            # Names of those who went would pile up.
            if not self._open[person]:
                del self._open[person]


def answer(stream: Stream) -> Response:
    """The answer to ``Accept: text/event-stream``. Nothing may be wrapped round its iterable:
    the server would not know the stream, and would hold a thread for it."""
    return Response(
        stream, content_type="text/event-stream", headers=HEADERS, direct_passthrough=True
    )


def _full(message: str, reason: str) -> Transient:
    return Transient(
        message,
        retry_after_s=RETRY_AFTER_S,
        reason=reason,
        remedy="Close one that you do not read, or come back later.",
    )
