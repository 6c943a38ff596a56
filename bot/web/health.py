"""``/healthz`` and ``/readyz``, for whatever restarts this process or sends it traffic.

They answer anybody, so they say words and no details; those are in the log.
"""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, jsonify

from bot.errors import StoreUnavailable
from bot.services import Services

log = structlog.get_logger(__name__)


def blueprint(services: Services) -> Blueprint:
    """Alive: this process answers. Ready: deliveries that come now are safe."""
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def alive() -> Response:
        return Response("ok\n", content_type="text/plain")

    @health.get("/readyz")
    def ready() -> tuple[Response, int]:
        database = _database(services)
        queue = _queue(services)
        if database != "ok":
            return jsonify(status="unready", database=database, queue=queue), 503
        # Without the queue nothing is lost: the sweep enqueues what the database holds.
        status = "ready" if queue == "ok" else "degraded"
        return jsonify(status=status, database=database, queue=queue), 200

    return health


def _database(services: Services) -> str:
    try:
        services.store.database.ping()
        problem = services.store.database.schema_problem()
    except StoreUnavailable as exc:
        log.warning("not ready", database=exc.message)
        return "unavailable"
    if problem is None:
        return "ok"
    log.warning("not ready", database=problem)
    return "schema does not fit"


def _queue(services: Services) -> str:
    problem = services.queue.problem()
    if problem is None:
        return "ok"
    log.warning("queue does not answer", problem=problem)
    return "unavailable"
