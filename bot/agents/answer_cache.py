"""Answers kept for a while, each for the run and the person that got it, and for nobody else."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from bot.core.answer_ages import fresh_s
from bot.core.api_values import ApiAnswer

_MOST = 500
_MOST_BYTES = 16 * 1024 * 1024
#: A large answer would push all others out.
_MOST_BYTES_EACH = 512 * 1024


@dataclass(frozen=True, kw_only=True)
class Whose:
    """Whose answers: of one run, in one person's name, from one host."""

    run_id: str
    person: str
    host: str


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An answer, and until when nobody need be asked whether it still holds."""

    answer: ApiAnswer
    fresh_until: float

    @property
    def etag(self) -> str:
        """By which one asks whether it has changed; empty where one cannot."""
        return self.answer.headers.get("etag", "")


class AnswerCache:
    """What was answered to GET, the newest kept longest."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Args:
        clock: Seconds that only rise.
        """
        self._clock = clock
        self._lock = Lock()
        self._kept: OrderedDict[tuple[Whose, str], Kept] = OrderedDict()
        self._bytes = 0

    def find(self, whose: Whose, address: str) -> Kept | None:
        """What was answered to them there, fresh or not."""
        with self._lock:
            found = self._kept.get((whose, address))
            if found is not None:
                self._kept.move_to_end((whose, address))
            return found

    def is_fresh(self, kept: Kept) -> bool:
        """Whether it may be given again without asking."""
        return self._clock() < kept.fresh_until

    def keep(self, whose: Whose, address: str, answer: ApiAnswer) -> None:
        """Keep an answer as long as it says; what may not be kept is let go."""
        seconds = fresh_s(answer.headers)
        with self._lock:
            self._drop((whose, address))
            if seconds is None or answer.status != 200 or len(answer.body) > _MOST_BYTES_EACH:
                return
            if not seconds and not answer.headers.get("etag"):
                return
            made = Kept(answer=answer, fresh_until=self._clock() + seconds)
            self._kept[whose, address] = made
            self._bytes += len(answer.body)
            while len(self._kept) > _MOST or self._bytes > _MOST_BYTES:
                self._drop(next(iter(self._kept)))

    def forget(self, whose: Whose) -> None:
        """Let go of all that they were answered: something was changed."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == whose]:
                self._drop(key)

    def _drop(self, key: tuple[Whose, str]) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._bytes -= len(found.answer.body)
