"""Timing two or more things so that all of them meet the same moods of the machine."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.bench.figures import Figure

UNITS = {"s": 1.0, "ms": 1e3, "µs": 1e6}

Call = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class Turns:
    """Seconds that each thing took in each round."""

    seconds: Mapping[str, list[float]]

    def median_s(self, name: str) -> float:
        """What one call of it takes."""
        return statistics.median(self.seconds[name])

    def ratio(self, name: str, bare: str) -> float:
        """The median of the ratios of each round, in which both had the same machine."""
        pairs = zip(self.seconds[name], self.seconds[bare], strict=True)
        return statistics.median(ours / other for ours, other in pairs)

    def figure(
        self,
        what: str,
        *,
        ours: str,
        bare: str | None = None,
        unit: str = "ms",
        ratio_at_most: float | None = None,
        ours_at_most: float | None = None,
    ) -> Figure:
        """``ours`` against ``bare``, in ``unit``."""
        return Figure(
            what=what,
            unit=unit,
            ours=self.median_s(ours) * UNITS[unit],
            bare=None if bare is None else self.median_s(bare) * UNITS[unit],
            ratio=None if bare is None else self.ratio(ours, bare),
            ratio_at_most=ratio_at_most,
            ours_at_most=ours_at_most,
        )


def in_turns(*, rounds: int, calls_a_round: int = 1, warm_up: int = 1, **calls: Call) -> Turns:
    """Call each so often, one after the other, round after round."""
    for one in calls.values():
        for _ in range(warm_up):
            one()
    gc.collect()
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, one in calls.items():
            started = time.perf_counter()
            for _ in range(calls_a_round):
                one()
            seconds[name].append((time.perf_counter() - started) / calls_a_round)
    return Turns(seconds=seconds)
