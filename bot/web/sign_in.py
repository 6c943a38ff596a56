"""Signing in as the operator: by the one-time address that ``serve`` prints, or by the token.

People sign in with a forge: ``oauth.py``.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from bot.core.signatures import same_secret
from bot.web import answers, failures
from bot.web.access import is_address_here
from bot.web.site import Site


def blueprint(site: Site) -> Blueprint:
    """``/sign-in``, ``/sign-in/CODE`` and ``/sign-out``."""
    views = _Views(site)
    pages = Blueprint("sign_in", __name__)
    pages.before_request(site.check_host)
    pages.get("/sign-in")(views.ask)
    pages.post("/sign-in")(views.by_token)
    pages.get("/sign-in/<code>")(views.by_code)
    pages.post("/sign-out")(views.leave)
    return pages


class _Views:
    def __init__(self, site: Site) -> None:
        self._site = site

    def ask(self) -> Response:
        onwards, session = request.args.get("next", ""), self._site.session
        # A person who comes here wants to be the operator, too.
        if session is not None and session.is_operator:
            return answers.go_to(safe(onwards))
        return self._form(onwards=onwards)

    def by_code(self, code: str) -> Response:
        # Something that only looks whether the address is there must not use it up.
        if request.method == "HEAD":
            return self._form()
        if self._site.services.store.sign_ins.use(code):
            return self._signed_in("/")
        session = self._site.session
        if session is not None and session.is_operator:
            return answers.go_to("/")
        return self._form(410, problem="used")

    def by_token(self) -> Response:
        site = self._site
        if not site.is_own_form():
            return failures.failure(403)
        onwards = request.form.get("next", "")
        given = request.form.get("operator_token", "").strip()
        # First of all: whoever sends wrong ones must not keep out who has the right one.
        if same_secret(given, site.services.keys.admin_token):
            return self._signed_in(onwards)
        wait_s = site.attempts.wait_s()
        if wait_s:
            answer = self._form(429, onwards=onwards, problem="attempts", wait_s=wait_s)
            answer.headers["Retry-After"] = str(wait_s)
            return answer
        site.attempts.failed()
        return self._form(403, onwards=onwards, problem="token")

    def leave(self) -> Response:
        site = self._site
        if site.session is not None and not site.is_form_of(site.session):
            return failures.failure(403)
        answer = answers.go_to("/sign-in")
        site.end_session(answer)
        return answer

    def _signed_in(self, onwards: str) -> Response:
        answer = answers.go_to(safe(onwards))
        # Who had signed in as a person is both from now on.
        self._site.begin_session(answer, is_operator=True, person=self._site.person)
        return answer

    def _form(
        self, status: int = 200, *, onwards: str = "", problem: str = "", wait_s: int = 0
    ) -> Response:
        site = self._site
        session = site.session
        return answers.page(
            "sign_in.html",
            status,
            next=onwards,
            problem=problem,
            wait_s=wait_s,
            providers=() if session else tuple(site.services.sign_in.items()),
            person=site.person,
        )


def safe(onwards: str) -> str:
    """Where to go on to: on this server, whatever an address says."""
    return onwards if is_address_here(onwards) else "/"
