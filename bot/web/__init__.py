"""Everything that speaks HTTP to the outside; only this package imports Flask.

``front.py`` gathers requests whole and sends long answers in pieces, ``door.py`` takes webhooks
in (``webhooks.py`` puts HTTP in front of it), ``health.py`` and ``metrics.py`` answer machines,
``access.py`` knows who may look at pages, and the pages themselves read the store and the local
forge into frozen view values which the templates in ``templates/dashboard`` show. Nothing in
here starts a run: a command written on a page becomes a signed delivery that goes through the
door.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, request

from bot.core.passes import Pass
from bot.resources import templates_dir
from bot.services import Services
from bot.web import dashboard, failures, health, metrics, webhooks
from bot.web.access import Attempts
from bot.web.api import routes
from bot.web.body_sizes import BodySizes
from bot.web.door import Door
from bot.web.front import Front
from bot.web.oauth_flow import Flows
from bot.web.sessions import Sessions
from bot.web.signing import Signer
from bot.web.site import Assets, Site

KEPT_S = 31_536_000


class _App(Flask):
    """Flask, with static files that browsers keep where their address changes with them."""

    def __init__(self, name: str, *, template_folder: str) -> None:
        super().__init__(name, template_folder=template_folder)
        self.extensions[Assets.__name__] = Assets(self)

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """So long, or None to be asked each time whether the file is still the same."""
        assets: Assets = self.extensions[Assets.__name__]
        is_kept = assets.is_address(filename or "", request.args.get("v", ""))
        return KEPT_S if is_kept else None


def create_app(services: Services, *, passes: Callable[[str], Pass | None] | None = None) -> Flask:
    """The web application over these services, for any WSGI server.

    Args:
        passes: What tokens stand for that steps of runs are lent. Only for an application that is
            called within its own process: no server that listens anywhere may know them.
    """
    return _made(services, passes)[0]


def create_front(services: Services) -> Front:
    """The same for any ASGI server, where slow senders keep nobody waiting."""
    app, hooks = _made(services)
    return Front(app, hooks.most_bytes)


def _made(
    services: Services, passes: Callable[[str], Pass | None] | None = None
) -> tuple[Flask, webhooks.Webhooks]:
    app = _App(__name__, template_folder=str(templates_dir() / "dashboard"))
    sizes = BodySizes.of(services.settings)
    numbers = metrics.Metrics(services)
    door = Door(services, count=numbers.delivery)
    app.register_blueprint(health.blueprint(services))
    app.register_blueprint(metrics.blueprint(services, numbers))
    signer = Signer(services.keys.secret_key)
    site = Site(
        services=services,
        door=door,
        sessions=Sessions(signer, services.clock),
        flows=Flows(signer, services.clock),
        attempts=Attempts(services.clock),
        passes=passes,
    )
    failures.register(app, sizes)
    dashboard.register(app, site)
    routes.register(app, site)
    hooks = webhooks.Webhooks(door, app.wsgi_app, sizes)
    app.wsgi_app = hooks  # type: ignore[method-assign, assignment]  # as Flask says to wrap it
    return app, hooks
