"""``firstcommit secret``: what an organisation's workflows may send to an API, and to which.

A value comes from a prompt or from standard input, and is never shown again: what is typed as an
argument stands in the shell's history and in the list of processes.
"""

from __future__ import annotations

import argparse
import re
import sys
from datetime import datetime
from getpass import getpass
from typing import TYPE_CHECKING

from bot.console.opening import opened
from bot.console.parser import Commands
from bot.console.tables import aligned
from bot.core.hidden import LEAST_CHARACTERS
from bot.core.origins import Origin, read_origin
from bot.errors import UserError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.services import Services

EXIT_NO = 1

_ORGANISATION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MOST_CHARACTERS = 16_384


def add_to(commands: Commands) -> None:
    """Add ``secret set``, ``secret list`` and ``secret remove``."""
    group = commands.group("secret", "Store, list and remove secrets of organisations.")
    put = group.add(
        "set",
        _set,
        "Store a secret, or replace it. Its value is asked for, or read from standard input.",
    )
    _add_organisation(put)
    put.add_argument("name", metavar="NAME", help="as in ${{ secrets.NAME }}")
    put.add_argument(
        "--origin",
        metavar="URL",
        required=True,
        help="the only place it is sent to: https://api.example.com",
    )
    _add_organisation(group.add("list", _list, "List an organisation's secrets, without values."))
    remove = group.add("remove", _remove, "Remove a secret.")
    _add_organisation(remove)
    remove.add_argument("name", metavar="NAME", help="the secret's name")


def _add_organisation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "organisation",
        metavar="ORG",
        help="the organisation's login; FORGE:ORG where this server has several forges",
    )


def _set(settings: Settings, options: argparse.Namespace) -> int:
    from bot.sealing import seal, secret_place

    services = opened(settings)
    forge, organisation = _organisation(services, options.organisation)
    name, origin = _name(options.name), _origin(settings, options.origin)
    place = secret_place(forge, organisation, name, str(origin))
    sealed = seal(services.keys, _value(name), bound_to=place)
    known = any(one.name == name for one in services.store.secrets.listed(forge, organisation))
    services.store.secrets.put(forge, organisation, name, origin=str(origin), sealed=sealed)
    print(f"{name} of {forge}:{organisation} is {'replaced' if known else 'stored'}, for {origin}.")
    if not _is_listed(settings, origin):
        print(
            f"firstcommit: {origin} is not in FIRSTCOMMIT_API_ORIGINS: nothing is sent there yet.",
            file=sys.stderr,
        )
    return 0


def _list(settings: Settings, options: argparse.Namespace) -> int:
    services = opened(settings)
    forge, organisation = _organisation(services, options.organisation)
    found = services.store.secrets.listed(forge, organisation)
    if not found:
        print(f"{forge}:{organisation} has no secrets.")
        return 0
    rows = [(one.name, one.origin, _day(one.created_at), _day(one.used_at)) for one in found]
    print(aligned(rows, head=("NAME", "ORIGIN", "SET", "LAST USED")))
    return 0


def _remove(settings: Settings, options: argparse.Namespace) -> int:
    services = opened(settings)
    forge, organisation = _organisation(services, options.organisation)
    if services.store.secrets.drop(forge, organisation, options.name):
        print(f"{options.name} of {forge}:{organisation} is removed.")
        return 0
    print(f"{forge}:{organisation} has no secret of that name.", file=sys.stderr)
    return EXIT_NO


def _organisation(services: Services, text: str) -> tuple[str, str]:
    """The forge and login that are meant."""
    forge, colon, login = text.rpartition(":")
    if not colon and len(services.forges) == 1:
        (forge,) = services.forges
    if forge not in services.forges:
        raise UserError(
            f"On which forge? This server has {', '.join(sorted(services.forges))}.",
            reason="which_forge",
            remedy="Write FORGE:ORG.",
        )
    if not _ORGANISATION.fullmatch(login):
        raise UserError(
            f"{login[:40]!r} is no login of an organisation.",
            reason="bad_organisation",
            remedy="Write ORG or FORGE:ORG.",
        )
    return forge, login


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise UserError(
            "A secret's name has letters, digits and _, and begins with no digit.",
            reason="bad_name",
        )
    return text


def _origin(settings: Settings, text: str) -> Origin:
    try:
        origin = read_origin(text)
    except ValueError as exc:
        raise UserError(
            f"The origin {exc}.", reason="bad_origin", remedy="Write https://api.example.com."
        ) from None
    if origin.scheme == "http" and not _is_listed(settings, origin):
        raise UserError(
            "A secret is not sent without encryption.",
            reason="bad_origin",
            remedy="Write https://, or have the operator list private:http://… first.",
        )
    return origin


def _is_listed(settings: Settings, origin: Origin) -> bool:
    return any(entry.origin == origin for entry in settings.api_origins)


def _value(name: str) -> str:
    """The secret itself, without the line end that an editor or ``echo`` puts behind it."""
    text = getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.read(_MOST_CHARACTERS + 2)
    text = text.removesuffix("\n").removesuffix("\r")
    if not LEAST_CHARACTERS <= len(text) <= _MOST_CHARACTERS:
        raise UserError(
            f"A secret has from {LEAST_CHARACTERS} to {_MOST_CHARACTERS:,} characters.",
            reason="bad_secret",
            remedy="Give it at the prompt, or as in: firstcommit secret set … < FILE",
        )
    if _CONTROL.search(text):
        raise UserError("The secret holds a control character.", reason="bad_secret")
    return text


def _day(when: datetime | None) -> str:
    return when.strftime("%Y-%m-%d") if when else "never"
