"""The processes of all runs that ask models."""

from __future__ import annotations

import threading

from bot.agents.models.room import Room
from bot.sandbox.port import TalkingSandbox


class Rooms:
    """One process a run, begun where it is first needed."""

    def __init__(
        self, sandbox: TalkingSandbox, *, plain: TalkingSandbox, unsandboxed: bool = False
    ) -> None:
        """Args:
        plain: What runs a process where no sandbox can be had.
        unsandboxed: Whether that may then be told what strangers wrote.
        """
        self._sandbox = sandbox
        self._plain = plain
        self._unsandboxed = unsandboxed
        self._lock = threading.Lock()
        self._rooms: dict[str, Room] = {}

    def unguarded(self) -> str | None:
        """None where strangers' text may be read here, else why not, as a sentence."""
        return None if self._unsandboxed else self._sandbox.problem()

    def of(self, run_id: str) -> Room:
        """The process of a run; a new one where it has ended."""
        with self._lock:
            room = self._rooms.get(run_id)
            if room is None or room.is_over:
                room = Room(self._sandbox if self._sandbox.problem() is None else self._plain)
                self._rooms[run_id] = room
            return room

    def close(self, run_id: str) -> None:
        """End the process of a run, if there is one."""
        with self._lock:
            room = self._rooms.pop(run_id, None)
        if room is not None:
            room.close()
