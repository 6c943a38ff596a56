"""What the door costs, beside a bare Flask view that does nothing but verify the signature.

Both are called as WSGI applications, in turns, with the same request, so that only they are
measured: no socket, no client. The command is stored by a true SQLite store and handed to a
queue that only remembers it.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import logging
import tempfile
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, Response, abort, request

from bot.core.signatures import sign
from bot.store.opening import open_store
from bot.web import create_app
from tests.bench.figures import Figure
from tests.bench.turns import in_turns
from tests.web.doubles import GITHUB_SECRET, services_over_fakes

TARGET = 1.2
ROUNDS = 300
CALLS_A_ROUND = 10
BODY_BYTES = 10_000

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def payload(text: str) -> bytes:
    """A comment's delivery of about ten kilobytes, most of it about the repository."""
    urls = {
        f"part{part}_url": f"https://api.github.com/repos/acme/orders/part{part}"
        for part in range(28)
    }
    account = {"login": "ada", "id": 1, "type": "User", "site_admin": False, **urls}
    body: dict[str, Any] = {
        "action": "created",
        "issue": {"number": 7, "title": "Orders", "body": "We need orders.", "user": account},
        "comment": {"id": 500, "body": text, "user": account},
        "repository": {"id": 20, "name": "orders", "owner": account, **urls},
        "sender": account,
    }
    missing = BODY_BYTES - len(json.dumps(body))
    body["repository"]["description"] = "Orders, and what becomes of them. " * (missing // 34 + 1)
    return json.dumps(body).encode()


def bare_view() -> Flask:
    """The least that a webhook receiver in Flask can be."""
    app = Flask("bare")

    @app.post("/webhooks/github")
    def receive() -> Response:
        body = request.get_data()
        digest = hmac.new(GITHUB_SECRET.encode(), body, hashlib.sha256).hexdigest()
        given = request.headers.get("X-Hub-Signature-256", "")
        if not hmac.compare_digest(given, f"sha256={digest}"):
            abort(401)
        return Response(b'{"status": "ok"}\n', 202, content_type="application/json")

    return app


def environ(body: bytes, delivery: str = "one") -> dict[str, Any]:
    """The request as a server hands it over."""
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/webhooks/github",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "bot.example.com",
        "HTTP_ACCEPT": "*/*",
        "HTTP_USER_AGENT": "GitHub-Hookshot/044aadd",
        "HTTP_X_GITHUB_EVENT": "issue_comment",
        "HTTP_X_GITHUB_DELIVERY": delivery,
        "HTTP_X_HUB_SIGNATURE_256": sign(body, GITHUB_SECRET),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input_terminated": True,
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def measure() -> list[Figure]:
    """The door on what nobody listens to, and on a command, against the bare view."""
    # One line for each of thousands of deliveries would be most of what is measured.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        services = services_over_fakes(Path(folder))
        store = open_store(f"sqlite:///{folder}/store.db")
        store.database.migrate()
        services.store.deliveries = store.deliveries
        bare, ours = bare_view().wsgi_app, create_app(services).wsgi_app
        quiet, command = payload("Looks good to me."), payload("/generate python-package name=x")
        once, numbers = environ(quiet), count()

        def stored() -> None:
            call(ours, command, environ(command, f"delivery-{next(numbers)}"))

        def alone() -> None:
            call(bare, quiet, once)

        # Apart from the stored ones, whose database would leave the others a cold cache.
        door = in_turns(
            rounds=ROUNDS,
            calls_a_round=CALLS_A_ROUND,
            warm_up=50,
            door=lambda: call(ours, quiet, once),
            bare=alone,
        )
        storing = in_turns(
            rounds=ROUNDS // 8,
            calls_a_round=CALLS_A_ROUND,
            warm_up=20,
            stored=stored,
            bare=alone,
        )
        store.database.close()
    return [
        door.figure(
            "door, an event without a command; bare: a Flask view that verifies the signature",
            ours="door",
            bare="bare",
            unit="µs",
            ratio_at_most=TARGET,
        ),
        storing.figure(
            "door, a command stored in SQLite and enqueued; bare: the same view",
            ours="stored",
            bare="bare",
            unit="µs",
        ),
    ]


def call(app: Wsgi, body: bytes, given: dict[str, Any]) -> None:
    """One request, answered with 202."""
    answers: list[str] = []
    given = given | {"wsgi.input": io.BytesIO(body)}
    for _ in app(given, lambda status, *_rest: answers.append(status)):
        pass
    if not answers[0].startswith("202"):
        raise AssertionError(answers[0])
