"""Dry runs in a process that has other things to do: few at a time, and none for long."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from structlog.contextvars import bound_contextvars

from bot.core.identity import Actor
from bot.errors import Transient
from bot.services import Services
from bot.trials import Rehearsal, Tried

AT_ONCE = 2
WITHIN_S = 20.0
_ASK_AGAIN_S = 5.0


class BoundedRehearsals:
    """The port `Rehearsals`: each person has one at a time, and all together have a few."""

    def __init__(self, *, at_once: int = AT_ONCE, within_s: float = WITHIN_S) -> None:
        self._at_once = at_once
        self._within_s = within_s
        self._lock = threading.Lock()
        self._under_way: set[tuple[str, str]] = set()

    def rehearse(self, services: Services, tried: Tried) -> Rehearsal:
        """As the port says."""
        # Loaded here: most processes never rehearse anything, and this is nearly all there is.
        from bot.rehearsal.rehearse import rehearse

        # The log tells of its run as of any other.
        with self._turn(tried.actor), bound_contextvars(rehearsal=True):
            return rehearse(services, tried, within_s=self._within_s)

    @contextmanager
    def _turn(self, actor: Actor) -> Iterator[None]:
        key = (actor.forge, actor.account_id)
        with self._lock:
            if key in self._under_way or len(self._under_way) >= self._at_once:
                raise Transient(
                    "Other dry runs are under way.",
                    reason="too_many_rehearsals",
                    retry_after_s=_ASK_AGAIN_S,
                )
            self._under_way.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._under_way.remove(key)
