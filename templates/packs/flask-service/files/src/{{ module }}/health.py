"""Whether the process works, and whether it can take requests."""

import logging
from collections.abc import Callable, Mapping

from flask import Blueprint
from flask.typing import ResponseReturnValue

Check = Callable[[], object]
"""Returns if something works and raises if it does not. It should answer within a second."""

_log = logging.getLogger(__name__)


def blueprint(checks: Mapping[str, Check]) -> Blueprint:
    """Return the endpoints that a platform asks.

    Args:
        checks: What has to work before requests are taken, by name.
    """
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def healthz() -> ResponseReturnValue:
        # Nothing but the process itself: a database that is away is no reason to restart it.
        return {"status": "ok"}

    @health.get("/readyz")
    def readyz() -> ResponseReturnValue:
        states = {name: _state(name, check) for name, check in checks.items()}
        ready = all(state == "ok" for state in states.values())
        return {"status": "ok" if ready else "unavailable", "checks": states}, 200 if ready else 503

    return health


def _state(name: str, check: Check) -> str:
    try:
        check()
    except Exception:
        _log.warning("not ready", extra={"check": name}, exc_info=True)
        return "failed"
    return "ok"
