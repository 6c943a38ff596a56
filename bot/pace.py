"""The shared write budget: one for all workers through Redis, or one for this process."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import astuple

import redis

from bot.core.pace import HOUR_S, MINUTE_S, PaceLimits, still_counts, wait_s
from bot.errors import Transient

PATIENCE_S = 2.0
_SOCKET_TIMEOUT_S = 2.0
_PREFIX = "firstcommit:pace:"

# The rule of bot.core.pace in Lua, so that looking and taking are one step for everybody.
# Redis' own clock is the only one that all workers share. Answers microseconds to wait,
# 0 where the write was taken.
_TAKE = """
local burst, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local minute, hour, reserve = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local minute_s, hour_s = tonumber(ARGV[6]), tonumber(ARGV[7])
local kept_back = ARGV[8] == '1' and 0 or reserve
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000

redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.6f', now - hour_s))
local rows = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local taken = {}
for i = 2, #rows, 2 do taken[#taken + 1] = tonumber(rows[i]) end

local tokens, last = burst, taken[1] or now
for _, at in ipairs(taken) do
  tokens = math.min(burst, tokens + (at - last) * rate) - 1
  last = at
end
tokens = math.min(burst, tokens + (now - last) * rate)
local missing = 1 + kept_back - tokens
local wait = missing > 0.000001 and missing / rate or 0

local function window(span, most)
  local inside = 0
  for _, at in ipairs(taken) do if at > now - span then inside = inside + 1 end end
  if inside < most then return 0 end
  return taken[#taken - most + 1] + span - now
end
wait = math.max(wait, window(minute_s, minute - kept_back), window(hour_s, hour - kept_back))
if wait > 0 then return math.ceil(wait * 1000000) end

-- Two writes of one microsecond are two members.
local member = string.format('%s.%06d-%d', time[1], tonumber(time[2]), #taken)
redis.call('ZADD', KEYS[1], string.format('%.6f', now), member)
redis.call('EXPIRE', KEYS[1], math.ceil(hour_s))
return 0
"""


class _WaitingPace(ABC):
    """Waits a little for a write to become free, and no longer."""

    def __init__(
        self, limits: PaceLimits | None, patience_s: float, sleep: Callable[[float], None]
    ) -> None:
        self._limits = limits or PaceLimits()
        self._patience_s = patience_s
        self._sleep = sleep

    def take(self, key: str, *, conversation: bool = False) -> None:
        """See `bot.forges.port.Pace`."""
        patience_s = self._patience_s
        while wait := self._try(key, conversation):
            if wait > patience_s:
                raise Transient(
                    "The forge's write budget is used up for the moment.",
                    reason="pace",
                    retry_after_s=wait,
                )
            self._sleep(wait)
            patience_s -= wait

    @abstractmethod
    def _try(self, key: str, conversation: bool) -> float:
        """Take one write and give 0.0, or give the seconds after which to try again."""


class ProcessPace(_WaitingPace):
    """A budget for the threads of one process."""

    def __init__(
        self,
        limits: PaceLimits | None = None,
        *,
        patience_s: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Args:
        limits: The budget; GitHub's where nothing is said.
        patience_s: The most that one `take` waits before it gives up.
        clock: Seconds on a clock that never goes back.
        sleep: Waits that many seconds.
        """
        super().__init__(limits, patience_s, sleep)
        self._clock = clock
        self._taken: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def _try(self, key: str, conversation: bool) -> float:
        with self._lock:
            now = self._clock()
            taken = still_counts(self._taken.get(key, ()), now)
            wait = wait_s(self._limits, taken, now, conversation=conversation)
            self._taken[key] = taken if wait else [*taken, now]
            return wait


class RedisPace(_WaitingPace):
    """A budget for all workers that share a Redis; while it is away, one for this process."""

    def __init__(
        self,
        server: redis.Redis | str,
        limits: PaceLimits | None = None,
        *,
        patience_s: float = PATIENCE_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Args:
        server: A client, or the address of a server.
        limits: The budget; GitHub's where nothing is said.
        patience_s: The most that one `take` waits before it gives up.
        sleep: Waits that many seconds.
        """
        super().__init__(limits, patience_s, sleep)
        client = (
            redis.Redis.from_url(
                server,
                socket_timeout=_SOCKET_TIMEOUT_S,
                socket_connect_timeout=_SOCKET_TIMEOUT_S,
            )
            if isinstance(server, str)
            else server
        )
        self._script = client.register_script(_TAKE)
        self._alone = ProcessPace(self._limits, patience_s=0)

    def _try(self, key: str, conversation: bool) -> float:
        arguments = [*astuple(self._limits), MINUTE_S, HOUR_S, int(conversation)]
        try:
            answer = self._script(keys=[_PREFIX + key], args=arguments)
        except redis.RedisError:
            # Nobody may write faster because Redis is away, and nobody has to stop for it.
            return self._alone._try(key, conversation)
        return int(answer) / 1_000_000
