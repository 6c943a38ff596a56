"""What all pages share: the services, who is signed in, and the frame around each page."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Flask, Response, abort, g, request

from bot.services import People, Services
from bot.web import answers, failures
from bot.web.access import Attempts, Session, Sessions, is_our_host, is_our_origin
from bot.web.door import Door
from bot.web.thread_view import ThreadLink, thread_links
from bot.web.times import ago, exact

COOKIE = "firstcommit"
RAIL_THREADS = 20
LIVE_MS = 1_000
IDLE_MS = 5_000


@dataclass(frozen=True, kw_only=True)
class Site:
    """Everything that the pages stand on."""

    services: Services
    door: Door
    sessions: Sessions
    attempts: Attempts

    @property
    def people(self) -> People | None:
        """The local forge as people see it; None where it is off."""
        return self.services.people if self.services.settings.local_forge_on else None

    def local_people(self) -> People:
        """The same, where a page is of the local forge; without it there is no such page."""
        if self.people is None:
            abort(404)
        return self.people

    def blueprint(self, name: str) -> Blueprint:
        """For pages that only those see who have signed in."""
        pages = Blueprint(name, __name__)
        pages.before_request(self.check_host)
        pages.before_request(self.check_session)
        return pages

    @property
    def session(self) -> Session | None:
        """Who asks, if they have signed in."""
        if "session" not in g:
            g.session = self._read_session()
        found: Session | None = g.session
        return found

    def end_session(self, session: Session) -> None:
        """End it for every copy of its cookie."""
        left = session.expires_at - self.services.clock()
        self.services.store.sign_ins.add(
            self.sessions.ending(session), valid_s=left.total_seconds()
        )

    def check_host(self) -> Response | None:
        """Before every page: a request that was meant for another name is not answered."""
        public_url = self.services.settings.public_url
        if is_our_host(request.headers.get("Host", ""), public_url):
            return None
        return failures.failure(421)

    def check_session(self) -> Response | None:
        """Before every page but signing in: whoever is not signed in is asked to."""
        if self.session is not None:
            own = request.method != "POST" or self.is_form_of(self.session)
            return None if own else failures.failure(403)
        if not answers.wants_page():
            return failures.failure(401)
        if request.method != "GET":
            return answers.go_to("/sign-in")
        here = request.full_path.removesuffix("?")
        return answers.go_to("/sign-in" if here == "/" else f"/sign-in?next={quote(here)}")

    def is_own_form(self) -> bool:
        """Whether the form that was sent comes from a page of ours, by what the browser says."""
        return is_our_origin(
            request.headers.get("Origin"),
            request.headers.get("Sec-Fetch-Site"),
            request.headers.get("Host", ""),
            self.services.settings.public_url,
        )

    def is_form_of(self, session: Session) -> bool:
        """The same, and that the form carries the session's token."""
        token = request.form.get("token", "")
        return self.is_own_form() and self.sessions.is_form_token(session, token)

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        """A page in the frame."""
        session = self.session
        now = self.services.clock()
        return answers.page(
            template,
            status,
            name=self.services.settings.name,
            form_token=self.sessions.form_token(session) if session else "",
            has_threads=self.people is not None,
            rail=self._rail(),
            ago=lambda at: ago(at, now),
            exact=exact,
            **values,
        )

    def _read_session(self) -> Session | None:
        # A cookie is good by its signature. What is kept is those that were left, until they
        # would have ended: few rows, and none for signing in.
        session = self.sessions.read(request.cookies.get(COOKIE))
        if session is None or self.services.store.sign_ins.holds(self.sessions.ending(session)):
            return None
        return session

    def _rail(self) -> Sequence[ThreadLink]:
        if self.people is None:
            return ()
        return thread_links(self.people.threads(limit=RAIL_THREADS), self.services.store.runs)


class Assets:
    """Addresses of static files that change with their content, so that browsers may keep them."""

    def __init__(self, app: Flask) -> None:
        self._folder = Path(app.static_folder or "")

    def address(self, name: str) -> str:
        """The address of one file."""
        return f"/static/{name}?v={self._digests[name]}"

    @cached_property
    def _digests(self) -> dict[str, str]:
        return {
            path.relative_to(self._folder).as_posix(): _digest(path)
            for path in self._folder.rglob("*")
            if path.is_file()
        }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
