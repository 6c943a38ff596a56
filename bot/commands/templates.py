"""``templates``: the packs there are, or the questions of one."""

from __future__ import annotations

from bot.commands.choice import allowed_pack, asker_of
from bot.commands.spec import CommandSpec
from bot.core.identity import Permission
from bot.core.pack_addresses import read_pack_address
from bot.core.requests import Answer, Ask, Decision
from bot.generation.pack_format import Pack
from bot.generation.suggested import pack_defaults
from bot.pack_sources.finding import available_packs
from bot.services import Services


def _decide(services: Services, ask: Ask) -> Decision:
    near = ask.repository
    if ask.line.positional:
        pack = allowed_pack(services, ask, ask.line.positional[0], near=near)
        suggested = pack_defaults(ask.repository.forge if ask.repository else ask.actor.forge)
        call = str(read_pack_address(ask.line.positional[0]))
        values = {"pack": pack, "suggested": suggested, "call": call}
        return Answer(template="pack", reason="templates", values=values)
    found = available_packs(services, near, asker_of(ask))
    values = {
        "packs": [each for each in found if each.pack and _is_allowed(ask, each.pack)],
        "faulty": [each for each in found if each.pack is None],
    }
    return Answer(template="templates", reason="templates", values=values)


def _is_allowed(ask: Ask, pack: Pack) -> bool:
    return ask.policy.allows_pack(*pack.policy_names)


TEMPLATES = CommandSpec(
    verb="templates",
    summary="List the template packs, or show the questions of one.",
    usage="templates [PACK]",
    permission=Permission.READ,
    decide=_decide,
    arguments=1,
    examples=("templates", "templates python-package"),
)
