"""How often somebody may ask: so many calls a minute for each token, session or link."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from limits.storage import MemoryStorage, RedisStorage, Storage
from redis.exceptions import RedisError

#: Twenty calls a second, all the time, is more than any page or script of a person asks for.
PERSONS = 1_200
OPERATORS = 30_000
#: Those of all steps of one run together.
RUNS = 600
#: Before anybody knows who asks.
STRANGERS = 600
_WINDOW_S = 60
#: So long Redis is left alone after it did not answer.
_LEFT_ALONE_S = 10.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many calls are left of how many, until when."""

    limit: int
    left: int
    reset_s: int
    is_over: bool

    @property
    def headers(self) -> Mapping[str, str]:
        """As https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ has them; the
        three separate ones are what most clients know."""
        return {
            "RateLimit-Policy": f'"calls";q={self.limit};w={_WINDOW_S}',
            "RateLimit": f'"calls";r={self.left};t={self.reset_s}',
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.left),
            "RateLimit-Reset": str(self.reset_s),
        }


class Limits:
    """Counts calls in Redis, so that all web processes count together, and in memory while Redis
    is away."""

    def __init__(self, redis_url: str, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._here = MemoryStorage()
        self._shared = _shared(redis_url)
        self._shared_again_at = 0.0

    def take(self, key: str, most: int) -> Count:
        """Count one call."""
        if self._shared is not None and time.monotonic() >= self._shared_again_at:
            try:
                return _taken(self._shared, key, most, self._clock())
            except (RedisError, OSError) as exc:
                self._shared_again_at = time.monotonic() + _LEFT_ALONE_S
                _log.warning("limits_counted_here", error=type(exc).__name__)
        return _taken(self._here, key, most, self._clock())


def _taken(storage: Storage, key: str, most: int, now: float) -> Count:
    # Minutes are those of the clock: one question then tells all that there is to tell.
    minute, gone_s = divmod(now, _WINDOW_S)
    count = storage.incr(f"{key}/{minute:.0f}", _WINDOW_S)
    return Count(
        limit=most,
        left=max(0, most - count),
        reset_s=max(1, math.ceil(_WINDOW_S - gone_s)),
        is_over=count > most,
    )


def _shared(redis_url: str) -> Storage | None:
    scheme, _, rest = redis_url.partition("://")
    address = f"redis+unix://{rest}" if scheme == "unix" else redis_url
    try:
        return RedisStorage(
            address,
            key_prefix="firstcommit:limits",
            socket_timeout=0.5,
            socket_connect_timeout=0.5,
        )
    except (RedisError, OSError, ValueError) as exc:
        _log.warning("limits_counted_here", error=type(exc).__name__)
        return None
