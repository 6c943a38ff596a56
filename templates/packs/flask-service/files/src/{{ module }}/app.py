"""Puts the parts of the service together."""

from collections.abc import Mapping

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from . import body_limit, errors, greetings, health, logs, request_log
from .settings import Settings


def create_app(
    settings: Settings | None = None, checks: Mapping[str, health.Check] | None = None
) -> Flask:
    """Return the service, ready to be served.

    Args:
        settings: Read from the environment if not given.
        checks: What has to work before the service takes requests, by name.

    Raises:
        SettingsError: The environment holds something that cannot be used.
    """
    settings = settings or Settings.from_env()
    logs.configure(settings.log_level)
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    if settings.proxy_count:
        count = settings.proxy_count
        proxied = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)
        app.wsgi_app = proxied  # type: ignore[method-assign]  # Flask's own way to wrap an app.
    request_log.install(app)
    errors.install(app)
    body_limit.install(app)
    app.register_blueprint(health.blueprint(checks or {}))
    app.register_blueprint(greetings.blueprint)
    return app
