"""``/account``: whose session this is, linked accounts, tokens, and signing out everywhere."""

from __future__ import annotations

from flask import Blueprint, Response, request

from bot.core.access_scopes import (
    DEFAULT,
    DEFAULT_DAYS,
    MOST_DAYS,
    OPERATORS_SESSION,
    PERSONS_SESSION,
    SCOPE_WORDS,
    Grant,
    in_order,
    read_scopes,
)
from bot.errors import UserError
from bot.store.port import Person
from bot.tokens import Issued, issue
from bot.web import answers
from bot.web.site import Site

SHOWN_TOKENS = 100
_FORGES = {"github": "GitHub", "gitlab": "GitLab", "local": "This machine"}


def blueprint(site: Site) -> Blueprint:
    """The account page and its forms, for everybody who has signed in."""
    views = _Views(site)
    pages = site.blueprint("account", for_everybody=True)
    pages.get("/account")(views.show)
    pages.post("/account/unlink")(views.unlink)
    pages.post("/account/end-sessions")(views.end_sessions)
    pages.post("/account/tokens")(views.make_token)
    pages.post("/account/tokens/revoke")(views.revoke_token)
    return pages


class _Views:
    def __init__(self, site: Site) -> None:
        self._site = site

    def show(self) -> Response:
        return self._page()

    def unlink(self) -> Response:
        person = self._site.person
        try:
            if person is None:
                raise UserError("No account is linked.", reason="not_linked")
            persons = self._site.services.store.persons
            return self._stays(persons.unlink(person.id, request.form.get("forge", "")))
        except UserError as exc:
            return self._page(409, problem=exc)

    def end_sessions(self) -> Response:
        """All but this one, which begins anew."""
        person = self._site.person
        if person is None:
            return answers.go_to("/account")
        return self._stays(self._site.services.store.persons.end_sessions(person.id))

    def make_token(self) -> Response:
        form = request.form
        try:
            issued = issue(
                self._site.services,
                person_id=self._owner,
                name=form.get("name", ""),
                scopes=read_scopes(form.getlist("scope")),
                by=self._grant,
                days=_days(form.get("days", "")),
            )
        except UserError as exc:
            return self._page(400, problem=exc)
        # Not a redirect: the token is in this answer alone, and the browser keeps no copy of it.
        return self._page(issued=issued)

    def revoke_token(self) -> Response:
        store = self._site.services.store
        store.tokens.revoke(request.form.get("id", ""), self._owner)
        return answers.go_to("/account")

    @property
    def _owner(self) -> str | None:
        """Whose tokens the page is about: the person's; the operator's where there is none."""
        person = self._site.person
        return person.id if person else None

    @property
    def _grant(self) -> Grant:
        return PERSONS_SESSION if self._site.person else OPERATORS_SESSION

    def _stays(self, person: Person) -> Response:
        session = self._site.session
        answer = answers.go_to("/account")
        is_operator = session is not None and session.is_operator
        self._site.begin_session(answer, is_operator=is_operator, person=person)
        return answer

    def _page(
        self, status: int = 200, *, problem: UserError | None = None, issued: Issued | None = None
    ) -> Response:
        site = self._site
        services, person = site.services, site.person
        form = request.form
        return site.page(
            "account.html",
            status,
            person=person,
            providers={
                forge: provider
                for forge, provider in services.sign_in.items()
                if person is None or person.on(forge) is None
            },
            forges=_FORGES,
            tokens=services.store.tokens.listed(self._owner, limit=SHOWN_TOKENS),
            in_order=in_order,
            now=services.clock(),
            scopes={scope: SCOPE_WORDS[scope] for scope in in_order(self._grant.scopes)},
            chosen=form.getlist("scope") if problem else in_order(DEFAULT),
            token_name=form.get("name", "") if problem else "",
            days=form.get("days", "") if problem else DEFAULT_DAYS,
            most_days=MOST_DAYS,
            problem=problem,
            issued=issued,
        )


def _days(text: str) -> int | None:
    given = text.strip()
    if not given:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > 4:
        raise UserError(f"A token lasts from 1 to {MOST_DAYS} days.", reason="bad_expiry")
    return int(given)
