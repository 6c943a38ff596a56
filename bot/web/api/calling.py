"""Who calls: a bearer token, or the session of one of our pages.

A token is an identity by itself. A session's cookie goes along with whatever a browser sends, so
what changes something has to show, too, that a page of ours has sent it.
"""

from __future__ import annotations

from dataclasses import replace

from flask import request

from bot.core.access_scopes import OPERATORS_SESSION, PERSONS_SESSION, Grant
from bot.core.identity import SERVER, Actor
from bot.core.passes import Pass
from bot.services import Services
from bot.store.port import Person
from bot.tokens import bearer_of
from bot.web.api.operation import Caller
from bot.web.api.problem import Refused
from bot.web.sessions import Session
from bot.web.site import COOKIE, FORM_TOKEN_HEADER, Site

_READING = ("GET", "HEAD", "OPTIONS")
_OPERATOR = Actor(forge=SERVER, account_id="operator", login="operator")


def caller(site: Site) -> Caller:
    """Whoever makes the request that is being answered.

    Raises:
        Refused: 401 for nobody, 403 for a form that is none of ours.
    """
    given = request.headers.get("Authorization")
    if given is not None:
        return replace(_by_token(site, given), again=lambda: _anew(site, given, None))
    session = site.session
    if session is None:
        raise _unknown()
    if request.method not in _READING and not site.is_form_of(session):
        raise Refused(
            403,
            "form_token",
            "The request does not show that a page of ours has sent it.",
            remedy=f"Send {FORM_TOKEN_HEADER}, or use a token.",
        )
    cookie = site.cookie(COOKIE)
    found = _by_session(site.services, session, site.person)
    return replace(found, again=lambda: _anew(site, None, cookie))


def _anew(site: Site, header: str | None, cookie: str | None) -> Caller | None:
    """Whoever showed that once, if they are still known by it. There is no request any more."""
    try:
        if header is not None:
            return _by_token(site, header)
        session, person = site.read_session(cookie)
        return None if session is None else _by_session(site.services, session, person)
    except Refused:
        return None


def _by_token(site: Site, header: str) -> Caller:
    services = site.services
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise _unknown()
    held = site.passes(text.strip()) if site.passes else None
    if held is not None:
        return _by_pass(services, held)
    shown = bearer_of(services, text.strip())
    if shown is None:
        raise _no_such_token()
    key = f"token:{shown.token_id}" if shown.token_id else "operator"
    if shown.person_id is None:
        return _operator(services, key=key, grant=shown.grant, token_id=shown.token_id)
    person = services.store.persons.get(shown.person_id)
    if person is None:
        raise _unknown()
    return _person(person, key=key, grant=shown.grant, token_id=shown.token_id)


def _by_pass(services: Services, held: Pass) -> Caller:
    """A step of a run in the name of whoever asked for it, who need not have signed in ever."""
    asker = held.asker
    person = services.store.persons.of_account(asker.actor.forge, asker.actor.account_id)
    # Other accounts of theirs count only where the run goes.
    forges = {home.split(":")[1] for home in asker.homes} - {asker.actor.forge}
    linked = (one for one in (person.accounts if person else ()) if one.forge in forges)
    return Caller(
        key=f"run:{asker.run_id}",
        accounts=(asker.actor, *linked),
        grant=Grant(scopes=asker.scopes, ends_at=held.ends_at),
        person_id=person.id if person else None,
        asker=asker,
    )


def _by_session(services: Services, session: Session, person: Person | None) -> Caller:
    key = f"session:{session.id}"
    if session.is_operator:
        accounts = person.accounts if person else ()
        return _operator(services, key=key, grant=OPERATORS_SESSION, accounts=accounts)
    if person is None:
        raise _unknown()
    return _person(person, key=key, grant=PERSONS_SESSION)


def _operator(
    services: Services,
    *,
    key: str,
    grant: Grant,
    token_id: str | None = None,
    accounts: tuple[Actor, ...] = (),
) -> Caller:
    """The operator is the one person of the local forge, too, and nobody on any other by that."""
    own = services.forges["local"].person("you") if "local" in services.forges else None
    others = tuple(account for account in accounts if own is None or account.forge != own.forge)
    return Caller(
        key=key,
        accounts=(own or _OPERATOR, *others),
        grant=grant,
        operates=True,
        token_id=token_id,
    )


def _person(person: Person, *, key: str, grant: Grant, token_id: str | None = None) -> Caller:
    return Caller(
        key=key,
        accounts=person.accounts,
        grant=grant,
        person_id=person.id,
        token_id=token_id,
    )


def _no_such_token() -> Refused:
    """Whatever is wrong with it: whether it was one once is told to nobody who guesses."""
    return Refused(
        401,
        "bad_token",
        "The token that was sent is none, was revoked, or its time is over.",
        remedy="Make another on `/account`, or by `firstcommit token create` on the machine.",
        headers={"WWW-Authenticate": 'Bearer realm="firstcommit", error="invalid_token"'},
    )


def _unknown() -> Refused:
    return Refused(
        401,
        "no_identity",
        "It is not known who asks.",
        remedy="Send a token as `Authorization: Bearer …`, or sign in.",
        headers={"WWW-Authenticate": 'Bearer realm="firstcommit"'},
    )
