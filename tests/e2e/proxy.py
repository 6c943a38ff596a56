"""The reverse proxy in front of the emulator: records, makes fail, mends."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from tests.e2e.documents import mend
from tests.e2e.exchange import (
    BAD_CREDENTIALS,
    NO_ACCESS,
    NOT_FOUND,
    Answer,
    Request,
    answer,
)
from tests.e2e.faults import Call, Calls, Fault, Faults
from tests.e2e.hooks import Hooks, signature_of
from tests.e2e.mended import ROUTES
from tests.e2e.mended.access import SUSPENDED, jwt_refusal
from tests.e2e.site import Site

#: Where the emulator sends its webhooks to.
HOOK_PATH = "/_webhooks"
REPOSITORY = re.compile(r"^/repos/([^/]+)/([^/]+)(/.*)?$")
DROPPED = Answer(status=0)


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """Answers as GitHub would."""

    site: Site
    hooks: Hooks
    faults: Faults
    calls: Calls

    def answer(self, request: Request) -> Answer:
        """The answer to one request; status 0 stands for a closed connection."""
        if request.path == HOOK_PATH:
            return self._take_webhook(request)
        started_at, begun = time.time(), time.monotonic()
        who = self._who(request)
        got = self._with_faults(request, by_person=who in self.calls.people)
        call = Call(
            who=who,
            method=request.method,
            path=request.path,
            query=request.query,
            body=request.body,
            status=got.status,
            started_at=started_at,
            duration_s=time.monotonic() - begun,
        )
        self.calls.all.append(call)
        return got

    def _with_faults(self, request: Request, *, by_person: bool) -> Answer:
        fault = None if by_person else self.faults.take(request.method, request.path)
        if fault is None:
            return self._mended(request)
        if fault.delay_s:
            time.sleep(fault.delay_s)
            return self._mended(request)
        if fault.after:
            self._mended(request)
        return _failed(fault)

    def _mended(self, request: Request) -> Answer:
        refused = self._refused(request)
        if refused is not None:
            return refused
        request = replace(request, path=self._as_written(request.path))
        moved = self._moved(request.path)
        if moved is not None:
            return moved
        got = self._routed(request)
        if got.status == 403 and got.document and got.document.get("message") == "Forbidden":
            got = self._forbidden(request)
        if request.method == "POST" and got.status == 201 and request.path.endswith("/repos"):
            self.faults.repository_made(got.document["full_name"])
        return self._polished(got)

    def _routed(self, request: Request) -> Answer:
        for each in ROUTES:
            fit = each.pattern.match(request.path) if each.method == request.method else None
            if fit:
                return each.handle(self.site, request, **fit.groupdict())
        return self.site.forward(request)

    def _refused(self, request: Request) -> Answer | None:
        """The refusal of a token that GitHub would not take."""
        token = request.token
        if token.startswith("eyJ"):
            return jwt_refusal(request)
        grant = self.site.grant(request)
        if grant:
            if grant.installation_id in self.site.uninstalled:
                return BAD_CREDENTIALS
            return SUSPENDED if grant.installation_id in self.site.suspended else None
        # The emulator takes an unknown token for its first user.
        known = {self.site.world.token_of(login) for login in self.site.world.people}
        return BAD_CREDENTIALS if token and token not in known else None

    def _forbidden(self, request: Request) -> Answer:
        """GitHub hides what one may not see, and says so where one sees but may not."""
        fit = REPOSITORY.match(request.path)
        if fit:
            seen = Request(method="GET", path=f"/repos/{fit[1]}/{fit[2]}", headers=request.headers)
            if not self.site.forward(seen).ok:
                return NOT_FOUND
        return NO_ACCESS

    def _as_written(self, path: str) -> str:
        """The path with the repository's name as it was given; case does not matter."""
        fit = REPOSITORY.match(path)
        if fit is None:
            return path
        name = self.site.names.get(f"{fit[1]}/{fit[2]}".lower())
        return f"/repos/{name}{fit[3] or ''}" if name else path

    def _moved(self, path: str) -> Answer | None:
        """https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects"""
        fit = REPOSITORY.match(path)
        number = self.site.moved.get(f"{fit[1]}/{fit[2]}".lower()) if fit else None
        if fit is None or number is None:
            return None
        address = f"{self.site.address}/repositories/{number}{fit[3] or ''}"
        document = {"message": "Moved Permanently", "url": address}
        return answer(301, document, headers={"location": address})

    def _polished(self, got: Answer) -> Answer:
        headers = {**got.headers, "x-github-request-id": uuid.uuid4().hex.upper()}
        if "link" in headers:
            headers["link"] = headers["link"].replace(self.site.upstream, self.site.address)
        document = got.document
        if document is None:
            return replace(got, headers=headers)
        polished = mend(self.site, document)
        return replace(got, headers=headers, body=json.dumps(polished).encode())

    def _take_webhook(self, request: Request) -> Answer:
        signature = signature_of(request.body, self.site.world.app.webhook_secret)
        assert request.headers["x-hub-signature-256"] == signature
        self.hooks.take(request.headers["x-github-event"], request.document)
        return answer(200)

    def _who(self, request: Request) -> str:
        token = request.token
        for login in self.site.world.people:
            if token == self.site.world.token_of(login):
                return login
        grant = self.site.grant(request)
        if grant:
            return f"installation {grant.installation_id}"
        return "app" if token.startswith("eyJ") else "nobody"


def _failed(fault: Fault) -> Answer:
    if fault.drop:
        return DROPPED
    headers = {"content-type": "application/json; charset=utf-8", **fault.headers}
    return Answer(status=fault.status, headers=headers, body=fault.body)


class Handler(BaseHTTPRequestHandler):
    """Carries HTTP to a proxy and back."""

    protocol_version = "HTTP/1.1"
    # Headers and body go out in two writes; without this every answer waits 40 ms.
    disable_nagle_algorithm = True
    proxy: Proxy

    def _serve(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        address = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=address.path,
            query=address.query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(size),
        )
        got = self.proxy.answer(request)
        if got == DROPPED:
            self.close_connection = True
            return
        self.send_response(got.status)
        for name, value in got.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(got.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(got.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the calls are recorded."""


class Server(ThreadingHTTPServer):
    """Binds first and serves later, so that its address is known to what starts between."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def serving(server: Server, proxy: Proxy) -> Iterator[None]:
    """Serve until the block ends."""
    server.RequestHandlerClass = type("BoundHandler", (Handler,), {"proxy": proxy})
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
