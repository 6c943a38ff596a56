"""``serve``: web, workers, sweep and an embedded Valkey on one machine, as one thing."""

from __future__ import annotations

import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import httpx
from redis import Redis
from redis.exceptions import RedisError

from bot import embedded
from bot.build import build
from bot.errors import ConfigurationError
from bot.keys import open_keys
from bot.services import Services
from bot.serving.children import Child, Children
from bot.serving.lock import Holder, hold
from bot.serving.port import port_problem
from bot.settings import Settings

SIGN_IN_VALID_S = 86_400.0
_START_WITHIN_S = 30.0
_LOOK_EVERY_S = 0.05
RUN_WORKERS = 2


@dataclass(frozen=True, kw_only=True)
class Served:
    """A server that answers."""

    services: Services
    url: str


@contextmanager
def serving(
    settings: Settings, environment: Mapping[str, str], *, log: Path | None = None
) -> Iterator[tuple[Served, Children]]:
    """Run all parts for as long as the context lasts; they answer when it begins.

    Args:
        environment: What the parts are started with; it must say the same as ``settings``.
        log: The file that takes what the parts print; None for our own output.

    Raises:
        AlreadyServed: Another server runs on the data folder.
        ConfigurationError: A part does not start; it is named.
    """
    url = address(settings)
    open_keys(settings)
    holder = Holder(pid=os.getpid(), url=url, local_forge=settings.local_forge_on)
    with hold(settings.data_dir, holder):
        refuse_taken_port(settings)
        services = build(settings)
        services.store.database.migrate()
        children = Children(log)
        try:
            if settings.redis_url is None:
                _start_valkey(settings, children, environment)
            # Without -P, Python would look for us in the folder in which somebody stands first.
            me = [sys.executable, "-P", "-m", "bot.cli"]
            web = children.start("web", [*me, "web"], environment)
            children.start("worker", [*me, "worker", "--count", str(RUN_WORKERS)], environment)
            _wait_for_web(url, web, settings)
            yield Served(services=services, url=url), children
        finally:
            children.stop()
            services.store.database.close()


def refuse_taken_port(settings: Settings) -> None:
    """Raises ConfigurationError ``port_in_use`` where somebody listens on our port already."""
    problem = port_problem(settings)
    if problem is not None:
        raise ConfigurationError(
            problem,
            reason="port_in_use",
            remedy="Stop what listens there, or set FIRSTCOMMIT_PORT to another.",
        )


def serve(settings: Settings, environment: Mapping[str, str]) -> None:
    """Serve until SIGTERM or SIGINT; prints where, and how to sign in."""
    stop = threading.Event()

    def on_signal(signum: int, frame: FrameType | None) -> None:
        stop.set()

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, on_signal)
    with serving(settings, environment) as (served, children):
        for line in _welcome(served):
            print(line, flush=True)  # noqa: T201 -- this is what `serve` says to its user
        children.watch(stop)
        print("Stopping.", flush=True)  # noqa: T201 -- as above


def address(settings: Settings) -> str:
    """Where the server is reached from this machine."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104 -- asked, not bound
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{settings.port}"


def new_sign_in(services: Services) -> str:
    """A path that signs a browser in once."""
    code = secrets.token_urlsafe(24)
    services.store.sign_ins.add(code, valid_s=SIGN_IN_VALID_S)
    return f"/sign-in/{code}"


def _welcome(served: Served) -> list[str]:
    settings = served.services.settings
    base = settings.public_url or served.url
    lines = [
        f"Firstcommit serves at {base}",
        f"Open {base}{new_sign_in(served.services)}",
        "  (this address signs you in once; each start prints a new one)",
    ]
    if settings.public_url:
        local = f"{served.url}{new_sign_in(served.services)}"
        lines.append(f"Or, on this machine, {local}")
    if settings.local_forge_on:
        lines.append("Then write the next command there: /generate python-package name=parcels")
    lines.append("Press Ctrl+C to stop.")
    return lines


def _start_valkey(settings: Settings, children: Children, environment: Mapping[str, str]) -> None:
    child = children.start("valkey", embedded.command(settings.data_dir), environment)
    client = Redis.from_url(embedded.redis_url(settings.data_dir))
    _wait(child, lambda: _answers(client), "The embedded Valkey")
    client.close()


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def _wait_for_web(url: str, web: Child, settings: Settings) -> None:
    remedy = f"Is port {settings.port} in use? Set FIRSTCOMMIT_PORT to another."
    # One client for all looks: making one takes longer, and more of the machine, than asking.
    with httpx.Client(timeout=2.0, trust_env=False) as client:

        def ready() -> bool:
            try:
                return client.get(f"{url}/healthz").status_code == 200
            except httpx.HTTPError:
                return False

        _wait(web, ready, "The web server", remedy=remedy)


def _wait(child: Child, ready: Callable[[], bool], what: str, *, remedy: str = "") -> None:
    until = time.monotonic() + _START_WITHIN_S
    while not ready():
        if not child.is_running or time.monotonic() > until:
            raise ConfigurationError(f"{what} does not start.", reason="no_start", remedy=remedy)
        time.sleep(_LOOK_EVERY_S)
