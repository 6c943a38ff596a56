"""Puts the parts of the service together."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI

from . import errors, greetings, health, logs
from .body_limit import BodyLimit
from .request_log import RequestLog
from .settings import Settings
from .version import __version__

_log = logging.getLogger(__name__)


def create_app(
    settings: Settings | None = None, checks: Mapping[str, health.Check] | None = None
) -> FastAPI:
    """Return the service, ready to be served.

    Args:
        settings: Read from the environment if not given.
        checks: What has to work before the service takes requests, by name.

    Raises:
        ValidationError: The environment holds something that cannot be used.
    """
    settings = settings or Settings()
    logs.configure(settings.log_level)
    app = FastAPI(
        title="{{ name }}",
        version=__version__,
        lifespan=_lifespan,
        docs_url="/docs" if settings.docs else None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.docs else None,
        responses=errors.DOCUMENTED,
    )
    # The last one added is the first to see a request.
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(RequestLog)
    errors.install(app)
    app.include_router(health.router(checks or {}))
    app.include_router(greetings.router)
    return app


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    """What lives as long as the service: open pools and clients before ``yield``, close after."""
    _log.info("started", extra={"version": __version__})
    yield
    _log.info("stopped")
