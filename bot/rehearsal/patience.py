"""How long a rehearsal may take, where somebody waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from bot.core.runs import RunStatus
from bot.errors import BotError
from bot.rehearsal.effects import Effects
from bot.services import Services
from bot.trials import Rehearsal

_REMEDY = (
    "Have it done, or rehearse it with `firstcommit simulate`, which waits for as long as it takes."
)


class Patience:
    """Stops a run as people do, when it has taken too long: no thread can be ended from outside."""

    def __init__(self, effects: Effects, within_s: float | None) -> None:
        self._effects = effects
        self._within_s = within_s
        self._ends_at = time.monotonic() + (within_s or 0.0)
        self._has_ended = threading.Event()

    @contextmanager
    def over(self, stage: Services, run_id: str) -> Iterator[None]:
        """See to it that a run does not take longer."""
        if self._within_s is None:
            yield
            return
        left_s = max(0.0, self._ends_at - time.monotonic())
        timer = threading.Timer(left_s, self._end, (stage, run_id))
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def told(self, rehearsal: Rehearsal) -> Rehearsal:
        """What is told of a rehearsal that was stopped; any other as it is."""
        is_cut = rehearsal.run is not None and rehearsal.run.status is RunStatus.CANCELLED
        if not (is_cut and self._has_ended.is_set()):
            return rehearsal
        return replace(
            rehearsal,
            reason="too_long",
            message=f"The dry run took longer than {self._within_s:g} s, and was stopped there.",
            remedy=_REMEDY,
            comment="",
        )

    def _end(self, stage: Services, run_id: str) -> None:
        self._has_ended.set()
        # What would be done from here on would be done since it is stopped.
        self._effects.close()
        with suppress(BotError):
            stage.store.runs.request_cancel(run_id, "the time that a dry run may take")
