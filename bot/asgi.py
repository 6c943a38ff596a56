"""The web application for an ASGI server that calls it by name."""

from __future__ import annotations

import os

from bot import logs
from bot.build import build
from bot.serving.lifeline import die_with_parent
from bot.settings import Settings
from bot.web import create_front
from bot.web.door import STORE_PATIENCE_S
from bot.web.front import Front


def supervised() -> Front:
    """The application as the environment says, in a process that must not outlive the one
    that started it."""
    die_with_parent()
    settings = Settings.from_environment(os.environ)
    logs.configure(settings.log_format)
    return create_front(build(settings, store_patience_s=STORE_PATIENCE_S))
