"""``/metrics`` for Prometheus: what passed the door of this process, how long queues are, how
outgoing hooks fare, and what language models cost."""

from __future__ import annotations

import math

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from bot.core.signatures import same_secret
from bot.errors import StoreUnavailable
from bot.services import Services
from bot.web.model_gauges import ModelGauges

#: Workers send to hooks and ask models, so that this is counted in the database.
_WITHIN_S = 3600.0


class Metrics:
    """The numbers of one application; a registry of its own, so that two can live side by side."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._deliveries = Counter(
            "firstcommit_deliveries",
            "Webhook deliveries by what became of them at the door.",
            ["forge", "outcome"],
            registry=self.registry,
        )
        self._jobs = Gauge(
            "firstcommit_jobs_waiting",
            "Jobs that wait in each queue; absent where the queue does not answer.",
            ["queue"],
            registry=self.registry,
        )
        self._database = Gauge(
            "firstcommit_database_up",
            "Whether the database answers.",
            registry=self.registry,
        )
        self._hook_deliveries = Gauge(
            "firstcommit_hook_deliveries_last_hour",
            "Deliveries to outgoing hooks that ended in the last hour, by outcome.",
            ["outcome"],
            registry=self.registry,
        )
        self._hooks_off = Gauge(
            "firstcommit_hooks_off",
            "Outgoing hooks that are switched off; NaN where the database does not answer.",
            registry=self.registry,
        )
        self._spent = ModelGauges(self.registry)

    def delivery(self, forge: str, outcome: str) -> None:
        """Count one delivery."""
        self._deliveries.labels(forge, outcome).inc()

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format, with the gauges read now."""
        self._jobs.clear()
        for queue, depth in self._services.queue.depths().items():
            self._jobs.labels(queue).set(depth)
        self._hook_deliveries.clear()
        self._hooks_off.set(math.nan)
        self._spent.clear()
        store = self._services.store
        try:
            store.database.ping()
            self._database.set(1)
            for status, number in store.hook_deliveries.ended(within_s=_WITHIN_S).items():
                self._hook_deliveries.labels(status.value).set(number)
            self._hooks_off.set(store.hooks.count_off())
            self._spent.set(store.model_calls.sums(within_s=_WITHIN_S))
        except StoreUnavailable:
            self._database.set(0)
        return generate_latest(self.registry)


def blueprint(services: Services, metrics: Metrics) -> Blueprint:
    """``/metrics``, for whoever holds the operator's token."""
    pages = Blueprint("metrics", __name__)

    @pages.get("/metrics")
    def show() -> Response:
        if not _is_operator(request.headers.get("Authorization"), services.keys.admin_token):
            return Response(
                "The operator's token is needed.\n",
                401,
                content_type="text/plain",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return Response(metrics.exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)

    return pages


def _is_operator(header: str | None, token: str) -> bool:
    scheme, _, given = (header or "").partition(" ")
    return scheme.lower() == "bearer" and same_secret(given.strip(), token)
