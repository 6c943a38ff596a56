"""How long to wait before trying again."""

from __future__ import annotations

_FIRST_S = 2.0
_LONGEST_S = 300.0


def delay_s(attempts: int, *, asked_s: float | None = None) -> float:
    """Seconds to wait after so many attempts (1 or more): doubling from 2 s to 5 minutes.

    Never less than the other side asked for.
    """
    doubled = min(_LONGEST_S, _FIRST_S * 2.0 ** min(max(attempts, 1) - 1, 16))
    return max(doubled, asked_s or 0.0)
