"""The parent's side of a run's process: many questions at a time over one pair of pipes."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Mapping
from typing import Any

import structlog

from bot.agents.models.lines import MOST_BYTES, BadLine, packed, unpacked
from bot.core.limits import MIB
from bot.sandbox.port import SandboxLimits, SandboxOrder, SandboxOutcome, TalkingSandbox
from bot.sandbox.program import PLAIN, own_mounts, own_python, start_of

_log = structlog.get_logger(__name__)
#: Longer than a run may take; a process that nobody ends is ended then.
_TIME_S = 4 * 3600.0
_MEMORY = 1024 * MIB
#: Of what one question has been told and nobody has looked at yet.
_MOST_WAITING = 2 * MOST_BYTES
_MOST_ERRORS = 2_000
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "HOME": "/nonexistent",
    "PATH": "/nonexistent",
    "PYDANTIC_DISABLE_PLUGINS": "__all__",
}


class Over(Exception):
    """The process has ended, and nothing more will be heard of a question."""


class Inbox:
    """What the process says of one question."""

    def __init__(self) -> None:
        self._messages: queue.SimpleQueue[tuple[dict[str, Any], int] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting = 0

    def put(self, message: dict[str, Any], size: int) -> None:
        """Raises ``BadLine`` where nobody looks at so much any more."""
        with self._lock:
            self._waiting += size
            if self._waiting > _MOST_WAITING:
                raise BadLine("Too much is said at once.")
        self._messages.put((message, size))

    def end(self) -> None:
        """Nothing more will come."""
        self._messages.put(None)

    def get(self, time_s: float) -> dict[str, Any] | None:
        """The next message; None where there is none in that time.

        Raises:
            Over: Where none will come.
        """
        try:
            got = self._messages.get(timeout=time_s)
        except queue.Empty:
            return None
        if got is None:
            raise Over
        message, size = got
        with self._lock:
            self._waiting -= size
        return message


class Room:
    """A process that asks models, and the questions that are in it."""

    def __init__(self, sandbox: TalkingSandbox) -> None:
        """Raises as the sandbox does where none can be had."""
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._inboxes: dict[int, Inbox] = {}
        self._is_over = False
        self._talk = sandbox.open(walls(), hear=self._hear, over=self._end)

    @property
    def is_over(self) -> bool:
        """Whether the process has ended."""
        return self._is_over

    def enter(self) -> tuple[int, Inbox]:
        """A question's number, and what will be said of it."""
        inbox = Inbox()
        with self._lock:
            number = next(self._numbers)
            self._inboxes[number] = inbox
            if self._is_over:
                inbox.end()
        return number, inbox

    def say(self, number: int, message: Mapping[str, object]) -> None:
        """Tell the process something of a question."""
        self._talk.say(packed({**message, "id": number}))

    def leave(self, number: int) -> None:
        """Nothing more is wanted of a question."""
        with self._lock:
            self._inboxes.pop(number, None)
        self.say(number, {"do": "drop"})

    def close(self) -> None:
        """End the process, and every question in it."""
        self._talk.close()

    def _hear(self, line: bytes) -> None:
        message = unpacked(line)
        with self._lock:
            inbox = self._inboxes.get(message.get("id", 0))
        if inbox is not None:
            inbox.put(message, len(line))

    def _end(self, outcome: SandboxOutcome | Exception) -> None:
        if isinstance(outcome, SandboxOutcome):
            said = outcome.stderr.decode("utf-8", errors="replace")[-_MOST_ERRORS:]
            _log.info("model_process_ended", ending=outcome.ending, said=said)
        else:
            _log.warning("model_process_broken", problem=repr(outcome))
        with self._lock:
            self._is_over = True
            for inbox in self._inboxes.values():
                inbox.end()


def walls(start: str = start_of("bot.agents.models.child")) -> SandboxOrder:
    """All that a process is given; ``start`` is what its interpreter does there."""
    mounts, paths = own_mounts()
    return SandboxOrder(
        command=(own_python(), *PLAIN, start, *paths),
        mounts=mounts,
        environment=_ENVIRONMENT,
        limits=SandboxLimits(
            time_s=_TIME_S,
            memory_bytes=_MEMORY,
            processes=64,
            output_bytes=MOST_BYTES,
            disk_bytes=MIB,
        ),
    )
