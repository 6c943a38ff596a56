"""``firstcommit token``: tokens with which programs act for a person, or for the operator.

Whoever is on the machine may make one for anybody. A token is printed alone on standard output,
once, so that ``TOKEN=$(firstcommit token create …)`` holds it and nothing else.
"""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from typing import TYPE_CHECKING

from bot.console.opening import opened
from bot.console.parser import Commands
from bot.console.plain import moment, printable
from bot.console.tables import aligned
from bot.core.access_scopes import (
    DEFAULT,
    DEFAULT_DAYS,
    MOST_DAYS,
    OPERATORS_SESSION,
    SCOPE_WORDS,
    in_order,
    read_scopes,
)
from bot.errors import UserError
from bot.settings import Settings
from bot.store.port import Person, Token

if TYPE_CHECKING:
    from bot.services import Services

EXIT_NO = 1
OPERATOR = "operator"
_MOST_SHOWN = 1_000


def add_to(commands: Commands) -> None:
    """Add ``token create``, ``token list`` and ``token revoke``."""
    group = commands.group("token", "Make, list and revoke tokens for programs.")
    create = group.add("create", _create, "Make a token. It is printed once.")
    _add_owner(create, required=True)
    create.add_argument("--name", default="", help="what it is for (default: the command line)")
    create.add_argument(
        "--scopes",
        default=",".join(in_order(DEFAULT)),
        metavar="SCOPE,…",
        help="what it may do, comma-separated (default: %(default)s). "
        + "; ".join(f"{scope}: {words}" for scope, words in SCOPE_WORDS.items()),
    )
    create.add_argument(
        "--days",
        type=int,
        default=DEFAULT_DAYS,
        metavar="N",
        help=f"how long it lasts, at most {MOST_DAYS} (default: %(default)s)",
    )
    lists = group.add("list", _list, "List tokens, the newest first, without their texts.")
    _add_owner(lists, required=False)
    revoke = group.add("revoke", _revoke, "Have a token work no more.")
    revoke.add_argument("id", metavar="ID", help="as `token list` shows it")


def _add_owner(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument(
        "--for",
        dest="owner",
        metavar="WHO",
        required=required,
        help="FORGE:LOGIN, such as github:ada or local:you; or operator",
    )


def _create(settings: Settings, options: argparse.Namespace) -> int:
    from bot.tokens import issue

    scopes = read_scopes(options.scopes.split(","))
    services = opened(settings)
    person = _owner(services, options.owner, make=True)
    issued = issue(
        services,
        person_id=person.id if person else None,
        name=options.name or "from the command line",
        scopes=scopes,
        by=OPERATORS_SESSION,
        days=options.days,
    )
    token = issued.token
    print(
        f"A token for {_named(person)} ({', '.join(in_order(token.scopes))}), until "
        f"{moment(token.expires_at)} UTC. It is not shown again; revoke it by its id {token.id}.",
        file=sys.stderr,
    )
    print(issued.text)
    return 0


def _list(settings: Settings, options: argparse.Namespace) -> int:
    services = opened(settings)
    tokens = services.store.tokens
    if options.owner is None:
        found = tokens.everybodys(limit=_MOST_SHOWN)
    else:
        person = _owner(services, options.owner, make=False)
        found = tokens.listed(person.id if person else None, limit=_MOST_SHOWN)
    if not found:
        print("There are no tokens.")
        return 0
    owners = {None: OPERATOR} | {
        person_id: _named(services.store.persons.get(person_id))
        for person_id in {token.person_id for token in found}
        if person_id is not None
    }
    rows = [_row(token, owners[token.person_id], services.clock()) for token in found]
    print(aligned(rows, head=("ID", "TOKEN", "FOR", "SCOPES", "UNTIL", "LAST USED", "NAME")))
    return 0


def _revoke(settings: Settings, options: argparse.Namespace) -> int:
    tokens = opened(settings).store.tokens
    found = tokens.get(options.id)
    if found is None or not tokens.revoke(found.id, found.person_id):
        print("There is no token of that id; `firstcommit token list` lists them.", file=sys.stderr)
        return EXIT_NO
    print(f"The token {found.beginning}… ({printable(found.name)}) works no more.")
    return 0


def _owner(services: Services, who: str, *, make: bool) -> Person | None:
    """The person that is meant; None for the operator.

    Args:
        make: Whether somebody who has never been here is made a person; else they are unknown.

    Raises:
        UserError: ``bad_owner``, ``unknown_person``; ``NotSupported`` for a forge without us.
    """
    if who == OPERATOR:
        return None
    forge, colon, login = who.partition(":")
    if not colon or not login:
        raise UserError(
            f"{who[:60]!a} names nobody.",
            reason="bad_owner",
            remedy="Write FORGE:LOGIN, such as github:ada, or operator.",
        )
    actor = services.forge(forge).person(login)
    persons = services.store.persons
    person = None
    if actor is not None and not actor.is_bot:
        known = persons.of_account(actor.forge, actor.account_id)
        person = persons.signed_in(actor) if make else known
    if person is None:
        nobody = actor is None or actor.is_bot
        said = "There is no person of that name" if nobody else "That person has never been here"
        raise UserError(f"{said}: {printable(who)[:80]}.", reason="unknown_person")
    return person


def _row(token: Token, owner: str, now: datetime) -> tuple[str, ...]:
    return (
        token.id,
        f"{token.beginning}…",
        owner,
        ",".join(in_order(token.scopes)),
        moment(token.expires_at) + (" (over)" if token.expires_at <= now else ""),
        moment(token.used_at),
        printable(token.name),
    )


def _named(person: Person | None) -> str:
    if person is None:
        return OPERATOR
    return ", ".join(f"{account.forge}:{account.login}" for account in person.accounts)
