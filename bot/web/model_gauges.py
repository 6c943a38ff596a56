"""What language models are asked and cost, as numbers for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Gauge

from bot.core.budgets import MICROS
from bot.core.model_calls import CallStatus
from bot.store.port import CallSum

_ENDED = ("model", "status")


class ModelGauges:
    """Calls that ended in the last hour, and what is set aside for those under way.

    Gauges, since workers make the calls: whoever is asked reads them from the rows of all.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, words: str, *labels: str) -> Gauge:
            return Gauge(f"firstcommit_model_{name}", words, labels, registry=registry)

        hour = "begun in the last hour that have ended"
        self._calls = gauge("calls_last_hour", f"Calls of language models {hour}.", *_ENDED)
        self._tokens = gauge("tokens_last_hour", f"Tokens of calls {hour}.", *_ENDED)
        self._cost = gauge(
            "cost_usd_last_hour", f"US dollars of calls {hour}, where prices are known.", *_ENDED
        )
        self._under_way = gauge("calls_under_way", "Calls that have not ended yet.", "model")
        self._held_tokens = gauge("reserved_tokens", "Tokens set aside for these.", "model")
        self._held_cost = gauge("reserved_usd", "US dollars set aside for these.", "model")

    def clear(self) -> None:
        """Say nothing of any model."""
        for gauge in (self._calls, self._tokens, self._cost):
            gauge.clear()
        for gauge in (self._under_way, self._held_tokens, self._held_cost):
            gauge.clear()

    def set(self, sums: Iterable[CallSum]) -> None:
        """Say what was summed."""
        for one in sums:
            ended = (self._calls, self._tokens, self._cost)
            labels: tuple[str, ...] = (one.model, one.status.value)
            if one.status is CallStatus.PLANNED:
                ended = (self._under_way, self._held_tokens, self._held_cost)
                labels = (one.model,)
            amounts = (one.calls, one.tokens, one.micro_usd / MICROS)
            for gauge, amount in zip(ended, amounts, strict=True):
                gauge.labels(*labels).set(amount)
