"""Bodies of requests, gathered before a thread is given to them.

Whoever sends a body decides how fast it comes, so while it comes it costs no thread, only its
own bytes; how many of those there may be at once, and for how long, is bounded here. All of it
runs in the one thread of the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bot.errors import DeliveryRefused
from bot.web.door import MAX_BODY_BYTES

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

DEADLINE_S = 20.0


@dataclass(kw_only=True)
class Room:
    """Room for ``places`` bodies of at most ``up_to_bytes`` each."""

    up_to_bytes: int
    places: int
    taken: int = 0


def usual_rooms() -> tuple[Room, ...]:
    """About 160 MiB in all. Ordinary deliveries have at most tens of kilobytes.

    A body moves on to the next room as it grows, whatever length was announced: announcing
    costs nothing, so it must not take a place from those who send.
    """
    return (
        Room(up_to_bytes=65_536, places=512),
        Room(up_to_bytes=1_048_576, places=32),
        Room(up_to_bytes=MAX_BODY_BYTES + 1, places=4),
    )


class Bodies:
    """All bodies that are on their way, or being worked on."""

    def __init__(
        self, rooms: Sequence[Room] | None = None, *, deadline_s: float = DEADLINE_S
    ) -> None:
        """Args:
        rooms: By size; by default `usual_rooms`.
        deadline_s: How long a body may take from its first byte to its last.
        """
        self._rooms = tuple(rooms) if rooms is not None else usual_rooms()
        self._deadline_s = deadline_s

    @asynccontextmanager
    async def gathered(self, receive: Receive, most_bytes: int) -> AsyncIterator[bytes]:
        """A body, or its first ``most_bytes``; its place is kept for as long as the context.

        Raises:
            DeliveryRefused: 400 where it breaks off, 408 where it takes too long, 503 where
                there is no place for it.
        """
        stay = _Stay(self._rooms)
        try:
            try:
                async with asyncio.timeout(self._deadline_s):
                    body = await _gather(receive, most_bytes, stay)
            except TimeoutError:
                raise _too_slow(self._deadline_s) from None
            yield body
        finally:
            stay.leave()


class _Stay:
    """One body's place, in the smallest room that it fits into."""

    def __init__(self, rooms: Sequence[Room]) -> None:
        self._rooms = rooms
        self._at: int | None = None

    def grow(self, size_bytes: int) -> None:
        """Move on where it has outgrown its room."""
        if self._at is not None and size_bytes <= self._rooms[self._at].up_to_bytes:
            return
        fitting = (i for i, room in enumerate(self._rooms) if size_bytes <= room.up_to_bytes)
        at = next(fitting, len(self._rooms) - 1)
        room = self._rooms[at]
        if room.taken >= room.places:
            raise DeliveryRefused(
                503, "Too many bodies arrive at once. Send it again later.", reason="too_many"
            )
        self.leave()
        room.taken += 1
        self._at = at

    def leave(self) -> None:
        """Give the place up."""
        if self._at is not None:
            self._rooms[self._at].taken -= 1
            self._at = None


async def _gather(receive: Receive, most_bytes: int, stay: _Stay) -> bytes:
    # One growing array: a list of pieces would cost fifty bytes for a piece of one.
    body = bytearray()
    is_more = most_bytes > 0
    while is_more and len(body) < most_bytes:
        stay.grow(len(body))
        event = await receive()
        if event["type"] == "http.disconnect":
            raise DeliveryRefused(400, "The body breaks off.", reason="body_cut_off")
        body += event.get("body", b"")
        is_more = event.get("more_body", False)
    del body[most_bytes:]
    if body:
        stay.grow(len(body))
    return bytes(body)


def _too_slow(deadline_s: float) -> DeliveryRefused:
    return DeliveryRefused(
        408, f"The body did not arrive within {deadline_s:.0f} seconds.", reason="body_too_slow"
    )
