"""Tokens of five minutes for our own API, which hold in this process alone.

They are written like any token, so that whatever looks for leaked ones finds them, and are kept
nowhere but as a SHA-256 in memory: no database knows them, so that the door of the web server
refuses them like any guess. Only the application that is called from within is given `holder`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Lock

from bot.core import token_text
from bot.core.access_scopes import Scope
from bot.core.passes import VALID_FOR, Asker, Pass

#: What no run may do for anybody, whatever its asker may.
_NEVER = frozenset({Scope.APPROVE, Scope.TOKENS, Scope.OPERATE})


class Passes:
    """Gives passes out, knows them again, and forgets them."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._known: dict[str, Pass] = {}

    @contextmanager
    def lent(self, asker: Asker) -> Iterator[str]:
        """A token for one call; it is worth nothing behind the block."""
        if _NEVER & asker.scopes:
            raise ValueError("a run neither approves nor operates")
        text = token_text.written(secrets.token_bytes(token_text.RANDOM_BYTES))
        key = token_text.sha256_of(text)
        with self._lock:
            self._known[key] = Pass(asker=asker, ends_at=self._clock() + VALID_FOR)
        try:
            yield text
        finally:
            with self._lock:
                self._known.pop(key, None)

    def holder(self, text: str) -> Pass | None:
        """What a token stands for; None where it is none of ours, or its time is over."""
        with self._lock:
            found = self._known.get(token_text.sha256_of(text))
        return found if found is not None and self._clock() < found.ends_at else None
