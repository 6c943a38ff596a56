"""How fast one grant may write to a forge, as a rule over the times of its last writes.

Only the times count: a bucket that refills, and two windows that slide. GitHub stops an App
that makes more than 80 writes a minute or 500 an hour, and may ban one that goes on; the
numbers here stay below, since other programs share the same account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MINUTE_S = 60.0
HOUR_S = 3600.0

# Float subtraction may leave a hair of a token missing after exactly the wait that was asked for.
_HAIR = 1e-6


@dataclass(frozen=True, kw_only=True)
class PaceLimits:
    """The budget of one key; ``reserve`` is the part of each number that runs cannot use."""

    burst: int = 10
    per_second: float = 1.0
    per_minute: int = 60
    per_hour: int = 450
    reserve: int = 3

    def __post_init__(self) -> None:
        if self.per_second <= 0 or self.reserve < 0:
            raise ValueError("a pace needs a rate above 0 and a reserve of at least 0")
        if min(self.burst, self.per_minute, self.per_hour) <= self.reserve:
            raise ValueError("a reserve that is the whole budget leaves runs nothing")


def wait_s(
    limits: PaceLimits, taken: Sequence[float], now: float, *, conversation: bool = False
) -> float:
    """Seconds until one more write may go; 0.0 where it may go now.

    Args:
        limits: The budget.
        taken: When writes went during the last hour, in seconds, oldest first.
        now: The present on the same clock.
        conversation: Whether the write may draw on the reserve.
    """
    kept_back = 0 if conversation else limits.reserve
    return max(
        _bucket_wait_s(limits, taken, now, 1 + kept_back),
        _window_wait_s(taken, now, MINUTE_S, limits.per_minute - kept_back),
        _window_wait_s(taken, now, HOUR_S, limits.per_hour - kept_back),
    )


def still_counts(taken: Sequence[float], now: float) -> list[float]:
    """Those of ``taken`` that the rule can still see."""
    return [at for at in taken if at > now - HOUR_S]


def _bucket_wait_s(limits: PaceLimits, taken: Sequence[float], now: float, needed: int) -> float:
    tokens = float(limits.burst)
    last = taken[0] if taken else now
    for at in taken:
        tokens = min(limits.burst, tokens + (at - last) * limits.per_second) - 1
        last = at
    tokens = min(limits.burst, tokens + (now - last) * limits.per_second)
    missing = needed - tokens
    return missing / limits.per_second if missing > _HAIR else 0.0


def _window_wait_s(taken: Sequence[float], now: float, span_s: float, most: int) -> float:
    inside = [at for at in taken if at > now - span_s]
    if len(inside) < most:
        return 0.0
    # Once this one has left the window, one write fewer than allowed is inside.
    return inside[len(inside) - most] + span_s - now
