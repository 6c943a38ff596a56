"""What came of packs that failed, kept for a short while: failing takes as long as a pack wants.

Whoever reads a pack holds one of a few hands meanwhile, and a list of packs would try each again.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bot.errors import BotError, StepFailed, UserError
from bot.generation.foreign.keeping import drop_oldest, put

#: So long as somebody may wonder, and no longer than one takes to mend what is around a pack.
KEPT_S = 120.0
_MOST_KEPT = 256
_MOST_BYTES = 4 * 1024 * 1024
_FIELDS = ("kind", "message", "reason", "remedy")


class Stopped(StepFailed):
    """A pack's process was stopped at a limit, or ended without an answer."""

    reason = "template_error"


_KINDS: dict[str, type[UserError | StepFailed]] = {
    "UserError": UserError,
    "StepFailed": StepFailed,
    "Stopped": Stopped,
}


class Failures:
    """Failures by key, for a while, on disk where other processes have to find them.

    Args:
        folder: Where they are kept; None for this process alone.
        now: Seconds since whenever, the same for all processes.
    """

    def __init__(self, folder: Path | None, *, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._now = now
        self._own: dict[str, tuple[float, BotError]] = {}

    def raise_kept(self, key: str) -> None:
        """Raise what came of that key lately, if it failed."""
        kept = self._own.get(key) or self._on_disk(key)
        if kept is not None and 0 <= self._now() - kept[0] < KEPT_S:
            # Another one of the same: what was raised before has its own traceback.
            raise _made(**_told(kept[1]))

    def keep(self, key: str, failure: BotError) -> None:
        """Remember a failure that was of the pack's own making."""
        if type(failure).__name__ not in _KINDS:
            return
        if self._folder is None:
            self._own[key] = (self._now(), failure)
            while len(self._own) > _MOST_KEPT:
                self._own.pop(next(iter(self._own)), None)
            return
        told = {"at": self._now(), **_told(failure)}
        # A disk that is full or closed to us makes things slower, and nothing else.
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            put(self._path(key), json.dumps(told).encode())
            drop_oldest(self._folder, most_files=_MOST_KEPT, most_bytes=_MOST_BYTES)

    def _on_disk(self, key: str) -> tuple[float, BotError] | None:
        if self._folder is None:
            return None
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            told = json.loads(self._path(key).read_text("utf-8"))
            return float(told["at"]), _made(**{name: str(told[name]) for name in _FIELDS})
        return None

    def _path(self, key: str) -> Path:
        return Path(self._folder or "") / f"{hashlib.sha256(key.encode()).hexdigest()}.json"


def _told(failure: BotError) -> dict[str, str]:
    return {
        "kind": type(failure).__name__,
        "message": failure.message,
        "reason": failure.reason,
        "remedy": failure.remedy,
    }


def _made(*, kind: str, message: str, reason: str, remedy: str) -> BotError:
    return _KINDS[kind](message, reason=reason, remedy=remedy)
