"""The web application for a WSGI server that imports or calls it by name."""

from __future__ import annotations

import os
from wsgiref.types import WSGIApplication

from bot import logs
from bot.build import build
from bot.settings import Settings
from bot.web import create_app
from bot.web.door import STORE_PATIENCE_S


def application() -> WSGIApplication:
    """The application as the environment says."""
    settings = Settings.from_environment(os.environ)
    logs.configure(settings.log_format)
    return create_app(build(settings, store_patience_s=STORE_PATIENCE_S))
