"""The web server process."""

from __future__ import annotations

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from bot.settings import Settings

HEADERS_WITHIN_MS = 10_000


def serve_web(settings: Settings) -> None:
    """Answer HTTP until told to stop by SIGTERM or SIGINT."""
    Granian(
        "bot.asgi:supervised",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGINL,
        workers=1,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_WITHIN_MS),
        log_access=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
    ).serve()
