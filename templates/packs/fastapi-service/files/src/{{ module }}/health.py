"""Whether the process works, and whether it can take requests."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response

Check = Callable[[], Awaitable[object]]
"""Returns if something works and raises if it does not."""

TIMEOUT_S = 2.0

_log = logging.getLogger(__name__)


def router(checks: Mapping[str, Check]) -> APIRouter:
    """Return the endpoints that a platform asks.

    Args:
        checks: What has to work before requests are taken, by name; they run side by side.
    """
    health = APIRouter(tags=["health"])

    @health.get("/healthz")
    async def healthz() -> dict[str, str]:
        # Nothing but the process itself: a database that is away is no reason to restart it.
        return {"status": "ok"}

    @health.get("/readyz")
    async def readyz(response: Response) -> dict[str, str | dict[str, str]]:
        states = await asyncio.gather(*(_state(*check) for check in checks.items()))
        ready = all(state == "ok" for state in states)
        response.status_code = 200 if ready else 503
        return {
            "status": "ok" if ready else "unavailable",
            "checks": dict(zip(checks, states, strict=True)),
        }

    return health


async def _state(name: str, check: Check) -> str:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await check()
    except Exception:
        _log.warning("not ready", extra={"check": name}, exc_info=True)
        return "failed"
    return "ok"
