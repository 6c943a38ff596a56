"""``firstcommit policy``: whether somebody would be allowed something, and why."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from bot.console.opening import opened
from bot.console.parser import Commands
from bot.console.tables import aligned
from bot.core.destination import read_place
from bot.errors import UserError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.services import Services

EXIT_REFUSED = 1

_THREAD = re.compile(r"(?P<place>[^#]+)#(?P<number>[1-9][0-9]{0,17})")


def add_to(commands: Commands) -> None:
    """Add ``policy explain``."""
    policy = commands.group("policy", "Say what policy allows.")
    explain = policy.add("explain", _explain, "Say whether a command would be allowed, and why.")
    explain.add_argument("person", metavar="@LOGIN", help="who would write it")
    explain.add_argument("text", metavar="COMMAND", help='as in a thread: "/generate PACK name=X"')
    explain.add_argument(
        "repository",
        metavar="OWNER/NAME[#NUMBER]",
        help="the repository (and thread) in which it would be written; FORGE:OWNER/NAME where "
        "this server has several forges",
    )
    explain.add_argument("--forge", metavar="FORGE", help="the forge, instead of FORGE: in front")


def _explain(settings: Settings, options: argparse.Namespace) -> int:
    from bot.explain import Question, explain

    services = opened(settings)
    place, number = _thread(options.repository)
    forge, full_name = _place(services, place, options.forge)
    question = Question(
        login=options.person, text=options.text, forge=forge, repository=full_name, thread=number
    )
    found = explain(services, question)
    print(aligned([(line.about, line.text) for line in found.lines]))
    print("allowed" if found.allowed else f"refused: {found.reason}: {found.why}".rstrip(": "))
    return 0 if found.allowed else EXIT_REFUSED


def _thread(text: str) -> tuple[str, int]:
    """The repository, and the number of the thread or 0."""
    found = _THREAD.fullmatch(text)
    return (found["place"], int(found["number"])) if found else (text, 0)


def _place(services: Services, text: str, asked: str | None) -> tuple[str, str]:
    """The forge and full name that are meant."""
    place = read_place(text)
    if place.full_name is None:
        raise UserError("Which repository?", reason="bad_destination", remedy="Write OWNER/NAME.")
    forge = place.forge or asked
    if forge is None and len(services.forges) == 1:
        (forge,) = services.forges
    if forge is None or (place.forge and asked and place.forge != asked):
        raise UserError(
            f"On which forge? This server has {', '.join(sorted(services.forges))}.",
            reason="which_forge",
            remedy="Write FORGE:OWNER/NAME, or give --forge.",
        )
    return forge, place.full_name
