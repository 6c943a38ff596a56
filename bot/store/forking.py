"""What a process does with its connections when it forks, as a worker does for every job.

A child that inherits an open SQLite file believes that it holds locks which only its parent
holds, and a server connection used on both sides mixes up two conversations. So no SQLite
file is open in the moment of a fork, and what a child inherits of a server it leaves alone.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from sqlalchemy import Engine, Pool

#: A transaction that takes longer than this no longer holds up a fork.
WAIT_S = 15


class Gate:
    """Lets transactions in, but none while the process forks."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._condition = Condition()
        self._inside = 0
        self._is_shut = False

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Be inside for the block; waits while the gate is shut."""
        with self._condition:
            self._condition.wait_for(lambda: not self._is_shut)
            self._inside += 1
        try:
            yield
        finally:
            with self._condition:
                self._inside -= 1
                self._condition.notify_all()

    def shut(self) -> None:
        """Let nobody in, and wait until nobody is inside."""
        with self._condition:
            self._is_shut = True
            self._condition.wait_for(lambda: not self._inside, timeout=WAIT_S)

    def open(self) -> None:
        """Let those in who wait."""
        with self._condition:
            self._is_shut = False
            self._condition.notify_all()

    def open_in_child(self) -> None:
        """Forget the parent's threads, of which the child has none."""
        self._begin()


_gates: weakref.WeakKeyDictionary[Engine, Gate] = weakref.WeakKeyDictionary()
_servers: weakref.WeakSet[Engine] = weakref.WeakSet()
#: Closing what was inherited would end it for the parent, so it is kept.
_inherited: list[Pool] = []


def close_before_fork(engine: Engine, gate: Gate) -> None:
    """Have an engine on a file hold no connection while the process forks."""
    _gates[engine] = gate


def leave_to_parent(engine: Engine) -> None:
    """Have a child open connections of its own to a server."""
    _servers.add(engine)


def _before() -> None:
    for gate in set(_gates.values()):
        gate.shut()
    for engine in list(_gates):
        engine.dispose()


def _after_in_parent() -> None:
    for gate in set(_gates.values()):
        gate.open()


def _after_in_child() -> None:
    for gate in set(_gates.values()):
        gate.open_in_child()
    for engine in [*_gates, *_servers]:
        _inherited.append(engine.pool)
        engine.dispose(close=False)


os.register_at_fork(
    before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child
)
