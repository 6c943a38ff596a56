"""The web server process."""

from __future__ import annotations

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from bot.settings import Settings

APPLICATION = "bot.asgi:supervised"

HEADERS_WITHIN_MS = 10_000
#: Less than `serve` gives to each of its children, so that a worker is not left to the kernel.
ENDS_WITHIN_S = 12


def serve_web(settings: Settings, application: str = APPLICATION) -> None:
    """Answer HTTP until told to stop by SIGTERM or SIGINT.

    Answers under way then have `ENDS_WITHIN_S`; streams of events end by themselves at once.
    """
    Granian(
        application,
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
        workers_kill_timeout=ENDS_WITHIN_S,
    ).serve()
