"""Signing in: by the one-time address that ``serve`` prints, or by the operator's token."""

from __future__ import annotations

from flask import Blueprint, Response, request

from bot.core.signatures import same_secret
from bot.web import answers, failures
from bot.web.access import SESSION_LASTS, is_address_here
from bot.web.site import COOKIE, Site


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
        onwards = request.args.get("next", "")
        if self._site.session is not None:
            return answers.go_to(_safe(onwards))
        return _form(onwards=onwards)

    def by_code(self, code: str) -> Response:
        # Something that only looks whether the address is there must not use it up.
        if request.method == "HEAD":
            return _form()
        if self._site.services.store.sign_ins.use(code):
            return self._signed_in("/")
        if self._site.session is not None:
            return answers.go_to("/")
        return _form(410, problem="used")

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
            answer = _form(429, onwards=onwards, problem="attempts", wait_s=wait_s)
            answer.headers["Retry-After"] = str(wait_s)
            return answer
        site.attempts.failed()
        return _form(403, onwards=onwards, problem="token")

    def leave(self) -> Response:
        site = self._site
        if site.session is not None:
            if not site.is_form_of(site.session):
                return failures.failure(403)
            site.end_session(site.session)
        answer = answers.go_to("/sign-in")
        answer.delete_cookie(COOKIE, samesite="Lax", httponly=True, secure=self._is_secure())
        return answer

    def _signed_in(self, onwards: str) -> Response:
        sessions = self._site.sessions
        answer = answers.go_to(_safe(onwards))
        answer.set_cookie(
            COOKIE,
            sessions.cookie(sessions.begin()),
            max_age=SESSION_LASTS,
            httponly=True,
            samesite="Lax",
            secure=self._is_secure(),
        )
        return answer

    def _is_secure(self) -> bool:
        public_url = self._site.services.settings.public_url or ""
        return request.is_secure or public_url.startswith("https://")


def _form(status: int = 200, *, onwards: str = "", problem: str = "", wait_s: int = 0) -> Response:
    return answers.page("sign_in.html", status, next=onwards, problem=problem, wait_s=wait_s)


def _safe(onwards: str) -> str:
    return onwards if is_address_here(onwards) else "/"
