"""Signing in with a forge, and linking an account of one to the person who has signed in.

A sign-in has two halves. The first sends the browser to the forge; what it needs to be ended by
the same browser, once and in the same session, lies in a signed cookie. The second takes the
forge's answer, asks the forge whose account it is, and begins a new session.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Response, abort, request

from bot.core.identity import Actor
from bot.errors import BotError, Transient, UserError
from bot.services import SignInProvider
from bot.store.port import Person
from bot.web import answers, failures
from bot.web.oauth_flow import FLOW_LASTS, Flow
from bot.web.sign_in import safe
from bot.web.site import Site

COOKIE = "firstcommit-oauth"
_LONGEST_ONWARDS = 1_000

log = structlog.get_logger(__name__)


def blueprint(site: Site) -> Blueprint:
    """``/auth/FORGE`` and ``/auth/FORGE/callback``, for each forge that is configured."""
    views = _Views(site)
    pages = Blueprint("oauth", __name__)
    pages.before_request(site.check_host)
    pages.post("/auth/<forge>")(views.begin)
    pages.get("/auth/<forge>/callback")(views.end)
    return pages


class _Stopped(Exception):
    """A sign-in that ends here, with the page that says why."""

    def __init__(self, status: int, problem: BotError) -> None:
        super().__init__(problem.message)
        self.status = status
        self.problem = problem


class _Views:
    def __init__(self, site: Site) -> None:
        self._site = site

    def begin(self, forge: str) -> Response:
        site, provider = self._site, self._provider(forge)
        session = site.session
        if not (site.is_form_of(session) if session else site.is_own_form()):
            return failures.failure(403)
        base = site.services.settings.public_url or request.host_url.rstrip("/")
        if urlsplit(base).hostname != urlsplit(request.host_url).hostname:
            return self._elsewhere(provider, base)
        onwards = request.form.get("next", "")
        flow = site.flows.begin(
            forge,
            redirect_uri=f"{base}/auth/{forge}/callback",
            onwards=onwards if len(onwards) <= _LONGEST_ONWARDS else "",
            session=session.id if session else "",
        )
        address = provider.address(
            redirect_uri=flow.redirect_uri, state=flow.state, verifier=flow.verifier
        )
        # Not a redirect: browsers hold the whole way of a form against `form-action`, and a forge
        # may send people on to a sign-in service whose name nobody here knows.
        answer = answers.page("going_on.html", address=address, title=provider.title)
        site.set_cookie(answer, COOKIE, site.flows.cookie(flow), int(FLOW_LASTS.total_seconds()))
        return answer

    def end(self, forge: str) -> Response:
        provider = self._provider(forge)
        try:
            answer = self._ended(provider, self._flow(forge))
        except _Stopped as stopped:
            problem = stopped.problem
            log.info("sign_in_stopped", forge=forge, reason=problem.reason)
            answer = self._failure(provider, problem, stopped.status)
        self._site.delete_cookie(answer, COOKIE)
        return answer

    def _provider(self, forge: str) -> SignInProvider:
        provider = self._site.services.sign_in.get(forge)
        if provider is None:
            abort(404)
        return provider

    def _flow(self, forge: str) -> Flow:
        """The sign-in that this is the end of; from here on it is used up."""
        site = self._site
        flow = site.flows.read(site.cookie(COOKIE))
        if flow is None:
            raise _again("sign_in_expired", "This sign-in was not begun here, or is over.")
        if flow.provider != forge or not flow.is_state(request.args.get("state", "")):
            raise _again("sign_in_mixed_up", "This is the answer to another sign-in.")
        if flow.session != (site.session.id if site.session else ""):
            raise _again("sign_in_session", "Somebody has signed in or out meanwhile.")
        valid_s = FLOW_LASTS.total_seconds()
        if not site.services.store.sign_ins.claim(site.flows.ending(flow), valid_s=valid_s):
            raise _again("sign_in_used", "This sign-in was ended already.")
        return flow

    def _ended(self, provider: SignInProvider, flow: Flow) -> Response:
        site, account = self._site, _account(provider, flow)
        person = self._person(account)
        session = site.session
        is_operator = session is not None and session.is_operator
        log.info("signed_in", forge=account.forge, account=account.account_id, person=person.id)
        answer = answers.go_to(safe(flow.onwards or ("/" if is_operator else "/account")))
        site.begin_session(answer, is_operator=is_operator, person=person)
        return answer

    def _person(self, account: Actor) -> Person:
        persons, present = self._site.services.store.persons, self._site.person
        try:
            return persons.link(present.id, account) if present else persons.signed_in(account)
        except UserError as exc:
            raise _Stopped(409, exc) from exc

    def _elsewhere(self, provider: SignInProvider, base: str) -> Response:
        problem = UserError(
            f"{provider.title} sends people back to {base}, where this browser is not known.",
            reason="other_address",
            remedy=f"Open {base} and sign in there.",
        )
        return self._failure(provider, problem, 400)

    def _failure(self, provider: SignInProvider, problem: BotError, status: int) -> Response:
        return answers.page(
            "sign_in_failed.html",
            status,
            title=provider.title,
            problem=problem,
            has_session=self._site.session is not None,
        )


def _account(provider: SignInProvider, flow: Flow) -> Actor:
    """Whose account the forge says it is."""
    refused = request.args.get("error", "")
    if refused == "access_denied":
        raise _again("sign_in_denied", f"You did not let {provider.title} say who you are.", 403)
    if refused:
        raise _again("sign_in_refused", f"{provider.title} ended the sign-in.", 403)
    code = request.args.get("code", "")
    if not code:
        raise _again("bad_answer", f"{provider.title} came back without a code.")
    try:
        return provider.account(redirect_uri=flow.redirect_uri, code=code, verifier=flow.verifier)
    except Transient as exc:
        raise _Stopped(503, exc) from exc
    except UserError as exc:
        raise _Stopped(400, exc) from exc


def _again(reason: str, message: str, status: int = 400) -> _Stopped:
    remedy = "Nothing was changed. You can begin again."
    return _Stopped(status, UserError(message, reason=reason, remedy=remedy))
