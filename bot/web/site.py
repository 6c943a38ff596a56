"""What all pages share: the services, who is signed in, and the frame around each page."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, urlsplit

from flask import Blueprint, Flask, Response, abort, g, request

from bot.core.passes import Pass
from bot.services import People, Services
from bot.store.port import Person
from bot.web import answers, failures
from bot.web.access import Attempts, is_our_host, is_our_origin
from bot.web.door import Door
from bot.web.oauth_flow import Flows
from bot.web.sessions import SESSION_LASTS, Session, Sessions
from bot.web.thread_view import ThreadLink, thread_links
from bot.web.times import ago, exact

COOKIE = "firstcommit"
FORM_TOKEN_HEADER = "X-Firstcommit-Token"  # noqa: S105 -- a name
RAIL_THREADS = 20
LIVE_MS = 1_000
IDLE_MS = 5_000


@dataclass(frozen=True, kw_only=True)
class Site:
    """Everything that the pages stand on."""

    services: Services
    door: Door
    sessions: Sessions
    flows: Flows
    attempts: Attempts
    #: Knows the tokens that steps of runs are lent; None wherever a request may come from outside.
    passes: Callable[[str], Pass | None] | None = None

    @property
    def people(self) -> People | None:
        """The local forge as people see it; None where it is off."""
        return self.services.people if self.services.settings.local_forge_on else None

    def local_people(self) -> People:
        """The same, where a page is of the local forge; without it there is no such page."""
        if self.people is None:
            abort(404)
        return self.people

    def blueprint(self, name: str, *, for_everybody: bool = False) -> Blueprint:
        """For pages that only those see who have signed in.

        Args:
            for_everybody: Also people; else the operator alone.
        """
        pages = Blueprint(name, __name__)
        pages.before_request(self.check_host)
        pages.before_request(self.check_session)
        if not for_everybody:
            pages.before_request(self.check_operator)
        return pages

    @property
    def session(self) -> Session | None:
        """Who asks, if they have signed in."""
        if "session" not in g:
            g.session, g.person = self.read_session(self.cookie(COOKIE))
        found: Session | None = g.session
        return found

    @property
    def person(self) -> Person | None:
        """The person who asks; None where nobody has signed in, or only the operator."""
        if self.session is None:
            return None
        found: Person | None = g.person
        return found

    def begin_session(
        self, answer: Response, *, is_operator: bool = False, person: Person | None = None
    ) -> None:
        """Sign somebody in, under a new id; the session that was there before is over."""
        if self.session is not None:
            self._end(self.session)
        begun = self.sessions.begin(is_operator=is_operator, person=person)
        self.set_cookie(
            answer, COOKIE, self.sessions.cookie(begun), int(SESSION_LASTS.total_seconds())
        )

    def end_session(self, answer: Response) -> None:
        """Sign out, for every copy of the cookie."""
        if self.session is not None:
            self._end(self.session)
        self.delete_cookie(answer, COOKIE)

    def cookie(self, name: str) -> str | None:
        """A cookie of ours as it came back."""
        return request.cookies.get(self._cookie_name(name))

    def set_cookie(self, answer: Response, name: str, value: str, lasts_s: int) -> None:
        """Have a browser keep something for us that no script and no other site can use."""
        answer.set_cookie(
            self._cookie_name(name),
            value,
            max_age=lasts_s,
            httponly=True,
            samesite="Lax",
            secure=self._is_secure,
        )

    def delete_cookie(self, answer: Response, name: str) -> None:
        """Have a browser drop it."""
        answer.delete_cookie(
            self._cookie_name(name), httponly=True, samesite="Lax", secure=self._is_secure
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

    def check_operator(self) -> Response | None:
        """Before pages that show all of the server: a person without that right is told so."""
        if self.session is None or self.session.is_operator:
            return None
        return self.page("no_permission.html", 403)

    def is_own_form(self) -> bool:
        """Whether the form that was sent comes from a page of ours, by what the browser says."""
        return is_our_origin(
            request.headers.get("Origin"),
            request.headers.get("Sec-Fetch-Site"),
            request.headers.get("Host", ""),
            self.services.settings.public_url,
        )

    def is_form_of(self, session: Session) -> bool:
        """The same, and that the form carries the session's token, or a script in a header."""
        token = request.headers.get(FORM_TOKEN_HEADER) or request.form.get("token", "")
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
            is_operator=session is not None and session.is_operator,
            who=self._who(),
            has_threads=self.people is not None,
            rail=self._rail(),
            ago=lambda at: ago(at, now),
            exact=exact,
            **values,
        )

    def read_session(self, cookie: str | None) -> tuple[Session | None, Person | None]:
        """Whose session a cookie is, as long as it lasts."""
        # A cookie is good by its signature. What is kept is those that were left, until they
        # would have ended: few rows, and none for signing in.
        store, session = self.services.store, self.sessions.read(cookie)
        if session is None or store.sign_ins.holds(self.sessions.ending(session)):
            return None, None
        if session.person_id is None:
            return session, None
        person = store.persons.get(session.person_id)
        # Joined with another since, or signed out everywhere.
        if person is None or person.session_round != session.round:
            return None, None
        return session, person

    def _end(self, session: Session) -> None:
        left = session.expires_at - self.services.clock()
        self.services.store.sign_ins.claim(
            self.sessions.ending(session), valid_s=left.total_seconds()
        )

    @property
    def _is_secure(self) -> bool:
        return request.is_secure or (self.services.settings.public_url or "").startswith("https://")

    def _cookie_name(self, name: str) -> str:
        # With this prefix no other host of the same domain can set it. Browsers take such a name
        # only where the page itself came encrypted, which behind a proxy only its name tells.
        public = urlsplit(self.services.settings.public_url or "")
        is_public = public.scheme == "https" and urlsplit(request.host_url).hostname == (
            public.hostname
        )
        return f"__Host-{name}" if request.is_secure or is_public else name

    def _who(self) -> str:
        """Whoever has signed in, as the top of a page names them."""
        person = self.person
        return person.accounts[0].login if person and person.accounts else "you"

    def _rail(self) -> Sequence[ThreadLink]:
        # They are the operator's to see, and a page of somebody else's tells nothing of them.
        if self.people is None or self.session is None or not self.session.is_operator:
            return ()
        return thread_links(self.people.threads(limit=RAIL_THREADS), self.services.store.runs)


class Assets:
    """Addresses of static files that change with their content, so that browsers may keep them."""

    def __init__(self, app: Flask) -> None:
        self._folder = Path(app.static_folder or "")

    def address(self, name: str) -> str:
        """The address of one file."""
        return f"/static/{name}?v={self._digests[name]}"

    def is_address(self, name: str, version: str) -> bool:
        """Whether a version that was asked for is what the file is now: under any other address
        it may be another file tomorrow."""
        return self._digests.get(name) == version

    @cached_property
    def _digests(self) -> dict[str, str]:
        return {
            path.relative_to(self._folder).as_posix(): _digest(path)
            for path in self._folder.rglob("*")
            if path.is_file()
        }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
